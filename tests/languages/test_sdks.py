"""What of an SDK no program shows: that type checkers accept programs on Python's, and what is written for .NET."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from tests.languages.workshop import KEPT, ROOT, SECONDS, needs, program, sdk

PYRIGHT = "1.1.414"
SDK = ROOT / "sdk" / "python"
WRONG = "import pulumi_azure_batch as batch\n\nbatch.Task('hello', job_id='job', command_line=1)\n"


def ended(*command: str | Path, folder: Path) -> tuple[int, str]:
    """Exit code and output of a command."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(SDK)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )
    return done.returncode, done.stdout


def test_mypy_is_strict_with_a_program_and_accepts_it(tmp_path: Path) -> None:
    mypy = (sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=")
    code, said = ended(*mypy, program("python") / "__main__.py", folder=tmp_path)
    assert code == 0, said
    (tmp_path / "wrong.py").write_text(WRONG)
    code, said = ended(*mypy, "wrong.py", folder=tmp_path)
    assert code == 1 and "command_line" in said


@needs("Node", "node", "npm")
def test_pyright_is_strict_with_a_program_and_accepts_it(tmp_path: Path) -> None:
    kept = KEPT / "pyright"
    options = ("--no-package-lock", "--no-save", "--no-audit", "--no-fund", "--loglevel=error")
    assert ended("npm", "install", "--prefix", kept, *options, f"pyright@{PYRIGHT}", folder=tmp_path)[0] == 0
    pyright = ("node", kept / "node_modules" / "pyright" / "index.js", "--pythonpath", sys.executable)
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict", "extraPaths": [str(SDK)]}))
    shutil.copy(program("python") / "__main__.py", tmp_path)
    code, said = ended(*pyright, "__main__.py", folder=tmp_path)
    assert code == 0, said
    (tmp_path / "wrong.py").write_text(WRONG)
    code, said = ended(*pyright, "wrong.py", folder=tmp_path)
    assert code == 1 and "command_line" in said


def test_what_is_written_for_dotnet_is_a_project_of_this_version(tmp_path: Path) -> None:
    """There may be no .NET to compile it with; that it is whole is seen without."""
    folder = sdk("dotnet", tmp_path / "sdk")
    schema = json.loads((ROOT / "schema.json").read_text())
    (project,) = folder.glob("*.csproj")
    assert ElementTree.parse(project).findtext(".//Version") == schema["version"]
    classes = {token.rsplit(":", 1)[1] for token in schema["resources"]}
    assert classes <= {path.stem for path in folder.glob("*.cs")}
    assert (folder / "logo.png").read_bytes().startswith(b"\x89PNG")


@needs(".NET", "dotnet")
def test_dotnet_compiles_what_is_written_for_it(tmp_path: Path) -> None:
    code, said = ended("dotnet", "build", "--nologo", folder=sdk("dotnet", tmp_path / "sdk"))
    assert code == 0, said

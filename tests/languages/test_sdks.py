"""What of an SDK no program shows: that type checkers accept programs on Python's, and what is written for .NET."""

from __future__ import annotations

import json
import re
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from tests.emulator.clients.environments import needs
from tests.languages.workshop import KEPT, MYPY, ROOT, ended, program, sdk, succeed

PYRIGHT = "1.1.414"
SDK = ROOT / "sdk" / "python"
WRONG = "import pulumi_azure_batch as batch\n\nbatch.Task('hello', job_id='job', command_line=1)\n"


def programs(folder: Path) -> list[str]:
    """The examples in Python that need this SDK and Pulumi's, copied into a folder under names of their own."""
    found = [path for path in ROOT.glob("examples/*/python/__main__.py") if path.parts[-3] != "azure-native"]
    return [Path(shutil.copy(path, folder / f"{path.parts[-3].replace('-', '_')}.py")).name for path in sorted(found)]


def test_mypy_is_strict_with_programs_and_accepts_them(tmp_path: Path) -> None:
    succeed(*MYPY, *programs(tmp_path), folder=tmp_path, MYPYPATH=str(SDK))
    (tmp_path / "wrong.py").write_text(WRONG)
    wrong = ended(*MYPY, "wrong.py", folder=tmp_path, MYPYPATH=str(SDK))
    assert wrong.returncode == 1 and "command_line" in wrong.stdout


def pyright(folder: Path, *packages: Path) -> tuple[str | Path, ...]:
    """The command that checks files of a folder strictly, where these folders have packages as well."""
    kept = KEPT / "pyright"
    options = ("--no-package-lock", "--no-save", "--no-audit", "--no-fund", "--loglevel=error")
    succeed("npm", "install", "--prefix", kept, *options, f"pyright@{PYRIGHT}", folder=folder)
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(path) for path in packages]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    return ("node", kept / "node_modules" / "pyright" / "index.js", "--pythonpath", sys.executable)


@needs("Node", "node", "npm")
def test_pyright_is_strict_with_programs_and_accepts_them(tmp_path: Path) -> None:
    check = pyright(tmp_path, SDK)
    succeed(*check, *programs(tmp_path), folder=tmp_path)
    (tmp_path / "wrong.py").write_text(WRONG)
    wrong = ended(*check, "wrong.py", folder=tmp_path)
    assert wrong.returncode == 1 and "command_line" in wrong.stdout


def test_an_sdk_names_the_address_of_the_plugin_that_it_is_built_with(tmp_path: Path) -> None:
    address, folder = "https://plugins.example.com/azure-batch", tmp_path / "sdk"
    succeed(sys.executable, ROOT / "scripts/sdk.py", "python", folder, "--plugins", address, folder=tmp_path)
    assert json.loads((folder / "pulumi_azure_batch" / "pulumi-plugin.json").read_text())["server"] == address
    usual = json.loads((SDK / "pulumi_azure_batch" / "pulumi-plugin.json").read_text())["server"]
    assert usual == json.loads((ROOT / "schema.json").read_text())["pluginDownloadURL"]


def test_what_is_written_for_dotnet_is_a_project_of_this_version(tmp_path: Path) -> None:
    """There may be no .NET to compile it with; that it is whole is seen without."""
    folder = sdk("dotnet", tmp_path / "sdk")
    schema = json.loads((ROOT / "schema.json").read_text())
    (project,) = folder.glob("*.csproj")
    assert ElementTree.parse(project).findtext(".//Version") == schema["version"]
    classes = {token.rsplit(":", 1)[1] for token in schema["resources"]}
    assert classes <= {path.stem for path in folder.glob("*.cs")}
    assert (folder / "logo.png").read_bytes().startswith(b"\x89PNG")
    written = "".join(path.read_text() for path in folder.glob("*.cs"))
    assert {"```csharp"} == set(re.findall(r"```[a-z]+", written)) - {"```sh"} and "{{%" not in written


def test_what_the_rules_for_schemas_only_warn_of_ends_the_generator(tmp_path: Path) -> None:
    schema = json.loads((ROOT / "schema.json").read_text())
    schema["resources"]["azure-batch:index:Job"]["properties"]["urn"] = {"type": "string"}
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    found = succeed(sys.executable, ROOT / "tools" / "pulumi" / "ensure.py", "gensdk", folder=tmp_path).strip()
    done = ended(Path(found, "gensdk"), "python", "schema.json", "sdk", folder=tmp_path)
    assert done.returncode == 1 and "urn is a reserved property name" in done.stderr
    assert not (tmp_path / "sdk").exists()


@needs(".NET", "dotnet")
def test_dotnet_compiles_what_is_written_for_it_and_a_program() -> None:
    folder = program("csharp")
    sdk("dotnet", folder / "sdk")
    succeed("dotnet", "build", "--nologo", folder=folder)

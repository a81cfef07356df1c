"""Writes into `dist` what a release consists of, and looks whether a registry would take it.

The wheels and source distributions of provider, emulator and Python SDK; archives of the plugin, by the names under
which the engine downloads it for each kind of machine; the schema; the checksums of all of them.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DISTRIBUTIONS = ("provider", "emulator", "sdk/python")
MACHINES = [f"{system}-{kind}" for system in ("darwin", "linux", "windows") for kind in ("amd64", "arm64")]
"""As the engine calls them."""
SUMS = "SHA256SUMS"


class Failed(Exception):
    """A release cannot be made; the message says why."""


def main() -> int:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist")
    try:
        names = release(folder)
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{folder}:", *names, sep="\n  ")
    return 0


def release(folder: Path) -> list[str]:
    """Make everything anew; the names of the files."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for distribution in DISTRIBUTIONS:
        with tempfile.TemporaryDirectory() as scratch:
            # A copy: what an earlier build has left beside the sources would be taken for a part of them.
            source = Path(scratch, "source")
            shutil.copytree(
                ROOT / distribution, source, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
            )
            run(sys.executable, "-m", "build", "--quiet", "--outdir", str(folder), str(source))
    python = sorted(str(path) for path in folder.iterdir())
    run(sys.executable, "-m", "twine", "check", "--strict", *python)
    shutil.copy(ROOT / "schema.json", folder)
    version = json.loads((ROOT / "schema.json").read_bytes())["version"]
    content = plugin()
    for machine in MACHINES:
        (folder / f"pulumi-resource-azure-batch-v{version}-{machine}.tar.gz").write_bytes(content)
    names = sorted(path.name for path in folder.iterdir())
    sums = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / SUMS).write_text("".join(sums))
    return [*names, SUMS]


def plugin() -> bytes:
    """The provider's folder as an archive: Pulumi's host of Python makes an environment in it and starts the plugin.

    It has no compiled part, so it is the same for every machine.
    """
    text = io.BytesIO()
    with gzip.GzipFile("", "wb", fileobj=text, mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted((ROOT / "provider").rglob("*")):
            name = path.relative_to(ROOT / "provider")
            if path.is_file() and not any(
                part in ("build", "__pycache__") or part.endswith(".egg-info") for part in name.parts
            ):
                archive.add(path, str(name), filter=anonymous)
    return text.getvalue()


def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without whom and when it was packed by."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def run(*command: str) -> None:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        raise Failed(f"`{' '.join(command)}` ended with {done.returncode}:\n{done.stdout}")


if __name__ == "__main__":
    sys.exit(main())

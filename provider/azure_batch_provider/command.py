"""`azure-batch-provider`: registers the plugin with Pulumi, and is what Pulumi then starts.

The plugin has no executable of Pulumi's naming on the path: the engine would find it there, whatever version a program
asks for, and warn of that at each command.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

NAME: Final = "azure-batch-provider"
PLUGIN: Final = "pulumi-resource-azure-batch"
_HELP: Final = f"""\
usage: {NAME} install [--pulumi FILE]
       {NAME} serve [ENGINE]
       {NAME} --version | --help

The Pulumi provider for the data plane of Azure Batch.

  install   register this version of the plugin with Pulumi, so that `pulumi up` finds it and this Python runs it. Once
            on a machine, and after each upgrade. Uses the pulumi on the path, or the one that --pulumi names.
  serve     run the plugin. Pulumi starts it like this itself, with its own address as ENGINE.

Settings, signing in and all resources: https://github.com/azure-batch-pulumi/pulumi-azure-batch\
"""
_LAUNCHER: Final = """\
#!/bin/sh
# Written by `{name} install`: version {version}.
for file in {python} {script}; do
    if [ ! -e "$file" ]; then
        echo "The azure-batch plugin was registered with $file, which is gone. Install and register it again:" >&2
        echo "    pipx install --force {name} && {name} install" >&2
        exit 1
    fi
done
exec {python} {script} serve "$@"
"""
_LAUNCHER_OF_WINDOWS: Final = """\
@echo off
rem Written by `{name} install`: version {version}.
if not exist {script} (
    echo The azure-batch plugin was registered with {script}, which is gone. Install and register it again: 1>&2
    echo     pipx install --force {name} ^&^& {name} install 1>&2
    exit /b 1
)
{script} serve %*
"""


def main() -> int:
    """Do what the command line says; the exit code."""
    words = sys.argv[1:]
    if {"-h", "--help"} & set(words):
        print(_HELP)
    elif words[:1] == ["serve"]:
        from azure_batch_provider.__main__ import run

        run(words[1:])
    elif words == ["--version"]:
        print(f"{NAME} {version()}")
    elif words == ["install"]:
        return install(shutil.which("pulumi"))
    elif words[:2] == ["install", "--pulumi"] and len(words) == 3:
        return install(words[2])
    else:
        print(_HELP, file=sys.stderr)
        return 2
    return 0


def install(pulumi: str | None) -> int:
    """Register the plugin: its own version, its own interpreter. Says on standard error what is missing."""
    script = Path(sysconfig.get_path("scripts"), f"{NAME}.exe" if os.name == "nt" else NAME)
    if not script.exists():
        script = Path(sys.argv[0]).absolute()
    if pulumi is None:
        print(
            "There is no pulumi on the path. Install it (https://www.pulumi.com/docs/iac/download-install/) and run "
            f"`{NAME} install` again, or name one: {NAME} install --pulumi FILE",
            file=sys.stderr,
        )
        return 1
    with tempfile.TemporaryDirectory() as folder:
        write_launcher(Path(folder), Path(sys.executable), script)
        command = [pulumi, "plugin", "install", "resource", "azure-batch", version(), "--file", folder, "--reinstall"]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        except OSError as error:
            print(f"{pulumi} cannot be run: {error.strerror or error}.", file=sys.stderr)
            return 1
    if done.returncode != 0:
        print(f"{' '.join(command[:6])} failed:\n{done.stderr or done.stdout}".rstrip(), file=sys.stderr)
        return 1
    print(f"Registered the plugin azure-batch {version()} with Pulumi; it is run by {sys.executable}.")
    print(*_others(pulumi), sep="", end="")
    return 0


def _others(pulumi: str) -> Iterator[str]:
    """What the other versions mean that are registered: an engine runs exactly the one that an SDK or a state names,
    and the newest where none is named."""
    listed = subprocess.run(
        [pulumi, "plugin", "ls", "--json"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    try:
        plugins = json.loads(listed.stdout)
    except ValueError:
        return  # what was asked for is done
    found = {item.get("version") for item in plugins if (item["kind"], item["name"]) == ("resource", "azure-batch")}
    for other in sorted(found - {version(), None}, key=_in_order):
        if _in_order(other) < _in_order(version()):
            yield f"Version {other} stays registered, for the SDKs and states that name it.\n"
        else:
            yield (
                f"Version {other} is registered too, and is what runs where no version is named. To take it away:\n"
                f"    pulumi plugin rm resource azure-batch {other}\n"
            )


def _in_order(version: str) -> list[int]:
    return [int(number) for number in re.findall("[0-9]+", version)]


def write_launcher(folder: Path, python: Path, script: Path) -> None:
    """What Pulumi starts: a file that runs a console script by an interpreter, and says so when one of them is gone."""
    if os.name == "nt":
        file, text, files = folder / f"{PLUGIN}.cmd", _LAUNCHER_OF_WINDOWS, {"script": f'"{script}"'}
    else:
        file, text = folder / PLUGIN, _LAUNCHER
        files = {"python": shlex.quote(str(python)), "script": shlex.quote(str(script))}
    file.write_text(text.format(name=NAME, version=version(), **files))
    file.chmod(0o755)


def version() -> str:
    """The version of the distribution, which is that of the plugin."""
    from importlib.metadata import version

    return version(NAME)


if __name__ == "__main__":
    sys.exit(main())

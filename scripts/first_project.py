"""`make try`: the first example in one language, an emulated account to run it on, and a shell that knows both.

    python -m scripts.first_project LANGUAGE [FOLDER]

Everything is in the folder: the program, the SDK that it uses, what Pulumi keeps, and what the account has. The
stacks and plugins that the user has already are left alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from batch_emulator.testing import ControlError, EmulatorProcess, StartError

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "hello-task"
SDKS = {"csharp": "dotnet", "go": "go", "java": "java", "typescript": "nodejs"}
"""The SDK that `make sdk` writes beside a program. Python's is in our environment, YAML needs none."""
HOSTS = {**SDKS, "python": "python", "yaml": "yaml"}
"""What Pulumi calls the language: its host is `pulumi-language-` and this."""
PREPARATIONS = {
    "go": ("go", "mod", "tidy"),
    "java": ("mvn", "--quiet", "--batch-mode", "-f", "sdk", "install"),
    "typescript": ("npm", "install", "--no-audit", "--no-fund", "--loglevel=error"),
}
"""What is installed before a program can run, by the tools of its language."""
POOL = {
    "id": "poolId",
    "vmSize": "standard_d2s_v3",
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    },
    "targetDedicatedNodes": 1,
}
WELCOME = """\

This shell is in {folder}, where there is a program and an empty stack, `dev`.
Its account is an emulator on this machine, with one pool, and ends with the shell: leave by `exit`. Now:

    pulumi up
"""


class Failed(Exception):
    """There is nothing to try; the text says why, unless a program that was run has said it."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Open a shell with a first project and an emulated Batch account.")
    parser.add_argument("language", choices=sorted(path.name for path in EXAMPLE.iterdir() if path.is_dir()))
    parser.add_argument("folder", type=Path, nargs="?", help="default: .scratch/try/LANGUAGE")
    options = parser.parse_args()
    folder: Path = (options.folder or ROOT / ".scratch" / "try" / options.language).absolute()
    try:
        kept = folder / ".try"
        found = settings(options.language, kept)
        write(options.language, folder)
        (kept / "stacks").mkdir(parents=True, exist_ok=True)
        with EmulatorProcess("--location", str(kept / "account")) as account:
            environment = {**os.environ, **found, **account.environment()}
            if not any(pool["id"] == POOL["id"] for pool in account.request("GET", "/pools")["value"]):
                account.request("POST", "/pools", POOL)
            run(folder, environment, "azure-batch-provider", "install")
            run(folder, environment, "pulumi", "stack", "select", "--create", "dev")
            print(WELCOME.format(folder=folder), flush=True)
            return subprocess.run([os.environ.get("SHELL") or "/bin/sh"], cwd=folder, env=environment).returncode
    except (ControlError, Failed, StartError) as error:
        print(error, file=sys.stderr)
        return 1


def write(language: str, folder: Path) -> None:
    """The program with what it needs. One that is there already is left as it is."""
    if (folder / "Pulumi.yaml").exists():
        return
    if folder.is_dir() and any(folder.iterdir()):
        raise Failed(f"{folder} is not empty, and has no Pulumi.yaml.")
    tool = PREPARATIONS.get(language, ("sh",))[0]
    if shutil.which(tool) is None:
        raise Failed(f"There is no `{tool}` on the path, which programs in {language} need.")
    # Whatever fails leaves nothing that would be taken for a program.
    half = folder.with_name(f".{folder.name}")
    shutil.rmtree(half, ignore_errors=True)
    left_over = shutil.ignore_patterns("sdk", "node_modules", "bin", "obj", "target", "__pycache__", "Pulumi.*.yaml")
    shutil.copytree(EXAMPLE / language, half, ignore=left_over)
    if language in SDKS:
        run(ROOT, os.environ, sys.executable, str(ROOT / "scripts" / "sdk.py"), SDKS[language], str(half / "sdk"))
    if language in PREPARATIONS:
        run(half, os.environ, *PREPARATIONS[language])
    if folder.is_dir():
        folder.rmdir()
    half.rename(folder)


def settings(language: str, kept: Path) -> dict[str, str]:
    """Variables by which Pulumi keeps all that it has in a folder, and finds the host of a language."""
    found = {
        "PULUMI_HOME": str(kept / "home"),
        "PULUMI_BACKEND_URL": (kept / "stacks").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    engine = shutil.which("pulumi")
    host = f"pulumi-language-{HOSTS[language]}"
    if engine and shutil.which(host, path=str(Path(engine).resolve().parent)):
        return found
    # The host is not beside the engine, which finds it on the path only if that is asked.
    path = os.environ["PATH"]
    if language in ("csharp", "java"):
        ensure = (sys.executable, str(ROOT / "tools" / "pulumi" / "ensure.py"), HOSTS[language])
        ensured = subprocess.run(ensure, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        path = os.pathsep.join([ensured.stdout.strip(), path]) if ensured.returncode == 0 else ""
    if shutil.which(host, path=path) is None:
        raise Failed(
            f"There is no `{host}`, without which {engine or 'Pulumi'} cannot run programs in {language}. "
            "All of Pulumi has it: https://www.pulumi.com/docs/iac/download-install/"
        )
    return {**found, "PATH": path, "PULUMI_IGNORE_AMBIENT_PLUGINS": "false"}


def run(folder: Path, environment: Mapping[str, str], *command: str) -> None:
    """Run a command to its end, quietly. Raises Failed with what it said."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise Failed(f"`{' '.join(command)}` ended with {done.returncode}:\n{done.stdout}".rstrip())


if __name__ == "__main__":
    sys.exit(main())

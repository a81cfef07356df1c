"""Makes the virtual environment that the verbs of the Makefile run in.

    python3 tools/venv.py .venv requirements.txt

Standard library only: nothing is installed yet. Two runs at once wait for each other.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import subprocess
import sys
from pathlib import Path


def main() -> int:
    environment, requirements = (Path(argument).absolute() for argument in sys.argv[1:])
    finished = environment / "installed"
    with Path(f"{environment}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            make(environment, requirements)
        except subprocess.CalledProcessError as error:
            print(f"{problem(error, environment)} Then run the same command again.", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("Stopped. The next run goes on from here.", file=sys.stderr)
            return 130
        finished.touch()
    return 0


def make(environment: Path, requirements: Path) -> None:
    """Creates the environment where there is none, and brings what is installed up to date."""
    python = environment / "bin" / "python"
    if not runs(python):
        print(f"Making {environment.name} with Python {sys.version.split()[0]} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(environment)], check=True, stdout=sys.stderr)
    install(python, requirements)


def install(python: Path, requirements: Path) -> None:
    print(f"Installing {requirements.name} into {python.parent.parent.name} ...", file=sys.stderr)
    # The pip that a Python brings takes twice as long as today's. Compiling everything takes as long again as
    # installing it, and most of it is never imported; Python compiles what is.
    for what in (["--upgrade", "pip"], ["--no-compile", "--requirement", str(requirements)]):
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", *what],
            cwd=requirements.parent,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},  # what setuptools has to say of any editable package
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
        )


def runs(python: Path) -> bool:
    """Whether the environment's interpreter is there, of our version, and has pip."""
    if not python.exists():
        return False
    code = "import sys, pip; print(*sys.version_info[:2])"
    answer = subprocess.run([str(python), "-c", code], capture_output=True, text=True)
    return answer.stdout.split() == [str(part) for part in sys.version_info[:2]]


def problem(error: subprocess.CalledProcessError, environment: Path) -> str:
    if "venv" in error.cmd:
        if importlib.util.find_spec("ensurepip") is None:
            return f"{sys.executable} cannot make environments: install its venv module (Debian: python3-venv)."
        return f"{environment} could not be made; Python says why above."
    return f"{environment} is not complete; pip says why above. Check the network, and the index that pip is set to."


if __name__ == "__main__":
    sys.exit(main())

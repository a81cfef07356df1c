"""Environments for clients that cannot live in ours, made when a test first needs one and kept in `.scratch`.

Whoever makes one needs the package registries; after that nothing but loopback is asked.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MADE = ROOT / ".scratch" / "clients"


def python_environment(name: str) -> Path:
    """The interpreter of the environment that the folder `name` describes. Raises AssertionError with pip's words."""
    environment = MADE / name
    sources = [path for path in (HERE / name / "requirements.txt", HERE / name / "alone.txt") if path.exists()]
    python = environment / "bin" / "python"
    MADE.mkdir(parents=True, exist_ok=True)
    if not (python.exists() and _is_fresh(environment / "installed", sources)):
        _run(sys.executable, str(ROOT / "tools" / "venv.py"), str(environment), *map(str, sources))
    return python


def node_modules(name: str) -> Path:
    """The `node_modules` that the folder `name` describes. Raises AssertionError with npm's words."""
    environment, source = MADE / name, HERE / name / "package.json"
    installed = environment / "installed"
    environment.mkdir(parents=True, exist_ok=True)
    with _locked(environment / "lock"):
        if not _is_fresh(installed, [source]):
            shutil.copy(source, environment)
            options = ("--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
            _run("npm", "install", *options, folder=environment)
            installed.touch()
    return environment / "node_modules"


def jars(name: str) -> Path:
    """The folder with the jars that `pom.xml` in the folder `name` describes, and with the classes of what is there.

    Raises AssertionError with Maven's or the compiler's words.
    """
    environment, source = MADE / name, HERE / name
    installed = environment / "installed"
    environment.mkdir(parents=True, exist_ok=True)
    with _locked(environment / "lock"):
        if not _is_fresh(installed, [source / "pom.xml"]):
            options = ("--quiet", "--batch-mode", "--file", str(source / "pom.xml"), "-DincludeScope=runtime")
            _run("mvn", *options, "dependency:copy-dependencies", f"-DoutputDirectory={environment}")
            installed.touch()
        programs = sorted(source.glob("*.java"))
        if not _is_fresh(environment / "compiled", programs):
            _run("javac", "-nowarn", "-cp", f"{environment}/*", "-d", str(environment), *map(str, programs))
            (environment / "compiled").touch()
    return environment


def run_client(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a client to its end. It goes to loopback, whatever proxy the machine has."""
    direct = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    return subprocess.run(
        command,
        env={**os.environ, **direct, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _is_fresh(installed: Path, sources: list[Path]) -> bool:
    return installed.exists() and all(installed.stat().st_mtime >= source.stat().st_mtime for source in sources)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(*command: str, folder: Path | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}"

"""Environments for clients that cannot live in ours, made when a test first needs one and kept in `.scratch`.

Whoever makes one needs the package registries; after that nothing but loopback is asked.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MADE = ROOT / ".scratch" / "clients"
DIRECT = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
"""Clients go to loopback, whatever proxy the machine has."""
JAVA = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""For programs that run for seconds: half the time of a Java that prepares itself to run for days."""


def needs(tool: str, *commands: str) -> pytest.MarkDecorator:
    """Skips what needs a tool where one of its commands is missing."""
    missing = [command for command in commands if shutil.which(command) is None]
    return pytest.mark.skipif(bool(missing), reason=f"there is no {tool} on this machine: no {', '.join(missing)}")


needs_node = needs("Node", "node", "npm")
needs_java = needs("Java development kit with Maven", "java", "javac", "keytool", "mvn")
needs_go = needs("Go", "go")


def python_environment(name: str) -> Path:
    """The interpreter of the environment that the folder `name` describes. Raises AssertionError with pip's words."""
    environment, alone = MADE / name, HERE / name / "alone.txt"
    sources = [HERE / name / "requirements.txt", *([alone] if alone.exists() else [])]
    with _making(environment, sources) as stale:
        if stale:
            # Our own pip fills it: an environment with one takes longer than what most clients need.
            venv.EnvBuilder(clear=True, symlinks=True).create(environment)
            for source in sources:
                options = ("--quiet", "--disable-pip-version-check", "--no-compile", "--ignore-installed")
                more = ("--no-deps",) if source == alone else ()
                where = ("--prefix", str(environment), "--requirement", str(source))
                _run(sys.executable, "-m", "pip", "install", *options, *more, *where)
    return environment / "bin" / "python"


def node_modules(name: str) -> Path:
    """The `node_modules` that the folder `name` describes. Raises AssertionError with npm's words."""
    environment, source = MADE / name, HERE / name / "package.json"
    with _making(environment, [source]) as stale:
        if stale:
            environment.mkdir(exist_ok=True)
            shutil.copy(source, environment)
            options = ("--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
            _run("npm", "install", *options, folder=environment)
    return environment / "node_modules"


def jars(name: str) -> Path:
    """The folder of the jars that `pom.xml` in the folder `name` names. Raises AssertionError with Maven's words."""
    environment, source = MADE / name, HERE / name / "pom.xml"
    with _making(environment, [source]) as stale:
        if stale:
            options = ("--quiet", "--batch-mode", "--file", str(source), "-DincludeScope=runtime")
            target = f"-DoutputDirectory={environment}"
            _run("mvn", *options, "dependency:copy-dependencies", target, MAVEN_OPTS=" ".join(JAVA))
    return environment


def go_program(name: str) -> Path:
    """The program of the module in the folder `name`. Raises AssertionError with Go's words."""
    program, source = MADE / name / "program", HERE / name
    with _making(program.parent, sorted(source.iterdir())) as stale:
        if stale:
            # No other Go is fetched, and what this repository is makes no part of the program.
            settings = {"GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "-mod=readonly -buildvcs=false"}
            _run("go", "build", "-o", str(program), ".", folder=source, **settings)
    return program


def run_client(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a client to its end."""
    return subprocess.run(
        command,
        env={**os.environ, **DIRECT, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def _making(environment: Path, sources: list[Path]) -> Iterator[bool]:
    """Whether an environment is to be made from its sources, while no other process makes it."""
    installed = environment / "installed"
    MADE.mkdir(parents=True, exist_ok=True)
    with environment.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fresh = installed.exists() and all(installed.stat().st_mtime >= path.stat().st_mtime for path in sources)
        yield not fresh
        if not fresh:
            installed.touch()


def _run(*command: str, folder: Path | None = None, **environment: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}"

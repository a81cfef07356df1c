"""Environments for clients that cannot live in ours, made once and kept in `.scratch`.

Making one needs the package registries; after that nothing but loopback is asked. Most of that time is spent waiting
for them, so what a run of the tests will need is made beside its first tests (`make_beside`).
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import threading
import venv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MADE = ROOT / ".scratch" / "clients"
SETTINGS = dict(os.environ)
"""What this process began with: tests change its environment while others are made beside them."""
DIRECT = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
"""Clients go to loopback, whatever proxy the machine has."""
SECONDS = 300
"""How long a client may run."""
JAVA = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""For programs that run for seconds: half the time of a Java that prepares itself to run for days."""


def needs(tool: str, *commands: str) -> pytest.MarkDecorator:
    """Skips what needs a tool where one of its commands is missing."""
    missing = [command for command in commands if shutil.which(command) is None]
    return pytest.mark.skipif(bool(missing), reason=f"there is no {tool} on this machine: no {', '.join(missing)}")


def _go() -> tuple[int, ...]:
    """The version of the machine's Go, (0,) where there is none."""
    if shutil.which("go") is None:
        return (0,)
    command, settings = ("go", "env", "GOVERSION"), {**os.environ, "GOTOOLCHAIN": "local"}
    said = subprocess.run(command, cwd="/", env=settings, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return tuple(map(int, re.findall(rb"\d+", said.stdout))) or (0,)


needs_node = needs("Node", "node", "npm")
HAS_NODE: bool = not needs_node.args[0]
needs_java = needs("Java development kit with Maven", "java", "javac", "keytool", "mvn")
needs_go = pytest.mark.skipif(_go() < (1, 22), reason="there is no Go 1.22 or newer on this machine")


def python_environment(name: str) -> Path:
    """The interpreter of the environment that the folder `name` describes. Raises AssertionError with pip's words."""
    environment, alone = MADE / name, HERE / name / "alone.txt"
    sources = [HERE / name / "requirements.txt", *([alone] if alone.exists() else [])]
    with _making(environment, sources) as lock:
        if lock:
            # Our own pip fills it: an environment with one takes longer than what most clients need.
            venv.EnvBuilder(clear=True, symlinks=True).create(environment)
            for source in sources:
                options = ("--quiet", "--disable-pip-version-check", "--no-compile", "--ignore-installed")
                more = ("--no-deps",) if source == alone else ()
                where = ("--prefix", str(environment), "--requirement", str(source))
                _run(lock, sys.executable, "-m", "pip", "install", *options, *more, *where)
    return environment / "bin" / "python"


def node_modules(name: str) -> Path:
    """The `node_modules` that the folder `name` describes. Raises AssertionError with npm's words."""
    environment, source = MADE / name, HERE / name / "package.json"
    with _making(environment, [source]) as lock:
        if lock:
            environment.mkdir(exist_ok=True)
            shutil.copy(source, environment)
            options = ("--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
            _run(lock, "npm", "install", *options, folder=environment)
    return environment / "node_modules"


def jars(name: str) -> Path:
    """The folder of the jars that `pom.xml` in the folder `name` names. Raises AssertionError with Maven's words."""
    environment, source = MADE / name, HERE / name / "pom.xml"
    with _making(environment, [source]) as lock:
        if lock:
            options = ("--quiet", "--batch-mode", "--file", str(source), "-DincludeScope=runtime")
            target = f"-DoutputDirectory={environment}"
            _run(lock, "mvn", *options, "dependency:copy-dependencies", target, MAVEN_OPTS=" ".join(JAVA))
    return environment


def go_program(name: str) -> Path:
    """The program of the module in the folder `name`. Raises AssertionError with Go's words."""
    program, source = MADE / name / "program", HERE / name
    with _making(program.parent, sorted(source.iterdir())) as lock:
        if lock:
            # No other Go is fetched, and what this repository is makes no part of the program.
            settings = {"GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "-mod=readonly -buildvcs=false"}
            _run(lock, "go", "build", "-o", str(program), ".", folder=source, **settings)
    return program


ENVIRONMENTS: dict[str, Callable[[str], Path]] = {
    "azure_batch_14": python_environment,
    "azure_cli": python_environment,
    "azurite": node_modules,
    "go": go_program,
    "java": jars,
    "node": node_modules,
    "pytest_user": python_environment,
}
"""How each is made. The fixture `client_NAME` asks for it."""


def make_beside(names: Iterable[str]) -> None:
    """Makes them in a thread, one after the other. A test that needs one waits for it, or hears why there is none."""

    wanted = list(names)

    def make() -> None:
        for name in wanted:
            with suppress(AssertionError, OSError):
                ENVIRONMENTS[name](name)

    threading.Thread(target=make, daemon=True).start()


def run_client(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a client to its end. Raises subprocess.TimeoutExpired if that does not come."""
    return subprocess.run(
        command,
        env={**os.environ, **DIRECT, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


@contextmanager
def _making(environment: Path, sources: list[Path]) -> Iterator[IO[str] | None]:
    """A lock under which to make an environment from its sources, or nothing when it is there."""
    installed = environment / "installed"
    MADE.mkdir(parents=True, exist_ok=True)
    with environment.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fresh = installed.exists() and all(installed.stat().st_mtime >= path.stat().st_mtime for path in sources)
        yield None if fresh else lock
        if not fresh:
            installed.touch()


def _run(lock: IO[str], *command: str, folder: Path = ROOT, **environment: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**SETTINGS, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        # It keeps the lock until it ends, even if this process ends before.
        pass_fds=(lock.fileno(),),
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}"

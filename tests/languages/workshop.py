"""Where a language's SDK and program are put together: a folder of its own, and the tools of that language.

What registries gave is kept in `.scratch/languages` from one run to the next; SDK and program are written each time.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.emulator_process import EmulatorProcess

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
KEPT = ROOT / ".scratch" / "languages"
SECONDS = 600
"""How long one command may take: some compile all that Pulumi stands on."""

Results = dict[str, dict[str, Any]]
"""What the operations `created`, `unchanged`, `updated` and `destroyed` changed, by kind, and their outputs."""


Request = tuple[str, str, Any]
"""Method, path and body."""


@dataclass(frozen=True)
class Life:
    """What a program lives through: its project, the stack's configuration, what changes of that, and whether it is
    brought up again before.

    What runs inline programs reads it from `life.json`, and writes what it saw into `results.json` beside it.
    """

    project: str
    config: dict[str, str] = field(default_factory=dict)
    change: dict[str, str] = field(default_factory=dict)
    again: bool = True

    def write(self, folder: Path) -> None:
        (folder / "life.json").write_text(json.dumps(asdict(self)))


HELLO = Life("hello-task", change={"greeting": "good morning"})
"""The life of the first example."""


def results(folder: Path) -> Results:
    """What a program of this folder has lived through."""
    found: Results = json.loads((folder / "results.json").read_text())
    return found


@dataclass(frozen=True)
class Engine:
    """The settings under which Pulumi's engine runs: a plugin that is registered, an account, a backend of its own."""

    settings: dict[str, str]

    def run(self, *command: str | Path, folder: Path, **environment: str) -> str:
        """Standard output of a command. Raises AssertionError with all that it said if it fails."""
        return succeed(*command, folder=folder, **{**self.settings, **environment})

    def lives(self, folder: Path, life: Life, said: list[str] | None = None) -> Results:
        """The program of a folder, run by the host of its language: created, unchanged, updated, destroyed.

        Its stack `dev` is made first, unless it is there. What each operation has printed is added to `said`.
        """

        def pulumi(*arguments: str) -> str:
            return self.run("pulumi", *arguments, "--stack", "dev", folder=folder)

        def operate(verb: str) -> dict[str, Any]:
            log = folder / "events"
            printed = pulumi(verb, "--yes", "--skip-preview", "--event-log", str(log))
            if said is not None:
                said.append(printed)
            events = [json.loads(line) for line in log.read_text().splitlines()]
            log.unlink()
            (summary,) = [event["summaryEvent"] for event in events if "summaryEvent" in event]
            return {"changes": summary["resourceChanges"], **json.loads(pulumi("stack", "output", "--json"))}

        def configure(settings: Mapping[str, str]) -> None:
            if settings:
                pulumi(
                    "config",
                    "set-all",
                    *(word for pair in settings.items() for word in ("--plaintext", "=".join(pair))),
                )

        self.run("pulumi", "stack", "select", "--create", "dev", folder=folder)
        configure(life.config)
        results = {"created": operate("up"), "unchanged": operate("up")}
        if life.change:
            configure(life.change)
            results["updated"] = operate("up")
        return {**results, "destroyed": operate("destroy")}


def engine_of(account: EmulatorProcess, folder: Path) -> Engine:
    """An engine whose stacks and plugins are in a folder, for programs on an account."""
    backend = folder / "backend"
    backend.mkdir()
    return Engine(
        {
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": backend.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase of the tests",
            "PULUMI_DEBUG_COMMANDS": "true",  # for --event-log
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **account.environment(),
        }
    )


def asked(account: EmulatorProcess) -> list[Request]:
    """All requests so far, in turn. The log is empty afterwards."""
    sent = [(entry["method"], entry["path"], entry["body"]) for entry in account.requests()]
    account.clear_requests()
    return sent


def program(language: str) -> Path:
    """A fresh copy of the first example in a language, which keeps what registries gave it before."""
    folder = KEPT / language
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name not in ("node_modules", "repository"):
            shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    shutil.copytree(ROOT / "examples" / "hello-task" / language, folder, dirs_exist_ok=True)
    return folder


def typescript() -> Path:
    """The example in TypeScript, with the SDK, all that both need, and what runs programs (`up.js`)."""
    folder = program("typescript")
    sdk("nodejs", folder / "sdk")
    succeed("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error", folder=folder)
    shutil.copy(HERE / "nodejs" / "up.js", folder)
    return folder


MYPY = (
    sys.executable,
    *("-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=", f"--cache-dir={KEPT / 'mypy'}"),
)
"""The command by which programs in Python are checked, with the SDK's folder as MYPYPATH."""

GO = {"GOFLAGS": "-mod=mod -buildvcs=false", "GOWORK": "off"}


def go() -> Path:
    """The example in Go, with the SDK, all that both need, and what runs programs (`up_test.go`).

    Its commands run under the settings `GO`.
    """
    folder = program("go")
    sdk("go", folder / "sdk")
    shutil.copy(HERE / "go" / "up_test.go", folder)
    succeed("go", "mod", "tidy", folder=folder, **GO)
    return folder


MAVEN = {
    "MAVEN_OPTS": f"-Dmaven.repo.local={KEPT / 'java' / 'repository'} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


def java() -> Path:
    """The example in Java, with the SDK installed where Maven looks under the settings `MAVEN`."""
    folder = program("java")
    succeed("mvn", "--quiet", "--batch-mode", "install", folder=sdk("java", folder / "sdk"), **MAVEN)
    return folder


def sdk(language: str, folder: Path) -> Path:
    """The SDK of a language, written into a new folder as `make sdk` does."""
    succeed(sys.executable, ROOT / "scripts" / "sdk.py", language, folder, folder=ROOT)
    return folder


def host(language: str) -> str:
    """PATH with the host of a language in front."""
    ensure = [sys.executable, str(ROOT / "tools" / "pulumi" / "ensure.py"), language]
    found = subprocess.run(ensure, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True)
    return os.pathsep.join([found.stdout.strip(), os.environ["PATH"]])


def ended(*command: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command that has ended, in whatever way."""
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def succeed(*command: str | Path, folder: Path, **environment: str) -> str:
    """Standard output of a command. Raises AssertionError with all that it said if it fails."""
    done = ended(*command, folder=folder, **environment)
    assert done.returncode == 0, f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}"
    return done.stdout

"""A command of the CLI while it runs: what has happened so far, and how it is interrupted or killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

from tests.e2e.stack import Run, Stack

PATIENCE = 60.0
"""Seconds after which something that must happen is taken for not happening."""
PLUGIN = "azure-batch-provider"


def until(what: str, happened: Callable[[], bool], seconds: float = PATIENCE) -> float:
    """Look again and again until it has happened; return the seconds that it took."""
    began = time.monotonic()
    while not happened():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"after {seconds} s it has not happened that {what}")
        time.sleep(0.05)
    return time.monotonic() - began


class Running:
    """`with Running(stack, "destroy") as command`; at the end nothing that it started is left."""

    def __init__(self, stack: Stack, verb: str, *options: str) -> None:
        self._stack = stack
        self._arguments = ["pulumi", verb, "--stack", "dev", "--non-interactive", "--yes", "--skip-preview", *options]
        self._output = stack.folder / "output"
        self._file: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        # Every process of this command has it in its environment, and no other one.
        self._mark = f"E2E_COMMAND={stack.folder}/{time.monotonic_ns()}"

    def __enter__(self) -> Running:
        name, _, value = self._mark.partition("=")
        self._file = self._output.open("wb")
        self._process = subprocess.Popen(
            self._arguments,
            cwd=self._stack.folder,
            env={**self._stack.environment, name: value},
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=subprocess.STDOUT,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None and self._file is not None
        for pid in self.processes():
            _kill(pid)
        self._process.wait(PATIENCE)
        self._file.close()

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    @property
    def output(self) -> str:
        """What it has written so far."""
        return self._output.read_text(errors="replace")

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._running.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End the engine, and only it, without a chance to clean up."""
        self._running.kill()

    def kill_plugins(self) -> None:
        """End the plugin's processes without a chance to clean up."""
        for pid in self.plugins():
            _kill(pid)

    def wait(self, seconds: float = PATIENCE) -> Run:
        code = self._running.wait(seconds)
        return Run(" ".join(self._arguments), code, self.output)

    def processes(self) -> list[int]:
        """The processes of this command that run now, the CLI itself and its orphans included."""
        return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit() and self._owns(folder)]

    def plugins(self) -> list[int]:
        """Those of them that are this project's plugin."""
        return [pid for pid in self.processes() if PLUGIN in _read(Path("/proc") / str(pid) / "cmdline")]

    def _owns(self, folder: Path) -> bool:
        return f"\0{self._mark}\0" in f"\0{_read(folder / 'environ')}"


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:  # it has ended, or belongs to another client
        return ""


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return

"""An emulator as a process of its own, for tests of whatever talks to Azure Batch."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from threading import Timer
from types import TracebackType
from typing import IO

from batch_emulator.testing.control_client import ControlClient

_NAMES = ("AZURE_BATCH_ENDPOINT", "AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ACCESS_KEY")
_START_SECONDS = 60.0
_STOP_SECONDS = 30.0


class StartError(Exception):
    """The emulator did not start; the text has what it said."""


class EmulatorProcess(ControlClient):
    """An emulator on a free port of loopback, from `with` to its end.

    `options` are those of the command line. Its account is the well-known one, whatever account the environment names,
    unless the options name another. `tls` is how its certificate is checked, when the options give it one;
    `environment` are variables that it has besides those of this process.
    """

    def __init__(
        self, *options: str, tls: ssl.SSLContext | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        super().__init__("", "", "", tls=tls)
        self._options = options
        self._environment = environment or {}
        self.greeting = ""
        """What it has said on standard output when it was ready."""
        self._process: subprocess.Popen[str] | None = None
        self._errors: IO[str] | None = None

    def __enter__(self) -> EmulatorProcess:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when it is ready. Raises StartError."""
        environment = {name: value for name, value in os.environ.items() if name not in _NAMES}
        environment.update(self._environment)
        self.greeting = ""
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 closed by stop
        self._process = subprocess.Popen(
            [sys.executable, "-m", "batch_emulator", "--port", "0", *self._options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            text=True,
        )
        timer = Timer(_START_SECONDS, self._process.kill)
        timer.start()
        try:
            self._read_greeting(self._process)
        except BaseException:
            self.stop()
            raise
        finally:
            timer.cancel()

    def _read_greeting(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        found: dict[str, str] = {}
        while not found.keys() >= set(_NAMES):
            line = process.stdout.readline()
            if not line:
                raise StartError(f"the emulator did not start: {self.errors().strip() or 'it said nothing'}")
            self.greeting += line
            name, _, value = line.strip().removeprefix("export ").partition("=")
            found[name] = value
        self.endpoint, self.account, self.key = (found[name] for name in _NAMES)

    @property
    def pid(self) -> int:
        """0 before it is started."""
        return 0 if self._process is None else self._process.pid

    def errors(self) -> str:
        """What it has said on standard error: the address of its page, and what has failed."""
        if self._errors is None or self._errors.closed:
            return ""
        self._errors.seek(0)
        return self._errors.read()

    def stop(self) -> int:
        """Ends it and gives its status, 0 when all is well. Does nothing when it has ended."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """Ends it without a chance to save anything, as a crash would."""
        return self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        process = self._process
        if process is None:
            return 0
        process.send_signal(number)
        try:
            status = process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        if process.stdout is not None:
            process.stdout.close()
        if self._errors is not None:
            self._errors.close()
        return status

"""Commands as processes below a warden, which is a process of its own and is started with the first of them."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from batch_emulator.running import warden

CAN_RUN = os.name == "posix"
"""Whether this machine has what a warden needs."""
ALL_IS_FOUND = warden.LINUX
"""Whether a process that has left its group is killed with its command."""
_END_SECONDS = 30


@dataclass(frozen=True)
class Command:
    """What is run, and what ends it. `afterwards` runs when nothing of it is left.

    The output files are emptied, at a retry too: at the service users find those of the latest attempt only.
    """

    arguments: list[str]
    directory: Path
    environment: dict[str, str]
    stdout: Path
    stderr: Path
    seconds: float | None = None
    file_size: int = 0
    """The bytes that each file which it writes can have; 0 is no limit."""
    afterwards: list[list[str]] = field(default_factory=list)
    appends: bool = False
    """Whether the output files are written on, not emptied."""
    stays: bool = False
    """Whether what the command leaves behind when it ends by itself goes on until it is killed."""


@dataclass(frozen=True)
class End:
    """Why nothing of a command is left, and the exit code: that of a signal is negative."""

    why: Literal["exited", "killed", "time", "launch", "lost"]
    code: int | None = None
    errno: int | None = None


class Processes:
    """Any thread can start a command and kill it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, Future[End]] = {}
        self._socket: socket.socket | None = None
        self._warden: subprocess.Popen[bytes] | None = None
        self._closed = False

    def start(self, run_id: str, command: Command) -> Future[End]:
        """The end of the command, when it has come."""
        end: Future[End] = Future()
        order: dict[str, Any] = {
            "start": run_id,
            "arguments": command.arguments,
            "directory": str(command.directory),
            "environment": command.environment,
            "stdout": str(command.stdout),
            "stderr": str(command.stderr),
            "seconds": command.seconds,
            "file_size": command.file_size,
            "afterwards": command.afterwards,
            "appends": command.appends,
            "stays": command.stays,
        }
        with self._lock:
            if self._closed:
                end.set_result(End("killed"))
                return end
            self._running[run_id] = end
            self._say(order)
        return end

    def kill(self, run_id: str) -> None:
        """With all that it has started. Nothing is done where nothing of it is left."""
        with self._lock:
            if self._socket is not None:
                self._say({"kill": run_id})

    def close(self) -> None:
        """Kills what runs; nothing can be started any more. Returns when nothing is left."""
        with self._lock:
            self._closed = True
            connection, process = self._socket, self._warden
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_SECONDS)

    def _say(self, order: dict[str, Any]) -> None:
        """A warden that has been killed is followed by another one: what it ran ends as lost."""
        line = json.dumps(order).encode() + b"\n"
        if self._socket is None:
            self._socket = self._begin()
        with contextlib.suppress(OSError):
            self._socket.sendall(line)

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._warden = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(warden.__file__)), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        listener = threading.Thread(target=self._listen, args=(ours, self._warden), name="warden", daemon=True)
        listener.start()
        return ours

    def _listen(self, connection: socket.socket, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(OSError), connection.makefile("rb") as lines:
            for line in lines:
                message = json.loads(line)
                if "ended" in message:
                    self._finish(message["ended"], End(message["why"], message.get("code"), message.get("errno")))
        with self._lock:
            connection.close()
            self._socket, lost, self._running = None, self._running, {}
        process.wait()
        for end in lost.values():
            end.set_result(End("killed" if self._closed else "lost"))

    def _finish(self, run_id: str, end: End) -> None:
        with self._lock:
            found = self._running.pop(run_id, None)
        if found is not None:
            found.set_result(end)

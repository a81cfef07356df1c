"""The process that the commands of tasks are below, so that none of them outlives the emulator.

It runs as a script of its own, with Python's standard library only. The emulator holds one end of a socket; when that
end closes, by whatever the emulator ended of, everything below the warden is killed. Each command has a keeper between
the warden and itself, which is where the kernel hands what a command leaves behind: also a process that has left its
session and lost its parent is found and killed with its command. The three watch each other:

- the emulator ends: the warden sees its socket close, and ends the keepers;
- the warden is killed: the keepers see their pipe close, kill what is below them, and end;
- a keeper is killed: the kernel kills its command, and the warden kills the rest, which is handed to it.

That much is Linux's. On other systems a command is killed with its process group, and what has left that group is not
found. Whoever kills all three at the same moment can leave what a command has left behind.

Messages are lines of JSON. To the warden: `{"start": id, ...}`, `{"kill": id}`. From it: `{"started": id, "pid": n}`,
`{"ended": id, "why": "exited" | "killed" | "time" | "launch" | "lost", "code": n, "errno": n}`.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_PATIENCE = 10.0
"""Seconds that a killed process can take to be gone: one that waits for a disk takes a while."""
_STEP = 0.002
_C = ctypes.CDLL(None, use_errno=True) if LINUX else None


def _control(option: int, value: int) -> None:
    if _C is not None:
        _C.prctl(option, value, 0, 0, 0)


def _parents() -> dict[int, int]:
    """Of each process on the machine, its parent."""
    found: dict[int, int] = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                found[int(process.name)] = int((process / "stat").read_bytes().rpartition(b")")[2].split()[1])
    return found


def _below(top: int, spared: Iterable[int] = ()) -> list[int]:
    """All that has been started below a process, what is spared and below that left out."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents().items():
        children.setdefault(parent, []).append(child)
    found: list[int] = []
    left = [top]
    while left:
        new = [child for child in children.get(left.pop(), ()) if child not in spared]
        found += new
        left += new
    return found


def _send(pid: int, number: int, *, group: bool = False) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        (os.killpg if group else os.kill)(pid, number)


def _reap() -> Iterator[tuple[int, int]]:
    """The children that have ended, with their status."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, status


def _code(status: int) -> int:
    """As the node agent on Linux gives it: a signal is negative (-9 in Azure/Batch #101)."""
    return os.waitstatus_to_exitcode(status)


def _waker() -> int:
    """A descriptor that can be read when a signal has come."""
    readable, writable = os.pipe()
    for end in (readable, writable):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    return readable


def _drain(descriptor: int) -> bytes:
    """All that can be read at the moment; raises EOFError at the end."""
    taken = b""
    while True:
        try:
            chunk = os.read(descriptor, 65_536)
        except BlockingIOError:
            return taken
        if not chunk:
            raise EOFError
        taken += chunk


def _written(path: str, appends: bool) -> BinaryIO:
    """Never by way of a link that an earlier run of the command has put there. Raises OSError."""
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_APPEND if appends else os.O_TRUNC)
        return os.fdopen(os.open(path, flags, 0o644), "wb")
    except OSError as error:
        raise OSError(errno.EIO, f"cannot write {path}") from error


def _childless() -> bool:
    """Where orphans are not handed over, none can be seen."""
    if not LINUX:
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


class Keeper:
    """Runs one command, and ends when nothing that it has started is left."""

    def __init__(self, order: dict[str, Any], lifeline: int, results: int) -> None:
        self._order = order
        self._lifeline = lifeline
        self._results = results
        self._stopped = False
        self._command = 0
        self._status: int | None = None

    def keep(self) -> None:
        os.setsid()
        _control(_PR_SET_CHILD_SUBREAPER, 1)
        wake = _waker()
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._stop)
        try:
            self._launch()
        except OSError as error:
            self._say(why="launch", errno=error.errno)
            return
        seconds = self._order["seconds"]
        deadline = None if seconds is None else time.monotonic() + seconds
        why = self._watch(wake, deadline)
        if why == "exited" and self._order["stays"]:
            self._tell_end(why)
            self._watch(wake, None)
            self._kill()
            return
        self._kill()
        for command in self._order["afterwards"]:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30
                )
        self._tell_end(why)

    def _tell_end(self, why: str) -> None:
        self._say(why=why, code=-signal.SIGKILL if self._status is None else _code(self._status))

    def _stop(self, *_: object) -> None:
        self._stopped = True

    def _launch(self) -> None:
        order = self._order
        most = order["file_size"]
        if most:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        keeper = os.getpid()

        def prepared() -> None:
            _control(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != keeper:
                os._exit(1)

        appends = order["appends"]
        with _written(order["stdout"], appends) as stdout, _written(order["stderr"], appends) as stderr:
            process = subprocess.Popen(
                order["arguments"],
                cwd=order["directory"],
                env=order["environment"],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
                preexec_fn=prepared,
            )
        self._command = process.pid
        process.returncode = 0  # it is reaped here, with all others
        self._say(what="started", pid=process.pid)

    def _watch(self, wake: int, deadline: float | None) -> str:
        """Until the command has ended; where it has ended before, until nothing is left of it."""
        ended = self._status is not None
        with selectors.PollSelector() as selector:
            selector.register(wake, selectors.EVENT_READ)
            selector.register(self._lifeline, selectors.EVENT_READ)
            while True:
                self._collect()
                if _childless() if ended else self._status is not None:
                    return "exited"
                if self._stopped:
                    return "killed"
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return "time"
                for key, _ in selector.select(left):
                    if key.fd == self._lifeline:
                        return "killed"
                    _drain(wake)

    def _collect(self) -> None:
        for pid, status in _reap():
            if pid == self._command:
                self._status = status

    def _kill(self) -> None:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            self._collect()
            for pid in _below(os.getpid()) if LINUX else ():
                _send(pid, signal.SIGKILL)
            if self._status is None or not LINUX:
                _send(self._command, signal.SIGKILL, group=True)
            self._collect()
            if self._status is not None and _childless():
                return
            time.sleep(_STEP)

    def _say(self, what: str = "ended", **more: Any) -> None:
        line = json.dumps({what: self._order["start"], **more}).encode() + b"\n"
        with contextlib.suppress(OSError):
            os.write(self._results, line)  # short enough to be written as a whole, between those of other keepers


class Warden:
    def __init__(self, emulator: socket.socket) -> None:
        self._emulator = emulator
        self._keepers: dict[int, str] = {}
        """The ids of the commands by the keepers' process ids."""
        self._ended: set[str] = set()
        """Those whose end was said, as long as there is a keeper."""
        self._read = b""

    def run(self) -> None:
        _control(_PR_SET_CHILD_SUBREAPER, 1)
        wake = _waker()
        signal.signal(signal.SIGCHLD, lambda *_: None)
        lifeline, self._hold = os.pipe()
        said, self._results = os.pipe()
        os.set_blocking(said, False)
        self._lifeline = lifeline
        with selectors.PollSelector() as selector:
            self._open = (self._emulator.fileno(), self._hold, said, wake)
            for descriptor in (self._emulator.fileno(), said, wake):
                selector.register(descriptor, selectors.EVENT_READ)
            with contextlib.suppress(EOFError, OSError):
                while True:
                    for key, _ in selector.select():
                        if key.fd == wake:
                            _drain(wake)
                            self._reap(said)
                        elif key.fd == said:
                            self._pass_on(_drain(said))
                        else:
                            self._obey()
        self._end()

    def _obey(self) -> None:
        chunk = self._emulator.recv(1 << 20)
        if not chunk:
            raise EOFError
        *lines, self._read = (self._read + chunk).split(b"\n")
        for line in lines:
            order = json.loads(line)
            if "start" in order:
                self._start(order)
            else:
                for keeper, run in self._keepers.items():
                    if run == order["kill"]:
                        _send(keeper, signal.SIGTERM)

    def _start(self, order: dict[str, Any]) -> None:
        # A signal that comes before the keeper can take it waits.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            keeper = os.fork()
        except OSError as error:
            self._tell({"ended": order["start"], "why": "launch", "errno": error.errno})
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            return
        if keeper == 0:
            self._become_keeper(order)
        self._keepers[keeper] = order["start"]
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})

    def _become_keeper(self, order: dict[str, Any]) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for descriptor in self._open:
                os.close(descriptor)
            keeper = Keeper(order, self._lifeline, self._results)
            signal.signal(signal.SIGTERM, keeper._stop)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            keeper.keep()
            status = 0
        finally:
            os._exit(status)

    def _pass_on(self, said: bytes) -> None:
        for line in said.splitlines():
            message = json.loads(line)
            if "ended" in message:
                self._ended.add(message["ended"])
            self._tell(message)

    def _reap(self, said: int) -> None:
        gone = [self._keepers.pop(pid) for pid, _ in _reap() if pid in self._keepers]
        if not gone:
            return
        self._pass_on(_drain(said))  # what they said before they ended
        for run in gone:
            if run in self._ended:
                self._ended.discard(run)
            else:
                self._kill_orphans()
                self._tell({"ended": run, "why": "lost"})

    def _kill_orphans(self) -> None:
        """What a killed keeper had below it was handed to this process."""
        until = time.monotonic() + _PATIENCE
        while LINUX and time.monotonic() < until:
            orphans = _below(os.getpid(), self._keepers)
            if not orphans:
                return
            for pid in orphans:
                _send(pid, signal.SIGKILL)
            time.sleep(_STEP)
            for pid in orphans:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)

    def _tell(self, message: dict[str, Any]) -> None:
        self._emulator.sendall(json.dumps(message).encode() + b"\n")

    def _end(self) -> None:
        self._emulator.close()
        os.close(self._hold)
        for keeper in self._keepers:
            _send(keeper, signal.SIGTERM)
        until = time.monotonic() + 2 * _PATIENCE
        while self._keepers and time.monotonic() < until:
            for pid, _ in _reap():
                self._keepers.pop(pid, None)
            time.sleep(_STEP)
        self._kill_orphans()


if __name__ == "__main__":
    Warden(socket.socket(fileno=int(sys.argv[1]))).run()

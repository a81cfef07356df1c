"""Temporary directories that do not outlast the emulator for long, however it ends.

A lock on the directory, which goes with the process that has it, says that it is in use. One without a lock was left by
an emulator that was killed, and the next to start removes it. Windows has no such locks: there it stays.
"""

from __future__ import annotations

import os
import sys
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_PREFIX = "azure-batch-emulator-disks-"


def make() -> tuple[Path, int | None]:
    """A new directory that no other user can enter, and the descriptor of its lock, to close when it is removed."""
    while True:
        made = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
        if sys.platform == "win32":
            return made, None
        lock = _lock(made)
        if lock is not None:
            return made, lock


def abandoned() -> list[Path]:
    """Those of this user that no process has any more, each under a new name."""
    found: list[Path] = []
    if sys.platform != "win32":
        for directory in list(Path(tempfile.gettempdir()).glob(f"{_PREFIX}*")):
            with suppress(OSError):
                lock = _lock(directory) if directory.lstat().st_uid == os.getuid() else None
                if lock is not None:
                    found.append(directory.rename(directory.with_name(f"{_PREFIX}{uuid.uuid4().hex}")))
                    os.close(lock)
    return found


def _lock(directory: Path) -> int | None:
    """None where another process has the lock, or has found the directory before it was locked and taken it away."""
    if sys.platform == "win32":
        return None
    try:
        opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(opened), directory.lstat()):
            return opened
    except OSError:
        pass
    os.close(opened)
    return None

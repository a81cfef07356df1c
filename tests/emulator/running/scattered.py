"""A command that starts more than can be seen from its process group, and whether any of it is left."""

from __future__ import annotations

import time
from pathlib import Path

SECONDS = 30
_SLEEP = "'echo $$ >> pids; exec sleep 600'"
SCATTERED = (
    f"setsid setsid sh -c {_SLEEP} & (setsid sh -c {_SLEEP} &) ; (sh -c {_SLEEP} &) ; echo $$ >> pids;"
    " while [ $(wc -l < pids) -lt 4 ]; do sleep 0.01; done; echo all >> pids;"
)
"""A child in a session of its own, two whose parents have ended, and the command itself."""


def started(directory: Path) -> list[int]:
    """The processes of a scattered command, when all of them have been started."""
    path = directory / "pids"
    until = time.monotonic() + SECONDS
    while not (path.exists() and len(lines := path.read_text().split()) == 5):
        assert time.monotonic() < until, "it was not started"
        time.sleep(0.01)
    return [int(line) for line in lines if line != "all"]


def lives(pid: int) -> bool:
    """A process that has ended and was not reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pids: list[int]) -> bool:
    until = time.monotonic() + SECONDS
    while any(map(lives, pids)) and time.monotonic() < until:
        time.sleep(0.01)
    return not any(map(lives, pids))

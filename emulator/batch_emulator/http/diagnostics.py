"""What the emulator says on standard error when something fails: a line each time.

The text of an exception is left out, for it may hold what a caller sent.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import traceback
from pathlib import Path

_PLACES = 4


def say(line: str) -> None:
    """What cannot be written, on a full disk for one, is lost."""
    with contextlib.suppress(OSError, ValueError):
        print(f"azure-batch-emulator: {line}", file=sys.stderr, flush=True)


def report(error: BaseException) -> None:
    """A bug of ours: its kind, and where it happened, the innermost place first."""
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    say(f"a bug in the emulator: {type(error).__name__} at {places}")


class _Reports(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            report(record.exc_info[1])
        else:
            say(f"an error of {record.name}")


def quieten(*names: str) -> None:
    """Has these loggers of libraries report failures in a line, and nothing else: what clients send is not one."""
    for name in names:
        logger = logging.getLogger(name)
        logger.handlers = [_Reports(logging.ERROR)]
        logger.propagate = False

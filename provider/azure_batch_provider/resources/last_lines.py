"""The end of what a process on a node has written, for an error that tells of it: no more than a help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import Cancelled, RequestError
from azure_batch_provider.lifecycle.context import Call

STDERR: Final = "stderr.txt"
LINES: Final = 10
BYTES: Final = 2048
"""What is shown of a file: its last lines, no more than so many bytes."""
SECONDS: Final = 5.0
"""How long a file is waited for."""


def last_lines(call: Call, whose: str, read: Callable[[int, Deadline], str]) -> list[str] | None:
    """The last lines of a process' standard error; None when they cannot be had.

    Args:
        whose: what the debug log says that it was of.
        read: returns the last bytes of the file, so many, by a deadline.

    Raises:
        Cancelled
    """
    try:
        text = read(BYTES, call.deadline.at_most(SECONDS))
    except Cancelled:
        raise
    except RequestError as error:
        call.debug(f"{STDERR} of {whose} cannot be had: {error}")
        return None
    return text.strip().splitlines()[-LINES:]


def indented(lines: list[str]) -> str:
    """The lines as a block below a sentence."""
    return "".join(f"\n    {line}" for line in lines)

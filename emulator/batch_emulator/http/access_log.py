"""A line for each request on standard error, for `--access-log`.

Such lines are pasted into tickets and kept by those who collect logs, so there is nothing in them that lets anyone in:
no header, no body, of the query only what cannot be a secret, and no value of what is called like one.
"""

from __future__ import annotations

import contextlib
import re
import sys
from time import perf_counter
from urllib.parse import unquote

from batch_emulator.protocol.request import Request
from batch_emulator.state.clock import SECOND, format_time, machine_ticks

_SHOWN = frozenset({"$expand", "$filter", "$select", "api-version", "force", "maxresults", "recursive", "timeout"})
_SECRET = re.compile(r"(?i)((?:sig|signature|token|key|secret|password)(?:=|%(?:25)*3d))[^&/\s]*")
_LONGEST = 300


def _query(raw: str) -> str:
    """The parameters as they came, without the values of those that are not known to be harmless."""
    shown = []
    for part in raw.split("&") if raw else []:
        name, equals, _ = part.partition("=")
        shown.append(part if not equals or unquote(name).lower() in _SHOWN else f"{name}=...")
    return f"?{'&'.join(shown)}" if shown else ""


def line(request: Request, status: int | None, seconds: float, operation: str | None) -> str:
    """`status` is None where the connection was closed without an answer."""
    at = format_time(machine_ticks() // SECOND * SECOND)
    target = _SECRET.sub(r"\1...", request.raw_path + _query(request.raw_query))
    if len(target) > _LONGEST:
        target = f"{target[:_LONGEST]}..."
    said = [at, request.client, ascii(request.method)[1:-1], ascii(target)[1:-1], status or "dropped"]
    return " ".join(map(str, [*said, f"{seconds * 1000:.1f}ms", operation or "-"]))


class AccessLog:
    def __init__(self, on: bool) -> None:
        self._on = on

    def started(self) -> float:
        return perf_counter()

    def note(self, request: Request, status: int | None, started: float, operation: str | None) -> None:
        """What cannot be written, on a full disk for one, is lost."""
        if self._on:
            with contextlib.suppress(OSError, ValueError):
                print(line(request, status, perf_counter() - started, operation), file=sys.stderr, flush=True)

"""Time as the service counts it: .NET ticks, 100 nanoseconds each since the year 1.

The emulator's clock can be frozen and moved on by tests. Authentication never asks it: signatures and tokens are dated
by the machine's own time.
"""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime

SECOND = 10_000_000
_UNIX_EPOCH = 621_355_968_000_000_000
_YEAR_ONE = datetime(1, 1, 1, tzinfo=timezone.utc)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,7})\d*)?([Zz]|[+-]\d\d:\d\d)?")


def machine_ticks() -> int:
    return time.time_ns() // 100 + _UNIX_EPOCH


def to_datetime(ticks: int) -> datetime:
    return _YEAR_ONE + timedelta(microseconds=ticks // 10)


def format_time(ticks: int) -> str:
    """As bodies have it: UTC, at most seven fractional digits, trailing zeros cut."""
    seconds, fraction = divmod(ticks, SECOND)
    text = (_YEAR_ONE + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    digits = f"{fraction:07d}".rstrip("0")
    return f"{text}.{digits}Z" if digits else f"{text}Z"


def parse_time(text: str) -> int:
    """Ticks of an ISO 8601 time; one without an offset is UTC. Raises ValueError."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError("not an ISO 8601 time")
    day, clock, fraction, offset = match.groups()
    zone = "+00:00" if offset in (None, "Z", "z") else offset
    whole = datetime.fromisoformat(f"{day}T{clock}{zone}").astimezone(timezone.utc) - _YEAR_ONE
    return (whole.days * 86_400 + whole.seconds) * SECOND + int((fraction or "").ljust(7, "0"))


def http_date(ticks: int) -> str:
    return format_datetime(to_datetime(ticks).replace(microsecond=0), usegmt=True)


def parse_http_date(text: str) -> datetime:
    """Raises ValueError when it is no HTTP date."""
    when = parsedate_to_datetime(text)
    return when if when.tzinfo else when.replace(tzinfo=timezone.utc)


def etag(modified: int) -> str:
    return f"0x{modified:X}"


class Clock:
    """The machine's time plus an offset, or a frozen time; it only moves forward."""

    def __init__(self) -> None:
        self._offset = 0
        self._frozen: int | None = None
        self._last_stamp = 0

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    @property
    def offset_seconds(self) -> float:
        return self._offset / SECOND

    def now(self) -> int:
        return self._frozen if self._frozen is not None else machine_ticks() + self._offset

    def stamp(self) -> int:
        """The time of a change. No two are the same, so that no two ETags are."""
        self._last_stamp = max(self.now(), self._last_stamp + 1)
        return self._last_stamp

    def not_before(self, ticks: int) -> None:
        """Later stamps come after this one, which was given out by an earlier run."""
        self._last_stamp = max(self._last_stamp, ticks)

    def advance(self, seconds: float) -> None:
        """Raises ValueError for a step back: states would have to be undone."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        step = round(seconds * SECOND)
        if self._frozen is not None:
            self._frozen += step
        self._offset += step

    def freeze(self) -> None:
        self._frozen = self.now()

    def run(self) -> None:
        """Goes on from where it stood."""
        if self._frozen is not None:
            self._offset = self._frozen - machine_ticks()
            self._frozen = None

    def reset(self) -> None:
        """Back to the machine's time, for an account in which nothing is left that is dated later."""
        self._offset, self._frozen, self._last_stamp = 0, None, 0

    def saved(self) -> dict[str, int | None]:
        return {"offset": self._offset, "frozen": self._frozen, "lastStamp": self._last_stamp}

    def restore(self, saved: dict[str, int | None]) -> None:
        self._offset = saved.get("offset") or 0
        self._frozen = saved.get("frozen")
        self._last_stamp = max(self._last_stamp, saved.get("lastStamp") or 0)

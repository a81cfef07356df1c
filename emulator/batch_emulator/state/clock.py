"""Time as the service counts it: .NET ticks, 100 nanoseconds each since the year 1.

The emulator's clock can be frozen and moved on by tests. Authentication never asks it: signatures and tokens are dated
by the machine's own time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

SECOND = 10_000_000
_DAY = 86_400 * SECOND
_UNIX_EPOCH = 621_355_968_000_000_000
_YEAR_ONE = datetime(1, 1, 1, tzinfo=timezone.utc)
_END = 3_652_059 * _DAY
"""The year 10000, for which there is no date."""
LATEST = _END - _DAY
"""Where the emulator's clock stops: stamps that have to differ go on for a little."""
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,7})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))?", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HTTP_DATE = re.compile(
    rf"(?:[a-z]{{3}}, ?)?(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d):(\d\d):(\d\d)"
    r" (?:GMT|UTC|([+-])(\d\d)(\d\d))",
    re.ASCII | re.IGNORECASE,
)


def ticks_of_nanoseconds(since_epoch: int) -> int:
    return since_epoch // 100 + _UNIX_EPOCH


def machine_ticks() -> int:
    return ticks_of_nanoseconds(time.time_ns())


def to_datetime(ticks: int) -> datetime:
    return _YEAR_ONE + timedelta(microseconds=ticks // 10)


def format_time(ticks: int) -> str:
    """As bodies have it: UTC, at most seven fractional digits, trailing zeros cut."""
    seconds, fraction = divmod(ticks, SECOND)
    digits = f"{fraction:07d}".rstrip("0")
    return f"{_second(seconds)}.{digits}Z" if digits else f"{_second(seconds)}Z"


@lru_cache(maxsize=1024)
def _second(number: int) -> str:
    """One second of all, as most stamps of a long list are of a few."""
    return (_YEAR_ONE + timedelta(seconds=number)).isoformat()[:19]


def _in_utc(local: datetime, sign: str | None, hours: str | None, minutes: str | None) -> int:
    """The ticks of a time at an offset, if it has one. Raises ValueError where it is not of the years 1 to 9999."""
    since = local.replace(tzinfo=timezone.utc) - _YEAR_ONE
    ticks = (since.days * 86_400 + since.seconds) * SECOND
    if sign is not None:
        offset = (int(hours or 0) * 60 + int(minutes or 0)) * 60 * SECOND
        if offset >= _DAY:
            raise ValueError("not an offset from UTC")
        ticks -= -offset if sign == "-" else offset
    if not 0 <= ticks < _END:
        raise ValueError("not of the years 1 to 9999")
    return ticks


def parse_time(text: str) -> int:
    """Ticks of an ISO 8601 time; one without an offset is UTC. Raises ValueError."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError("not an ISO 8601 time")
    day, clock, fraction, *offset = match.groups()
    return _in_utc(datetime.fromisoformat(f"{day}T{clock}"), *offset) + int((fraction or "").ljust(7, "0"))


def http_date(ticks: int) -> str:
    return _http_date(ticks // SECOND)


@lru_cache(maxsize=16)
def _http_date(seconds: int) -> str:
    return format_datetime(to_datetime(seconds * SECOND), usegmt=True)


@lru_cache(maxsize=16)
def parse_http_date(text: str) -> int:
    """Ticks of the one format of dates that clients send in headers. Raises ValueError."""
    match = _HTTP_DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError("not an HTTP date")
    day, month, year, hour, minute, second, *offset = match.groups()
    number = _MONTHS.index(month.lower()) + 1
    return _in_utc(datetime(int(year), number, int(day), int(hour), int(minute), int(second)), *offset)


def etag(modified: int) -> str:
    return f"0x{modified:X}"


class Clock:
    """The machine's time plus an offset, or a frozen time; it only moves forward."""

    def __init__(self) -> None:
        self._offset = 0
        self._frozen: int | None = None
        self._last_stamp = 0
        self._then: int | None = None

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    @property
    def offset_seconds(self) -> float:
        return self._offset / SECOND

    def now(self) -> int:
        return self.reached() if self._then is None else self._then

    def reached(self) -> int:
        """How far it has come, also while it shows a time that has passed."""
        return self._frozen if self._frozen is not None else min(machine_ticks() + self._offset, LATEST)

    @contextmanager
    def at(self, ticks: int) -> Iterator[None]:
        """Meanwhile it shows a time that has passed: that of what happened then and is only now made up for."""
        before, self._then = self._then, ticks
        try:
            yield
        finally:
            self._then = before

    def stamp(self) -> int:
        """The time of a change. No two are the same, so that no two ETags are."""
        self._last_stamp = max(self.now(), self._last_stamp + 1)
        return self._last_stamp

    def not_before(self, ticks: int) -> None:
        """Later stamps come after this one, which was given out by an earlier run."""
        self._last_stamp = max(self._last_stamp, ticks)

    def advance(self, seconds: float) -> None:
        """Raises ValueError for a step back, by which states would have to be undone, and for one past the end."""
        if seconds < 0:
            raise ValueError("The clock only moves forward.")
        if not seconds * SECOND <= LATEST - self.now():
            raise ValueError(f"The clock ends at {format_time(LATEST)}.")
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

    def restore(self, saved: dict[str, Any]) -> None:
        """Raises ValueError when it is not what was saved."""
        offset, frozen, last = (saved.get(name) for name in ("offset", "frozen", "lastStamp"))
        for ticks in (offset, frozen, last):
            if ticks is not None and not (isinstance(ticks, int) and -_END < ticks < _END):
                raise ValueError("not the time of a clock")
        self._offset, self._frozen = offset or 0, frozen
        self.not_before(last or 0)

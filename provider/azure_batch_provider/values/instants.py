"""Instants as the service and Azure Storage write them: ISO 8601 with up to seven digits of a second."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Final

_FRACTION: Final = re.compile(r"\.(\d+)")
_LONGEST: Final = 64


def parse_instant(text: str) -> datetime | None:
    """Return the instant in UTC, to the microsecond; one without an offset is in UTC. `None` when it cannot be read."""
    if len(text) > _LONGEST:
        return None
    # Python 3.10 reads three or six digits of a second and no Z, so it is given six and an offset.
    exact = _FRACTION.sub(lambda match: f".{(match[1] + '000000')[:6]}", text.strip().upper())
    try:
        moment = datetime.fromisoformat(exact.replace("Z", "+00:00"))
        return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):  # an offset can lead out of the years 1 to 9999
        return None


def instant_of_etag(etag: str | None) -> str | None:
    """When an entity that was just made came to be, as the service would write it: its ETag is the .NET ticks (100 ns
    since the year 1) of that moment. `None` when it is no such ETag."""
    try:
        moment = datetime(1, 1, 1) + timedelta(microseconds=int((etag or "").strip('"'), 16) // 10)
    except (ValueError, OverflowError):
        return None
    return moment.isoformat() + "Z"

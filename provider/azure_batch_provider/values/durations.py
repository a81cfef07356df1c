"""ISO 8601 durations as the service reads them: .NET time spans, a year is 365 days and a month 30, and there
are no weeks.

Knows nothing but text and ticks (100 ns).
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

TICKS_PER_SECOND: Final = 10_000_000
MAXIMUM: Final = 2**63 - 1
"""Ticks of the longest time span, `P10675199DT2H48M5.4775807S`; the service writes it where there is no limit."""
NO_LIMIT: Final = MAXIMUM - MAXIMUM % TICKS_PER_SECOND
"""From here on a duration means "no limit": some clients cut the fraction of the maximum."""
_DIGITS: Final = len(str(MAXIMUM))
_TOO_LONG: Final = "must not be longer than P10675199DT2H48M5.4775807S, which means no limit"

_ISO = re.compile(
    r"(?P<sign>-)?P(?=.)(?:(?P<Y>\d+)Y)?(?:(?P<M>\d+)M)?(?:(?P<D>\d+)D)?"
    r"(?:T(?=.)(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
_SECONDS = {"Y": 365 * 86400, "M": 30 * 86400, "D": 86400, "h": 3600, "m": 60, "s": 1}


@lru_cache(maxsize=256)  # thousands of tasks have the same few
def parse_duration(text: str) -> int:
    """Return the ticks of a duration such as `PT1H30M` or `P7D`.

    Raises:
        ValueError: it is not an ISO 8601 duration, is negative, or is longer than the service can hold.
    """
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError("must be an ISO 8601 duration such as PT1H30M or P7D")
    if match["sign"]:
        raise ValueError("must not be a negative duration")
    ticks = 0
    for unit, seconds in _SECONDS.items():
        if match[unit] is None:
            continue
        amount = Decimal(match[unit])
        # Looked at before it is multiplied: a number of a million digits is no number that decimal can multiply.
        if amount.adjusted() > _DIGITS:
            raise ValueError(_TOO_LONG)
        ticks += int(amount * seconds * TICKS_PER_SECOND)
    if ticks > MAXIMUM:
        raise ValueError(_TOO_LONG)
    return ticks

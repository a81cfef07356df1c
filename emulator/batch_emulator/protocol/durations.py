"""ISO 8601 durations as .NET reads and prints them: a year is 365 days, a month 30.

Lengths are ticks of 100 nanoseconds. The longest one stands for "no limit".
"""

from __future__ import annotations

import re

from batch_emulator.state.clock import SECOND

LONGEST = 2**63 - 1
NO_LIMIT = "P10675199DT2H48M5.4775807S"
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_DURATION = re.compile(
    r"(-)?P(?=.)(?:(\d{1,19})Y)?(?:(\d{1,19})M)?(?:(\d{1,19})D)?"
    r"(?:T(?=.)(?:(\d{1,19})H)?(?:(\d{1,19})M)?(?:(\d{1,19})(?:\.(\d+))?S)?)?",
    re.ASCII,
)


def parse_duration(text: str) -> int:
    """Raises ValueError when the text is not a duration, or longer than the longest."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("not an ISO 8601 duration")
    sign, years, months, days, hours, minutes, seconds, fraction = match.groups()
    total = (int(years or 0) * 365 + int(months or 0) * 30 + int(days or 0)) * DAY
    total += int(hours or 0) * HOUR + int(minutes or 0) * MINUTE + int(seconds or 0) * SECOND
    total += int((fraction or "").ljust(7, "0")[:7])
    if total > LONGEST:
        raise ValueError("longer than the longest duration")
    return -total if sign else total


def format_duration(ticks: int) -> str:
    sign, rest = ("-", -ticks) if ticks < 0 else ("", ticks)
    days, rest = divmod(rest, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds, fraction = divmod(rest, SECOND)
    text = f"{days}D" if days else ""
    clock = f"{hours}H" if hours else ""
    clock += f"{minutes}M" if minutes else ""
    if seconds or fraction:
        digits = f"{fraction:07d}".rstrip("0")
        clock += f"{seconds}.{digits}S" if digits else f"{seconds}S"
    if not text and not clock:
        clock = "0S"
    return f"{sign}P{text}T{clock}" if clock else f"{sign}P{text}"

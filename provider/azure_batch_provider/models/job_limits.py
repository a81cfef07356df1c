"""What the rules of jobs and of their pools have in common: bounds of durations, and reaching into nested objects.

Knows plain values and `UNKNOWN`, never what a model is for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.models.base import Violation
from azure_batch_provider.models.rules import is_set
from azure_batch_provider.values.durations import parse_duration
from azure_batch_provider.values.unknown import UNKNOWN

NO_TIME_LIMIT: Final = "P10675199DT2H48M5.4775807S"
"""The duration by which the service says that there is no limit."""
COMMON_USER: Final[Mapping[str, Any]] = {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}
"""The user that the service fills in where none is named."""


def reach(value: Any, *path: str) -> Any:
    """Return what is below `value`: `None` where it or its parent is absent, `UNKNOWN` where that cannot be known."""
    for name in path:
        if not isinstance(value, Mapping):
            return UNKNOWN if value is UNKNOWN else None
        value = value.get(name)
    return value


def lasts(
    value: Mapping[str, Any], name: str, *, least: str | None = None, most: str | None = None
) -> Iterator[Violation]:
    """The rule that a duration is within bounds, both allowed themselves."""
    if not is_set(value, name):
        return
    ticks = parse_duration(value[name])
    if least is not None and ticks < parse_duration(least):
        yield Violation((name,), f"must be at least {least}")
    if most is not None and ticks > parse_duration(most):
        yield Violation((name,), f"must be at most {most}")

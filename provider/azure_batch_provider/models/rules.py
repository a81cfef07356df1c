"""Rules that several models share: what is given, walking a list of objects, items that may occur once, limits, times.

Knows plain dicts and `UNKNOWN`, never what a model is for. A reason never repeats a value: any of them may be secret.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.models.base import Violation
from azure_batch_provider.values.durations import NO_LIMIT, TICKS_PER_SECOND, parse_duration
from azure_batch_provider.values.mappings import MAPPING
from azure_batch_provider.values.unknown import UNKNOWN

LONGEST_TASK: Final = 180 * 86400 * TICKS_PER_SECOND
"""Ticks from the addition of a task to the moment when the service ends it, whatever its constraints say."""


def is_set(value: Mapping[str, Any], name: str) -> bool:
    """Whether the property is there with a value that can be looked at."""
    return value.get(name) is not None and value[name] is not UNKNOWN


def known(value: Mapping[str, Any], *names: str) -> bool:
    """Whether none of the properties is unknown."""
    return all(value.get(name) is not UNKNOWN for name in names)


def exactly_one(value: Mapping[str, Any], *names: str) -> Iterator[Violation]:
    """The rule that just one of the properties is given; an unknown one may turn out to be null, and breaks no rule."""
    there = [name for name in names if is_set(value, name)]
    listed = ", ".join(f"`{name}`" for name in names)
    if len(there) > 1:
        yield Violation((there[1],), f"only one of {listed} can be given, not {' and '.join(f'`{n}`' for n in there)}")
    elif not there and known(value, *names):
        yield Violation((), f"one of {listed} must be given")


def items(value: Mapping[str, Any], name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The objects of a list with their index; nothing while the list is unknown, and no unknown item."""
    listed = value.get(name)
    if isinstance(listed, (list, tuple)):
        for index, item in enumerate(listed):
            if isinstance(item, MAPPING):
                yield index, item


def repeated(
    value: Mapping[str, Any], name: str, key: str, same: Callable[[Any], Hashable] = lambda key: key
) -> Iterator[tuple[int, int]]:
    """Pairs of indexes, later one first, of the objects in a list that have the same key."""
    seen: dict[Hashable, int] = {}
    for index, item in items(value, name):
        if is_set(item, key):
            first = seen.setdefault(same(item[key]), index)
            if first != index:
                yield index, first


def at_most(value: Mapping[str, Any], name: str, limit: int, what: str) -> Iterator[Violation]:
    """The rule that a list holds at most so many items; counts unknown items too, for each of them is one."""
    listed = value.get(name)
    if isinstance(listed, (list, tuple)) and len(listed) > limit:
        yield Violation((name,), f"has {len(listed)} items, at most {limit} {what} are allowed")


def ordered(value: Mapping[str, Any], start: str, end: str) -> Iterator[Violation]:
    """The rule that a range does not end before it starts."""
    if is_set(value, start) and is_set(value, end) and value[start] > value[end]:
        yield Violation(
            (end,), f"must not be smaller than `{start}`: a range goes from `{start}` to `{end}`, both included"
        )


def endless_retries(value: Mapping[str, Any], name: str = "maxTaskRetryCount") -> Iterator[Violation]:
    """The warning about a retry count without limit."""
    if is_set(value, name) and value[name] == -1:
        yield Violation(
            (name,), "-1 retries without end, which the service advises against: a task that always fails never stops"
        )


def never_reached(value: Mapping[str, Any], name: str = "maxWallClockTime") -> Iterator[Violation]:
    """The warning about a wall clock limit past the longest life of a task."""
    if is_set(value, name) and LONGEST_TASK < parse_duration(value[name]) < NO_LIMIT:
        yield Violation(
            (name,), "is longer than 180 days and never reached: a task is ended 180 days after it was added"
        )


def repeated_variables(value: Mapping[str, Any], name: str = "environmentSettings") -> Iterator[Violation]:
    """The warning about an environment variable that is set twice."""
    for index, first in repeated(value, name, "name"):
        yield Violation(
            (name, index, "name"), f"is the variable of {name}[{first}] again: a process sees only one of them"
        )

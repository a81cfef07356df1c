"""Which tasks of a job wait for which others.

A dependency is satisfied once and for all by a task of its id, also after that task was deleted. Ranges go by the
number that an id is: `4` and `004` are one, and the first of them to end satisfies both. A waiting task watches one of
its dependencies at a time, so that what a range costs does not depend on how many tasks name it.
"""

from __future__ import annotations

from collections.abc import Iterable

from batch_emulator.state.entities import Body
from batch_emulator.state.ids import folded

Watched = str | int
"""The key of a task, or the number that it is in a range."""


def number_of(key: str) -> int | None:
    return int(key) if key.isascii() and key.isdigit() else None


class Dependencies:
    def __init__(self) -> None:
        self._satisfied: set[str] = set()
        self._next: dict[int, int] = {}
        """From each satisfied number to a later one, all between them being satisfied too."""
        self._watchers: dict[Watched, list[str]] = {}

    def _open_from(self, number: int) -> int:
        """The first number from this one on that is not satisfied."""
        end = number
        while end in self._next:
            end = self._next[end]
        while number != end:
            self._next[number], number = end, self._next[number]
        return end

    def blocker(self, depends_on: Body) -> Watched | None:
        """One of the dependencies that are not satisfied, None when all are."""
        for task_id in depends_on.get("taskIds", ()):
            key = folded(task_id)
            if key not in self._satisfied:
                return key
        for numbers in depends_on.get("taskIdRanges", ()):
            number = self._open_from(numbers["start"])
            if number <= numbers["end"]:
                return number
        return None

    def watch(self, key: str, blocker: Watched) -> None:
        watchers = self._watchers.setdefault(blocker, [])
        if key not in watchers[-1:]:
            watchers.append(key)

    def satisfy(self, key: str) -> Iterable[str]:
        """The keys of the tasks to look at again, now that this one is satisfied."""
        if key in self._satisfied:
            return ()
        self._satisfied.add(key)
        found = self._watchers.pop(key, [])
        number = number_of(key)
        if number is not None and number not in self._next:
            self._next[number] = number + 1
            found = found + self._watchers.pop(number, [])
        return found

"""When the clock moves which entity."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from itertools import count

from batch_emulator.state.entities import Entity

_SPARE = 1024
"""Times that have been given up are left where they are until they are more than the others."""


class Timetable:
    def __init__(self) -> None:
        self._times: dict[int, tuple[int, int, Entity]] = {}
        """By identity: an entity has one time at most. Of one time, what was planned first is first."""
        self._heap: list[tuple[int, int, int]] = []
        self._numbers = count()
        self._stuck: dict[int, tuple[int, Entity]] = {}
        """Those whose time has come and that cannot move yet."""

    def plan(self, entity: Entity, time: int | None) -> None:
        """`time` takes the place of the one before."""
        place = id(entity)
        self._stuck.pop(place, None)
        if time is None:
            self._times.pop(place, None)
        elif place not in self._times or self._times[place][0] != time:
            number = next(self._numbers)
            self._times[place] = (time, number, entity)
            heappush(self._heap, (time, number, place))
            if len(self._heap) > 2 * len(self._times) + _SPARE:
                self._heap = [(planned, first, of) for of, (planned, first, _) in self._times.items()]
                heapify(self._heap)

    def _is_planned(self, row: tuple[int, int, int]) -> bool:
        planned = self._times.get(row[2])
        return planned is not None and planned[:2] == row[:2]

    def next(self) -> int | None:
        """The next time at which something is due."""
        while self._heap:
            if self._is_planned(self._heap[0]):
                return self._heap[0][0]
            heappop(self._heap)
        return None

    def passed(self, now: int) -> Iterator[tuple[int, Entity]]:
        """Those whose time has come, with it and in its order; each is taken off.

        What is planned meanwhile comes too, but for what its own turn did not move on: that waits for the next call.
        """
        try:
            while self._heap and self._heap[0][0] <= now:
                row = heappop(self._heap)
                if not self._is_planned(row):
                    continue
                time, _, place = row
                entity = self._times.pop(place)[2]
                yield time, entity
                again = self._times.get(place)
                if again is not None and again[0] <= time:
                    del self._times[place]
                    self._stuck[place] = again[0], entity
        finally:
            for time, entity in list(self._stuck.values()):
                self.plan(entity, time)

    def clear(self) -> None:
        self._times.clear()
        self._heap.clear()
        self._stuck.clear()

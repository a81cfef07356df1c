"""When the clock moves which entity."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

from batch_emulator.state.entities import Entity

_SPARE = 1024
"""Times that have been given up are left where they are until they are more than the others."""


class Timetable:
    def __init__(self) -> None:
        self._times: dict[int, tuple[int, Entity]] = {}
        """By identity: an entity has one time at most."""
        self._heap: list[tuple[int, int]] = []
        self._stuck: dict[int, tuple[int, Entity]] = {}
        """Those whose time has come and that cannot move yet."""

    def plan(self, entity: Entity, time: int | None) -> None:
        """`time` takes the place of the one before."""
        place = id(entity)
        self._stuck.pop(place, None)
        if time is None:
            self._times.pop(place, None)
        elif self._times.get(place, (None,))[0] != time:
            self._times[place] = (time, entity)
            heappush(self._heap, (time, place))
            if len(self._heap) > 2 * len(self._times) + _SPARE:
                self._heap = [(planned, of) for of, (planned, _) in self._times.items()]
                heapify(self._heap)

    def next(self) -> int | None:
        """The next time at which something is due."""
        while self._heap:
            time, place = self._heap[0]
            if self._times.get(place, (None,))[0] == time:
                return time
            heappop(self._heap)
        return None

    def passed(self, now: int) -> Iterator[tuple[int, Entity]]:
        """Those whose time has come, with it and in its order; each is taken off.

        What is planned meanwhile comes too, but for what its own turn did not move on: that waits for the next call.
        """
        try:
            while self._heap and self._heap[0][0] <= now:
                time, place = heappop(self._heap)
                planned = self._times.get(place)
                if planned is None or planned[0] != time:
                    continue
                del self._times[place]
                yield planned
                again = self._times.get(place)
                if again is not None and again[0] <= time:
                    self._stuck[place] = self._times.pop(place)
        finally:
            for time, entity in list(self._stuck.values()):
                self.plan(entity, time)

    def clear(self) -> None:
        self._times.clear()
        self._heap.clear()
        self._stuck.clear()

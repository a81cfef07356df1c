"""When the clock moves which entity."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from batch_emulator.state.entities import Entity


class Timetable:
    def __init__(self) -> None:
        self._times: dict[int, tuple[int, Entity]] = {}
        """By identity: an entity has one time at most."""
        self._heap: list[tuple[int, int]] = []

    def plan(self, entity: Entity, time: int | None) -> None:
        """`time` takes the place of the one before."""
        place = id(entity)
        if time is None:
            self._times.pop(place, None)
        elif self._times.get(place, (None,))[0] != time:
            self._times[place] = (time, entity)
            heappush(self._heap, (time, place))

    def passed(self, now: int) -> Iterator[Entity]:
        """Those whose time has come, in its order; each is taken off. What is planned meanwhile waits for the next."""
        come: list[tuple[int, int]] = []
        while self._heap and self._heap[0][0] <= now:
            come.append(heappop(self._heap))
        for time, place in come:
            planned = self._times.get(place)
            if planned is not None and planned[0] == time:
                del self._times[place]
                yield planned[1]

    def clear(self) -> None:
        self._times.clear()
        self._heap.clear()

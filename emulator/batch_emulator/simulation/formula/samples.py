"""The history of a metric, as a formula asks for it.

The service takes a sample every 30 seconds. A time frame is from an earlier to a later time, each given as a time or as
how long ago it is, in either order.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from batch_emulator.simulation.formula.values import Interval, Timestamp, ValueFault, Vector, show, type_name
from batch_emulator.state.clock import SECOND

PERIOD = 30 * SECOND


class Shortage(Exception):
    """A time frame has a smaller percentage of its samples than is asked for."""


@dataclass(frozen=True)
class History:
    """Samples of one metric, oldest first."""

    times: Sequence[int]
    values: Sequence[float]


class Metrics(Protocol):
    """What a formula can know of its pool."""

    now: int
    enough: float
    """Percentage of samples that a time frame needs where the formula names none."""

    def targets(self) -> Mapping[str, float]: ...

    def history(self, metric: str) -> History: ...

    def current(self, metric: str) -> float | None:
        """The value now of what is counted and not sampled, None for another."""
        ...


@dataclass(frozen=True)
class SampleSet:
    """A service-defined variable that is read: its history, and its methods."""

    name: str
    metrics: Metrics

    def call(self, method: str, arguments: Sequence[Any]) -> Any:
        """Raises ValueFault for arguments of the wrong types, Shortage where samples are missing."""
        history = self.metrics.history(self.name)
        if method == "GetSample":
            return self._sample(history, arguments)
        if method == "GetSamplePercent":
            if not 1 <= len(arguments) <= 2:
                raise ValueFault("GetSamplePercent takes one time or two")
            return self._percent(history, *self._frame(arguments))
        if arguments:
            raise ValueFault(f"{method} takes no arguments")
        if method == "GetSamplePeriod":
            return Interval(PERIOD)
        if method == "Count":
            return float(len(history.times))
        return Timestamp(history.times[0] if history.times else self.metrics.now)

    def latest(self) -> float:
        """Its value where it is used as a number. Raises Shortage."""
        current = self.metrics.current(self.name)
        if current is not None:
            return current
        values = self.metrics.history(self.name).values
        if not values:
            raise Shortage(f"Insufficient data from data set: {self.name} wanted 1 sample, received 0")
        return float(values[-1])

    def _sample(self, history: History, arguments: Sequence[Any]) -> Vector:
        if len(arguments) == 1 and isinstance(arguments[0], float):
            count = int(arguments[0]) if 0 <= arguments[0] < len(history.values) else len(history.values)
            return tuple(history.values[len(history.values) - count :])
        times = [value for value in arguments if not isinstance(value, float)]
        rest = list(arguments[len(times) :])
        if not 1 <= len(times) <= 2 or len(rest) > 1 or list(arguments) != [*times, *rest]:
            raise ValueFault("GetSample takes a count, or one time or two and a percentage")
        start, end = self._frame(times)
        wanted = rest[0] if rest else self.metrics.enough
        received = self._percent(history, start, end)
        if received < wanted:
            raise Shortage(
                f"Insufficient data from data set: {self.name} wanted {show(float(wanted))}%,"
                f" received {show(float(round(received)))}%"
            )
        return tuple(history.values[bisect_right(history.times, start) : bisect_right(history.times, end)])

    def _frame(self, times: Sequence[Any]) -> tuple[int, int]:
        points = sorted(map(self._point, times))
        return (points[0], points[1]) if len(points) == 2 else (points[0], self.metrics.now)

    def _point(self, value: Any) -> int:
        if isinstance(value, Interval):
            return self.metrics.now - value.ticks
        if isinstance(value, Timestamp):
            return value.ticks
        raise ValueFault(f"a timestamp or a timeinterval is expected, not a {type_name(value)}")

    def _percent(self, history: History, start: int, end: int) -> float:
        """A sample belongs to the frame in which it was taken; its first instant belongs to the one before."""
        found = bisect_right(history.times, end) - bisect_right(history.times, start)
        possible = max((end - start) // PERIOD, 1)
        return min(100.0 * found / possible, 100.0)

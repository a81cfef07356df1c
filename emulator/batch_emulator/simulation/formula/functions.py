"""The predefined functions of autoscale formulas.

Most take a list of doubles and vectors, in any mixture, which is one vector to them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from batch_emulator.simulation.formula.values import Timestamp, ValueFault, Vector, type_name
from batch_emulator.state.clock import parse_http_date, parse_time

MOST_VALUES = 10_000
"""Of a vector: more than any metric has samples. Without a limit a short formula could double one past all memory."""


class Stop(Exception):
    """Ends the run; what was assigned before holds."""


@dataclass(frozen=True)
class Function:
    """Called with the time of the run and the arguments. `most` is None where there is no limit to them."""

    call: Callable[[int, Sequence[Any]], Any]
    least: int = 0
    most: int | None = None


def _joined(arguments: Sequence[Any]) -> Vector:
    found: list[float] = []
    for value in arguments:
        if isinstance(value, tuple):
            found.extend(value)
        elif isinstance(value, float):
            found.append(value)
        else:
            raise ValueFault(f"a double or a doubleVec is expected, not a {type_name(value)}")
        if len(found) > MOST_VALUES:
            raise ValueFault(f"a vector has at most {MOST_VALUES} values")
    return tuple(found)


def _of_values(name: str, make: Callable[[Vector], float]) -> Function:
    def call(now: int, arguments: Sequence[Any]) -> float:
        values = _joined(arguments)
        if not values:
            raise ValueFault(f"{name} needs at least one value")
        try:
            return float(make(values))
        except (OverflowError, ValueError):
            return math.nan

    return Function(call, 1)


def _mean(values: Vector) -> float:
    return math.fsum(values) / len(values)


def _deviation(values: Vector) -> float:
    """Of a sample; that of one value is 0."""
    mean = _mean(values)
    return math.hypot(*(value - mean for value in values)) / math.sqrt(max(len(values) - 1, 1))


def _by_component(make: Callable[[float], float]) -> Function:
    """Of one double a double; of anything else a vector."""

    def safe(value: float) -> float:
        try:
            return float(make(value))
        except (OverflowError, ValueError):
            return -math.inf if value == 0 else value if math.isinf(value) and value > 0 else math.nan

    def call(now: int, arguments: Sequence[Any]) -> Any:
        if len(arguments) == 1 and isinstance(arguments[0], float):
            return safe(arguments[0])
        return tuple(safe(value) for value in _joined(arguments))

    return Function(call, 1)


def _vector_and_number(name: str, arguments: Sequence[Any]) -> tuple[Vector, float]:
    values, number = arguments
    if not isinstance(values, tuple) or not isinstance(number, float):
        raise ValueFault(f"{name} takes a doubleVec and a double, not {type_name(values)} and {type_name(number)}")
    return values, number


def _percentile(now: int, arguments: Sequence[Any]) -> float:
    """By the nearest rank: it is one of the values."""
    values, percent = _vector_and_number("percentile", arguments)
    if not values or not 0 <= percent <= 100:
        raise ValueFault("percentile needs at least one value and a percentage between 0 and 100")
    return sorted(values)[max(math.ceil(percent / 100 * len(values)) - 1, 0)]


def _value(now: int, arguments: Sequence[Any]) -> float:
    return item(*_vector_and_number("val", arguments))


def item(values: Any, place: Any) -> float:
    """The value at a place, counted from 0. Raises ValueFault where there is none."""
    if not isinstance(values, tuple) or not isinstance(place, float):
        raise ValueFault(f"a doubleVec has places, counted by a double; {type_name(values)} has none")
    if not 0 <= place < len(values):
        raise ValueFault(f"there is no value at {place:g}: the vector has {len(values)}")
    return float(values[int(place)])


def _time(now: int, arguments: Sequence[Any]) -> Timestamp:
    if not arguments or arguments[0] == "":
        return Timestamp(now)
    text = arguments[0]
    if not isinstance(text, str):
        raise ValueFault(f"time takes a string, not a {type_name(text)}")
    for form in (text, f"{text}T00:00:00", f"{text}-01T00:00:00", f"{text}-01-01T00:00:00"):
        for read in (parse_time, parse_http_date):
            try:
                return Timestamp(read(form))
            except ValueError:
                continue
    raise ValueFault(f"{text[:64]!r} is not a time")


def _stop(now: int, arguments: Sequence[Any]) -> float:
    raise Stop


def _round(value: float) -> float:
    """Halves go to the even neighbour, as they do in .NET."""
    return float(round(value))


FUNCTIONS: dict[str, Function] = {
    "avg": _of_values("avg", _mean),
    "ceil": _by_component(math.ceil),
    "floor": _by_component(math.floor),
    "len": Function(lambda now, arguments: float(len(_joined(arguments)))),
    "lg": _by_component(math.log2),
    "ln": _by_component(math.log),
    "log": _by_component(math.log10),
    "max": _of_values("max", max),
    "min": _of_values("min", min),
    "norm": _of_values("norm", lambda values: math.hypot(*values)),
    "percentile": Function(_percentile, 2, 2),
    "rand": Function(lambda now, arguments: random.random(), 0, 0),
    "range": _of_values("range", lambda values: max(values) - min(values)),
    "round": _by_component(_round),
    "std": _of_values("std", _deviation),
    "stop": Function(_stop, 0, 0),
    "sum": Function(lambda now, arguments: sum(_joined(arguments), 0.0)),
    "time": Function(_time, 0, 1),
    "val": Function(_value, 2, 2),
    "vec": Function(lambda now, arguments: _joined(arguments)),
}

"""The values of autoscale formulas and what operators make of them.

A double is a float, a doubleVec a tuple of floats, a string a str. Which operators take which types is a table: what is
not in it is an error, as in the documentation. A comparison is 1 or 0.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from batch_emulator.state.clock import SECOND, format_time, to_datetime

_MILLISECOND = SECOND // 1000
_DAY = 86_400 * SECOND


@dataclass(frozen=True, order=True)
class Timestamp:
    ticks: int


@dataclass(frozen=True, order=True)
class Interval:
    ticks: int


Vector = tuple[float, ...]
INTERVALS = {
    "TimeInterval_Zero": 0,
    "TimeInterval_100ns": 1,
    "TimeInterval_Microsecond": SECOND // 1_000_000,
    "TimeInterval_Millisecond": _MILLISECOND,
    "TimeInterval_Second": SECOND,
    "TimeInterval_Minute": 60 * SECOND,
    "TimeInterval_Hour": 3600 * SECOND,
    "TimeInterval_Day": _DAY,
    "TimeInterval_Week": 7 * _DAY,
    "TimeInterval_Year": 365 * _DAY,
}
MEMBERS: dict[str, Callable[[Timestamp], float]] = {
    "year": lambda time: to_datetime(time.ticks).year,
    "month": lambda time: to_datetime(time.ticks).month,
    "day": lambda time: to_datetime(time.ticks).day,
    "weekday": lambda time: to_datetime(time.ticks).isoweekday() % 7,
    "hour": lambda time: to_datetime(time.ticks).hour,
    "minute": lambda time: to_datetime(time.ticks).minute,
    "second": lambda time: to_datetime(time.ticks).second,
}
"""Of a timestamp. Sunday is 0, Monday 1."""
_NAMES = {float: "double", tuple: "doubleVec", str: "string", Timestamp: "timestamp", Interval: "timeinterval"}


class ValueFault(Exception):
    """An operation that the values do not have. The caller knows the place."""


def type_name(value: Any) -> str:
    return _NAMES.get(type(value), "sample set")


def quotient(left: float, right: float) -> float:
    """As IEEE 754 has it: a division by zero is infinite, or not a number."""
    if right:
        return left / right
    return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)


def _product(left: float, right: float) -> float:
    return left * right


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": _product,
    "/": quotient,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
    "!=": operator.ne,
}


def _ticks(number: float) -> int:
    if not abs(number) < 2**63:
        raise ValueFault("the time is out of range")
    return int(number)


def _interval(ticks: float) -> Interval:
    return Interval(_ticks(ticks))


def _timestamp(ticks: int) -> Timestamp:
    try:
        to_datetime(ticks)
    except OverflowError:
        raise ValueFault("the time is out of range") from None
    return Timestamp(ticks)


def _vectors(sign: str, left: Vector, right: Vector) -> Vector:
    if len(left) != len(right):
        raise ValueFault(f"vectors of {len(left)} and {len(right)} values cannot be joined by {sign}")
    return tuple(map(_ARITHMETIC[sign], left, right))


_Operation = Callable[[str, Any, Any], Any]
_OPERATIONS: dict[tuple[type, type], tuple[str, _Operation]] = {
    (float, float): ("+-*/", lambda sign, left, right: _ARITHMETIC[sign](left, right)),
    (float, Interval): ("*", lambda sign, left, right: _interval(left * right.ticks)),
    (tuple, float): ("+-*/", lambda sign, left, right: tuple(_ARITHMETIC[sign](item, right) for item in left)),
    (tuple, tuple): ("+-*/", _vectors),
    (Interval, float): ("*/", lambda sign, left, right: _interval(_ARITHMETIC[sign](left.ticks, right))),
    (Interval, Interval): ("+-", lambda sign, left, right: _interval(_ARITHMETIC[sign](left.ticks, right.ticks))),
    (Interval, Timestamp): ("+", lambda sign, left, right: _timestamp(left.ticks + right.ticks)),
    (Timestamp, Interval): ("+", lambda sign, left, right: _timestamp(left.ticks + right.ticks)),
    (Timestamp, Timestamp): ("-", lambda sign, left, right: Interval(left.ticks - right.ticks)),
}


def binary(sign: str, left: Any, right: Any) -> Any:
    """Raises ValueFault for types that the operator does not take."""
    if sign in _COMPARISONS and type(left) is type(right) and not isinstance(left, tuple):
        return float(_COMPARISONS[sign](left, right))
    signs, operation = _OPERATIONS.get((type(left), type(right)), ("", None))
    if operation is None or sign not in signs:
        raise ValueFault(f"operator {sign} does not take {type_name(left)} and {type_name(right)}")
    try:
        return operation(sign, left, right)
    except OverflowError:
        raise ValueFault("the value is out of range") from None


def unary(sign: str, value: Any) -> Any:
    if isinstance(value, float):
        return float(not value) if sign == "!" else -value if sign == "-" else value
    if isinstance(value, Interval) and sign == "-":
        return Interval(-value.ticks)
    raise ValueFault(f"operator {sign} does not take {type_name(value)}")


def show(value: Any) -> str:
    """As the results of a run have it."""
    if isinstance(value, tuple):
        return f"[{','.join(map(show, value))}]"
    if isinstance(value, Timestamp):
        return format_time(value.ticks // _MILLISECOND * _MILLISECOND)
    if isinstance(value, Interval):
        return _shown_interval(value.ticks)
    if isinstance(value, float):
        return _shown_number(value)
    return str(value)


def _shown_number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.15g}"


def _shown_interval(ticks: int) -> str:
    days, rest = divmod(abs(ticks), _DAY)
    seconds, fraction = divmod(rest, SECOND)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{'-' if ticks < 0 else ''}{f'{days}.' if days else ''}{clock}{f'.{fraction:07d}' if fraction else ''}"

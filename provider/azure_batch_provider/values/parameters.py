"""The parameters of a sweep: the values of each, and all combinations of them in an order that is always the same.

Parameters go by name, for maps have no order, and the first name varies slowest. Values are whole numbers, or texts;
nothing is expanded before it is asked for. Knows neither tasks nor ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, Final

Value = str | int
"""What stands in a text: a whole number, which can be padded, or a text."""
Combination = tuple[Value, ...]
"""One value for each parameter, by name."""

_EXACT: Final = 2**53
"""Up to here every whole number is exact in the JSON that Pulumi sends."""


@dataclass(frozen=True)
class Parameter:
    """The values of one parameter.

    Attributes:
        values: whole numbers or texts, in their order.
        whole: whether all of them are whole numbers.
    """

    values: Sequence[Value]
    whole: bool

    def __len__(self) -> int:
        return len(self.values)

    @property
    def longest(self) -> Value:
        """The value whose text is the longest, padded or not."""
        return max(self._ends(), key=lambda value: len(str(value)))

    @property
    def shortest(self) -> Value:
        """The value whose text is the shortest, padded or not."""
        return min(self._ends(), key=lambda value: len(str(value)))

    def _ends(self) -> Iterable[Value]:
        if not isinstance(self.values, range):
            return self.values
        # Numbers get longer from zero on, in both directions.
        last = len(self.values) - 1
        zero = min(max(-self.values.start // self.values.step, 0), last)
        return (self.values[index] for index in (0, zero, min(zero + 1, last), last))


def plain_value(value: Any) -> Value:
    """A value as it is written into a text: `true` and `false`, a whole number without a fraction."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _EXACT else repr(value)
    return value if isinstance(value, (str, int)) else str(value)


def parameter(declared: Any) -> Parameter | None:
    """A parameter as a program declares it, `{start, end, step}` or `{values}`; `None` if it is unknown or not right,
    or has no values."""
    if not isinstance(declared, Mapping):
        return None
    start, end, step, values = (declared.get(name) for name in ("start", "end", "step", "values"))
    if isinstance(values, (list, tuple)) and start is None and end is None and step is None:
        if not values or any(not isinstance(value, (str, int, float)) for value in values):
            return None
        plain = tuple(plain_value(value) for value in values)
        return Parameter(plain, all(isinstance(value, int) for value in plain))
    step = 1 if step is None else step
    if values is not None or step == 0 or not all(_is_whole(number) for number in (start, end, step)):
        return None
    numbers = inclusive(int(start), int(end), int(step))  # type: ignore[arg-type]
    return Parameter(numbers, True) if numbers else None


def inclusive(start: int, end: int, step: int) -> range:
    """The numbers from start to end, which is one of them if the steps reach it."""
    return range(start, end + (1 if step > 0 else -1), step)


def _is_whole(value: Any) -> bool:
    return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


class Combinations:
    """All combinations of the values of some parameters, by index.

    Attributes:
        parameters: by name, sorted.
        names: of the parameters.
    """

    def __init__(self, parameters: Mapping[str, Parameter]) -> None:
        self.parameters = {name: parameters[name] for name in sorted(parameters)}
        self.names = tuple(self.parameters)
        self._values = tuple(one.values for one in self.parameters.values())
        self._sizes = tuple(len(values) for values in self._values)

    def __len__(self) -> int:
        return prod(self._sizes)

    def __iter__(self) -> Iterator[Combination]:
        return product(*self._values)

    def positions(self, index: int) -> tuple[int, ...]:
        """Which value of each parameter is in a combination, from 0."""
        found = []
        for size in reversed(self._sizes):
            index, position = divmod(index, size)
            found.append(position)
        return tuple(reversed(found))

    def __getitem__(self, index: int) -> Combination:
        return tuple(values[at] for values, at in zip(self._values, self.positions(index), strict=True))

    def of(self, names: Sequence[str]) -> Combinations:
        """The combinations of some of the parameters."""
        return Combinations({name: self.parameters[name] for name in names})

    def described(self, index: int) -> str:
        """A combination in words: whole numbers as they are, of other values, which may be secret, the position."""
        return ", ".join(
            f"`{name}` = {value}" if one.whole else f"`{name}` = its value {at + 1} of {len(one)}"
            for (name, one), value, at in zip(self.parameters.items(), self[index], self.positions(index), strict=True)
        )


def combinations(declared: Any) -> Combinations | None:
    """The combinations of parameters as a program declares them; `None` while any of them is unknown or not right."""
    if not isinstance(declared, Mapping) or not declared:
        return None
    found = {name: parameter(one) for name, one in declared.items()}
    known = {name: one for name, one in found.items() if one is not None}
    return Combinations(known) if len(known) == len(found) else None


def size(declared: Any) -> int | None:
    """How many values a parameter has; `None` if that cannot be known. Values that are unknown count."""
    if isinstance(declared, Mapping) and isinstance(declared.get("values"), (list, tuple)):
        return len(declared["values"])
    found = parameter(declared)
    return None if found is None else len(found)

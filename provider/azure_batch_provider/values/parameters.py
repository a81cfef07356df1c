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
"""Below this every whole number is exact in the JSON that Pulumi sends."""


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
    if isinstance(values, list) and start is None and end is None and step is None:
        if not values or not all(isinstance(value, (str, int, float)) for value in values):
            return None
        plain = tuple(map(plain_value, values))
        return Parameter(plain, all(isinstance(value, int) for value in plain))
    step = 1 if step is None else step
    if values is not None or step == 0 or not all(_is_whole(number) for number in (start, end, step)):
        return None
    numbers = inclusive(start, end, step)  # type: ignore[arg-type]
    return Parameter(numbers, True) if numbers else None


def inclusive(start: int, end: int, step: int) -> range:
    """The numbers from start to end, which is one of them if the steps reach it."""
    return range(start, end + (1 if step > 0 else -1), step)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _EXACT


class Combinations:
    """All combinations of the values of some parameters, by index.

    Attributes:
        parameters: by name, sorted.
        names: of the parameters.
        count: of the combinations.
    """

    def __init__(self, parameters: Mapping[str, Parameter]) -> None:
        self.parameters = {name: parameters[name] for name in sorted(parameters)}
        self.names = tuple(self.parameters)
        self._values = tuple(one.values for one in self.parameters.values())
        sizes = [len(values) for values in self._values]
        self.count = prod(sizes)
        # How many combinations in a row have the same value of a parameter.
        self._places = tuple(
            (values, prod(sizes[index + 1 :]), len(values)) for index, values in enumerate(self._values)
        )

    def __iter__(self) -> Iterator[Combination]:
        return product(*self._values)

    def __getitem__(self, index: int) -> Combination:
        return tuple([values[index // run % size] for values, run, size in self._places])

    def of(self, names: Iterable[str]) -> Combinations:
        """The combinations of some of the parameters."""
        return Combinations({name: self.parameters[name] for name in names})

    def described(self, index: int) -> str:
        """A combination in words: whole numbers as they are; of other values, which may be secret, the position."""
        found = []
        for (name, one), (values, run, size) in zip(self.parameters.items(), self._places, strict=True):
            at = index // run % size
            found.append(f"`{name}` is {values[at]}" if one.whole else f"`{name}` is its value {at + 1} of {size}")
        return ", ".join(found)


def combinations(parameters: Mapping[str, Parameter | None]) -> Combinations | None:
    """The combinations of parameters; `None` while one of them is unknown or not right."""
    known = {name: one for name, one in parameters.items() if one is not None}
    return Combinations(known) if len(known) == len(parameters) else None


def parameters(declared: Mapping[str, Any]) -> dict[str, Parameter | None]:
    """The parameters that a program declares by name; `None` for what is unknown or not right."""
    return {name: parameter(one) for name, one in declared.items()}


def first_value(declared: Any) -> Value | None:
    """The first value of a parameter as a program declares it, whatever the others are; `None` if it is unknown."""
    if isinstance(declared, Mapping) and isinstance(declared.get("values"), list):
        declared = {**declared, "values": declared["values"][:1]}
    found = parameter(declared)
    return None if found is None else found.values[0]


def size(declared: Any) -> int | None:
    """How many values a parameter has; `None` if that cannot be known. Values that are unknown count."""
    if isinstance(declared, Mapping) and isinstance(declared.get("values"), list):
        return len(declared["values"])
    found = parameter(declared)
    return None if found is None else len(found)

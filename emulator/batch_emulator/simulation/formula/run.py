"""Runs a formula: what its variables come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from batch_emulator.simulation.formula.functions import FUNCTIONS, Stop, item
from batch_emulator.simulation.formula.names import ALIASES, DEALLOCATION, METRICS, OPTIONS, WRITABLE
from batch_emulator.simulation.formula.parser import (
    Chain,
    Choice,
    Constant,
    Expression,
    Function,
    Item,
    Method,
    Name,
    Statement,
    Unary,
)
from batch_emulator.simulation.formula.samples import Metrics, SampleSet, Shortage
from batch_emulator.simulation.formula.tokens import FormulaError, InsufficientData, Place
from batch_emulator.simulation.formula.values import (
    INTERVALS,
    MEMBERS,
    Interval,
    Timestamp,
    ValueFault,
    binary,
    type_name,
    unary,
)

_CONSTANTS: dict[str, Any] = {
    **{name: Interval(ticks) for name, ticks in INTERVALS.items()},
    **{option: option for option in OPTIONS},
}


@dataclass(frozen=True)
class Outcome:
    """`targets` are the writable variables, `others` what else was assigned."""

    targets: dict[str, Any]
    others: dict[str, Any]


def run(statements: Sequence[Statement], metrics: Metrics) -> Outcome:
    """Raises FormulaError, InsufficientData where samples are missing."""
    return _Run(metrics).outcome(statements)


class _Run:
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._variables: dict[str, Any] = {**_CONSTANTS, **metrics.targets(), DEALLOCATION: OPTIONS[0]}
        self._variables.update({name: SampleSet(name, metrics) for name in METRICS})
        for alias, name in ALIASES.items():
            self._variables[alias] = self._variables[name]
        self._assigned: dict[str, Any] = {}

    def outcome(self, statements: Sequence[Statement]) -> Outcome:
        try:
            for statement in statements:
                self._do(statement)
        except Stop:
            pass
        targets = {name: self._variables[name] for name in WRITABLE}
        for alias, name in ALIASES.items():
            if alias in self._assigned and name not in self._assigned:
                targets[name] = self._assigned[alias]
        others = {name: value for name, value in self._assigned.items() if name not in {*targets, *ALIASES}}
        return Outcome(targets, others)

    def _do(self, statement: Statement) -> None:
        value = self._value(statement.value)
        target = statement.target
        if target is None:
            return
        if isinstance(value, SampleSet):
            value = self._latest(value, statement.value.place)
        self._check(ALIASES.get(target.name, target.name), value, target.place)
        self._variables[target.name] = self._assigned[target.name] = value

    def _check(self, name: str, value: Any, place: Place) -> None:
        """What the variables that the service reads can be."""
        if name == DEALLOCATION and value not in OPTIONS:
            raise FormulaError(place, f"{name} is one of {', '.join(OPTIONS)}")
        if name in WRITABLE and name != DEALLOCATION and not (isinstance(value, float) and 0 <= value < 2**31):
            raise FormulaError(place, f"{name} is a double between 0 and 2147483647")

    def _value(self, node: Expression) -> Any:
        """One frame for each node: how deep an expression is nested is limited when it is parsed."""
        place = node.place
        try:
            if isinstance(node, Constant):
                return node.value
            if isinstance(node, Name):
                return self._variables[node.name]
            if isinstance(node, Chain):
                value = self._value(node.first)
                for where, sign, right in node.rest:
                    place = where
                    value = self._plain(value, node.place)
                    if sign in ("&&", "||"):
                        value = self._joined(sign, value, right)
                    else:
                        value = binary(sign, value, self._plain(self._value(right), right.place))
                return value
            if isinstance(node, Unary):
                value = self._plain(self._value(node.of), node.of.place)
                for sign in reversed(node.signs):
                    value = unary(sign, value)
                return value
            if isinstance(node, Choice):
                test = self._truth(self._plain(self._value(node.test), node.test.place))
                return self._value(node.yes if test else node.no)
            if isinstance(node, Function):
                arguments = [self._plain(self._value(argument), argument.place) for argument in node.arguments]
                return FUNCTIONS[node.name.name].call(self._metrics.now, arguments)
            if isinstance(node, Method):
                of = self._value(node.of)
                if not isinstance(of, SampleSet):
                    raise ValueFault(f"a {type_name(of)} has no method {node.name.name}")
                given = [self._plain(self._value(argument), argument.place) for argument in node.arguments]
                return of.call(node.name.name, given)
            if isinstance(node, Item):
                return item(self._value(node.of), self._plain(self._value(node.at), node.at.place))
            of = self._value(node.of)
            if not isinstance(of, Timestamp):
                raise ValueFault(f"a {type_name(of)} has no member {node.name.name}")
            return float(MEMBERS[node.name.name](of))
        except ValueFault as fault:
            raise FormulaError(place, str(fault)) from None
        except Shortage as shortage:
            raise InsufficientData(place, str(shortage)) from None

    def _joined(self, sign: str, left: Any, right: Expression) -> float:
        """The right side is only looked at where the left one does not decide."""
        if self._truth(left) is (sign == "||"):
            return float(sign == "||")
        return float(self._truth(self._plain(self._value(right), right.place)))

    def _truth(self, value: Any) -> bool:
        if not isinstance(value, float):
            raise ValueFault(f"a double is expected, not a {type_name(value)}")
        return value != 0

    def _plain(self, value: Any, place: Place) -> Any:
        """A metric that is used as a number is its latest value."""
        return self._latest(value, place) if isinstance(value, SampleSet) else value

    def _latest(self, value: SampleSet, place: Place) -> float:
        try:
            return value.latest()
        except Shortage as shortage:
            raise InsufficientData(place, str(shortage)) from None

"""The names that a formula can use, and the check that it uses no other.

A formula has no branches but `? :`, so whether a variable was assigned before it is read shows without a run.
"""

from __future__ import annotations

from collections.abc import Iterable

from batch_emulator.simulation.formula.functions import FUNCTIONS
from batch_emulator.simulation.formula.parser import (
    Chain,
    Choice,
    Expression,
    Function,
    Item,
    Member,
    Method,
    Name,
    Statement,
    Unary,
    parse,
)
from batch_emulator.simulation.formula.tokens import FormulaError
from batch_emulator.simulation.formula.values import INTERVALS, MEMBERS

DEDICATED = "$TargetDedicatedNodes"
LOW_PRIORITY = "$TargetLowPriorityNodes"
DEALLOCATION = "$NodeDeallocationOption"
WRITABLE = (DEDICATED, LOW_PRIORITY, DEALLOCATION)
"""In the order of the results."""
ALIASES = {
    "$TargetDedicated": DEDICATED,
    "$TargetLowPriority": LOW_PRIORITY,
    "$CurrentDedicated": "$CurrentDedicatedNodes",
    "$CurrentLowPriority": "$CurrentLowPriorityNodes",
}
OPTIONS = ("requeue", "terminate", "taskcompletion", "retaineddata")
METRICS = (
    "$ActiveTasks",
    "$CPUPercent",
    "$CurrentDedicatedNodes",
    "$CurrentLowPriorityNodes",
    "$DiskBytes",
    "$DiskReadBytes",
    "$DiskReadOps",
    "$DiskWriteBytes",
    "$DiskWriteOps",
    "$FailedTasks",
    "$MemoryBytes",
    "$NetworkInBytes",
    "$NetworkOutBytes",
    "$PendingTasks",
    "$PreemptedNodeCount",
    "$RunningTasks",
    "$SampleNodeCount",
    "$SucceededTasks",
    "$TaskSlotsPerNode",
    "$UsableNodeCount",
    "$WallClockSeconds",
)
METHODS = ("Count", "GetSample", "GetSamplePercent", "GetSamplePeriod", "HistoryBeginTime")
_KNOWN = frozenset({*WRITABLE, *ALIASES, *METRICS, *OPTIONS, *INTERVALS})
_READ_ONLY = _KNOWN - {*WRITABLE} - {alias for alias, name in ALIASES.items() if name in WRITABLE}


def read_formula(text: str) -> list[Statement]:
    """The statements of a formula. Raises FormulaError where it cannot be parsed or uses a name that there is not."""
    statements = parse(text)
    variables = set(_KNOWN)
    for statement in statements:
        _check(statement.value, variables)
        if statement.target is not None:
            _check_target(statement.target)
            variables.add(statement.target.name)
    return statements


def _check_target(target: Name) -> None:
    if target.name in _READ_ONLY:
        raise FormulaError(target.place, f"{target.name} cannot be assigned")


def _check(expression: Expression, variables: set[str]) -> None:
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Name):
            _check_name(node, variables, "variable")
        elif isinstance(node, Function):
            _check_name(node.name, FUNCTIONS, "function")
            _check_arguments(node)
        elif isinstance(node, Method):
            _check_name(node.name, METHODS, "method")
        elif isinstance(node, Member):
            _check_name(node.name, MEMBERS, "member")
        waiting.extend(reversed(_parts(node)))


def _check_name(name: Name, known: Iterable[str], what: str) -> None:
    if name.name not in known:
        raise FormulaError(name.place, f"{name.name[:64]} is an unknown {what}")


def _check_arguments(call: Function) -> None:
    function, given = FUNCTIONS[call.name.name], len(call.arguments)
    if given < function.least or (function.most is not None and given > function.most):
        raise FormulaError(call.place, f"{call.name.name} does not take {given} arguments")


def _parts(node: Expression) -> list[Expression]:
    if isinstance(node, Unary):
        return [node.of]
    if isinstance(node, Chain):
        return [node.first, *(part for _, _, part in node.rest)]
    if isinstance(node, Choice):
        return [node.test, node.yes, node.no]
    if isinstance(node, Function):
        return list(node.arguments)
    if isinstance(node, Method):
        return [node.of, *node.arguments]
    if isinstance(node, Member):
        return [node.of]
    return [node.of, node.at] if isinstance(node, Item) else []

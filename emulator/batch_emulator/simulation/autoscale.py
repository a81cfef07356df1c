"""What an autoscale formula makes of its pool.

A run that fails leaves the pool as it is, and says why in the pool's latest run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from batch_emulator.protocol.durations import parse_duration
from batch_emulator.simulation.formula.names import DEALLOCATION, DEDICATED, LOW_PRIORITY, WRITABLE, read_formula
from batch_emulator.simulation.formula.run import Outcome, run
from batch_emulator.simulation.formula.tokens import FormulaError, InsufficientData
from batch_emulator.simulation.formula.values import show
from batch_emulator.simulation.pool_metrics import PoolMetrics
from batch_emulator.state.account import Account
from batch_emulator.state.clock import format_time
from batch_emulator.state.entities import Pool

MOST_IN_A_LEAP = 96
"""Evaluations: those of a day, at the usual interval."""
_TARGETS = {DEDICATED: "targetDedicatedNodes", LOW_PRIORITY: "targetLowPriorityNodes"}
_WHOLE: dict[str, Callable[[float], int]] = {"down": math.floor, "nearest": round, "up": math.ceil}
_FAILURES = {
    InsufficientData: ("InsufficientSampleData", "Autoscale evaluation failed due to insufficient sample data"),
    FormulaError: ("AutoScalingFormulaEvaluationError", "Autoscale evaluation failed"),
}


@dataclass(frozen=True)
class Evaluation:
    """`shown` is the autoScaleRun of the API. `targets` are the pool's properties, None where the run failed."""

    shown: dict[str, Any]
    targets: dict[str, int] | None = None
    option: str = "requeue"


def evaluate(account: Account, pool: Pool, formula: str, now: int) -> Evaluation:
    """Changes nothing."""
    metrics = PoolMetrics(account, pool, now)
    whole = _WHOLE[account.switches.text("autoscale-fraction")]
    stamp = {"timestamp": format_time(now)}
    try:
        outcome = run(read_formula(formula), metrics)
    except FormulaError as error:
        unchanged = Outcome({**metrics.targets(), DEALLOCATION: "requeue"}, {})
        code, message = _FAILURES[type(error)]
        values = [{"name": "Message", "value": str(error)}]
        failure = {"code": code, "message": message, "values": values}
        return Evaluation({**stamp, "results": _results(unchanged), "error": failure})
    targets = {**outcome.targets, **{name: float(whole(outcome.targets[name])) for name in _TARGETS}}
    return Evaluation(
        {**stamp, "results": _results(Outcome(targets, outcome.others))},
        {of_pool: int(targets[name]) for name, of_pool in _TARGETS.items()},
        str(targets[DEALLOCATION]),
    )


def _results(outcome: Outcome) -> str:
    """What the service reads comes first, the formula's own variables follow by name."""
    named: list[tuple[str, Any]] = [(name, outcome.targets[name]) for name in WRITABLE]
    named += sorted(outcome.others.items())
    return ";".join(f"{name}={show(value)}" for name, value in named)


def next_time(pool: Pool) -> int | None:
    """When the clock evaluates its formula next."""
    if not pool.body["enableAutoScale"]:
        return None
    return pool.created if pool.autoscale_next is None else pool.autoscale_next


def plan(account: Account, pool: Pool, now: int) -> None:
    """The evaluation after this one. Of those that a leap of the clock has passed, the latest are made."""
    interval = parse_duration(pool.body["autoScaleEvaluationInterval"])
    before = now if pool.autoscale_next is None else pool.autoscale_next
    passed = max((account.clock.reached() - before) // interval, 1)
    pool.autoscale_next = before + interval * max(passed - MOST_IN_A_LEAP + 2, 1)


def settings(pool: Pool, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The pool's body with automatic scaling. What is not sent stays as it was; an interval is 15 minutes at first."""
    kept = {"autoScaleEvaluationInterval": "PT15M", **pool.body}
    return {**kept, **sent, "enableAutoScale": True}

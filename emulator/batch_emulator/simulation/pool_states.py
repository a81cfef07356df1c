"""How a pool moves between its states, and between those of its allocation."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from batch_emulator.protocol.durations import parse_duration
from batch_emulator.simulation import autoscale, pool_nodes
from batch_emulator.simulation.node_states import PATIENT
from batch_emulator.simulation.transitions import GONE, Transition, begin
from batch_emulator.state.account import Account
from batch_emulator.state.entities import Node, Pending, Pool

_NONE: dict[str, Any] = {"targetDedicatedNodes": 0, "targetLowPriorityNodes": 0}


def add(account: Account, pool: Pool) -> None:
    pool.allocate("resizing", pool.created)
    begin(account, pool, STEADY)
    if pool.body["enableAutoScale"]:
        _scale(account, pool, pool.created)
    account.store.save(pool)


def resize(
    account: Account,
    pool: Pool,
    changes: dict[str, Any],
    option: str,
    leaving: Iterable[Node] = (),
    when: int | None = None,
) -> None:
    """To the targets that `changes` has; the nodes that are `leaving` go first, then as many as are beyond those.

    `option` says what happens to the tasks of nodes that leave, and is the reason of the pending transition. `when` is
    the time of the change that asks for it, if that is not now.
    """
    pool.body = {**pool.body, **changes}
    pool.resize_errors = []
    pool.allocate("resizing", account.clock.now() if when is None else when)
    pool_nodes.leave(account, leaving)
    pool_nodes.shrink(account, pool)
    waits = option in PATIENT and account.switches.text("resize-timeout") == "stop"
    pool.resize_due = pool.allocation_since + parse_duration(pool.body["resizeTimeout"]) if waits else None
    begin(account, pool, STEADY, option)
    account.store.save(pool)


def stop_resize(account: Account, pool: Pool) -> None:
    """Until it has stopped, what the resize said of the tasks of nodes holds."""
    option = pool.pending.reason if pool.pending is not None else None
    pool.resize_due = None
    pool.allocate("stopping", account.clock.now())
    begin(account, pool, STEADY, option)
    account.store.save(pool)


def enable_autoscale(account: Account, pool: Pool, sent: dict[str, Any]) -> None:
    """Its formula is evaluated at once. A pool that is being resized keeps its ETag."""
    when = account.clock.stamp()
    pool.body = autoscale.settings(pool, sent)
    pool.autoscale_enabled, pool.autoscale_next = when, None
    if pool.allocation_state == "steady":
        pool.modified = when
    _scale(account, pool, when)
    account.store.save(pool)


def disable_autoscale(account: Account, pool: Pool) -> None:
    """The targets of the last evaluation stay."""
    of_formula = ("autoScaleFormula", "autoScaleEvaluationInterval")
    pool.body = {name: value for name, value in pool.body.items() if name not in of_formula}
    pool.body["enableAutoScale"] = False
    pool.autoscale_run = pool.autoscale_next = None
    pool.modified = account.clock.stamp()
    account.store.save(pool)


def _scale(account: Account, pool: Pool, when: int) -> None:
    """Evaluates its formula, and resizes the pool where that changes its targets."""
    evaluation = autoscale.evaluate(account, pool, pool.body["autoScaleFormula"], when)
    pool.autoscale_run = evaluation.shown
    autoscale.plan(account, pool, when)
    if evaluation.targets is not None and any(pool.body[name] != evaluation.targets[name] for name in _NONE):
        resize(account, pool, evaluation.targets, evaluation.option, when=when)


def _evaluate(account: Account, pool: Pool, said: Any) -> None:
    _scale(account, pool, account.clock.now())
    account.store.save(pool)


def delete(account: Account, pool: Pool) -> None:
    """A pool with nodes, or with nodes under way, is first resized to none; a resize that is under way is stopped."""
    resizing = pool.pending is not None
    emptying = pool.nodes > 0 or any(pool.body[name] for name in _NONE)
    pool.enter("deleting", pool.modified)
    pool.body = {**pool.body, **_NONE}
    pool_nodes.shrink(account, pool)
    if emptying:
        pool.allocate("stopping" if resizing else "resizing", pool.modified)
    begin(account, pool, STOPPED if emptying and resizing else DELETED)
    account.store.save(pool)


def _steady(account: Account, pool: Pool, pending: Pending) -> None:
    stopped = pool.allocation_state == "stopping"
    if not stopped and pool_nodes.is_waiting(account, pool, pending.reason):
        pool.pending = pending
        account.store.save(pool)
        return
    pool.resize_errors = pool_nodes.stop(account, pool) if stopped else pool_nodes.allocate(account, pool)
    pool.resize_due = None
    pool.allocate("steady", account.clock.now())
    account.store.save(pool)


def _out_of_time(account: Account, pool: Pool, said: None) -> None:
    """Nodes whose tasks still run stay, if it is for them that the resize has not ended."""
    pool.resize_due = None
    if pool.pending is not None and pool_nodes.is_waiting(account, pool, pool.pending.reason):
        pool.resize_errors = pool_nodes.time_out(account, pool, pool.pending.reason)
        pool.pending = None
        pool.allocate("steady", account.clock.now())
    account.store.save(pool)


def _stopped(account: Account, pool: Pool, pending: Pending) -> None:
    pool.allocate("resizing", account.clock.now())
    begin(account, pool, DELETED)
    account.store.save(pool)


def _drop(account: Account, pool: Pool, pending: Pending) -> None:
    account.store.drop(pool)


STEADY = Transition(("active",), "steady", "wait", _steady)
"""The end of a resize, and of the stop of one."""
STOPPED = Transition(("deleting",), "resizing", "wait", _stopped)
DELETED = Transition(("deleting",), GONE, "wait", _drop, delay="pool-delete-delay")
EVALUATED = Transition(("active",), "evaluated", "clock", _evaluate, at=autoscale.next_time)
OVERDUE = Transition(("active",), "overdue", "clock", _out_of_time, at=attrgetter("resize_due"))
TRANSITIONS = (STEADY, STOPPED, DELETED, EVALUATED, OVERDUE)

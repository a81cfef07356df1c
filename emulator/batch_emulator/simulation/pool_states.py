"""How a pool moves between its states."""

from __future__ import annotations

from typing import Any

from batch_emulator.simulation.transitions import GONE, Transition, begin
from batch_emulator.state.account import Account
from batch_emulator.state.entities import Pending, Pool

_NONE: dict[str, Any] = {"targetDedicatedNodes": 0, "targetLowPriorityNodes": 0}


def add(account: Account, pool: Pool) -> None:
    pool.allocate("resizing", pool.created)
    begin(account, pool, STEADY)
    account.store.save(pool)


def delete(account: Account, pool: Pool) -> None:
    """A pool with nodes, or with nodes under way, is first resized to none; a resize that is under way is stopped."""
    resizing = pool.pending is not None
    emptying = pool.nodes > 0 or any(pool.body[name] for name in _NONE)
    pool.enter("deleting", pool.modified)
    pool.body = {**pool.body, **_NONE}
    if emptying:
        pool.allocate("stopping" if resizing else "resizing", pool.modified)
    begin(account, pool, STOPPED if emptying and resizing else DELETED)
    account.store.save(pool)


def _steady(account: Account, pool: Pool, pending: Pending) -> None:
    pool.allocate("steady", account.clock.now())
    pool.dedicated, pool.low_priority = (pool.body[name] for name in _NONE)
    account.store.save(pool)


def _stopped(account: Account, pool: Pool, pending: Pending) -> None:
    pool.allocate("resizing", account.clock.now())
    begin(account, pool, DELETED)
    account.store.save(pool)


def _drop(account: Account, pool: Pool, pending: Pending) -> None:
    account.store.drop(pool)


STEADY = Transition(("active",), "steady", "wait", _steady)
STOPPED = Transition(("deleting",), "resizing", "wait", _stopped)
DELETED = Transition(("deleting",), GONE, "wait", _drop, delay="pool-delete-delay")
TRANSITIONS = (STEADY, STOPPED, DELETED)

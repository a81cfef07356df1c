"""How a pool moves between its states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batch_emulator.state.entities import Pool

if TYPE_CHECKING:
    from batch_emulator.state.account import Account

_NONE: dict[str, Any] = {"targetDedicatedNodes": 0, "targetLowPriorityNodes": 0}


def delete(account: Account, pool: Pool) -> None:
    """A pool with nodes, or with nodes under way, is first resized to none; a resize that is under way is stopped."""
    resizing = pool.pending is not None
    emptying = pool.nodes > 0 or any(pool.body[name] for name in _NONE)
    pool.enter("deleting", pool.modified)
    pool.body = {**pool.body, **_NONE}
    if emptying and resizing:
        pool.allocate("stopping", pool.modified)
        pool.pending = account.transition("resizing")
    elif emptying:
        pool.allocate("resizing", pool.modified)
        pool.pending = account.transition("gone", "pool-delete-delay")
    else:
        pool.pending = account.transition("gone", "pool-delete-delay")
    account.store.save(pool)


def settle(account: Account, pool: Pool) -> None:
    """Ends the transition that the pool is in; another one may follow."""
    if pool.pending is None:
        return
    to, pool.pending = pool.pending.to, None
    if to == "gone":
        account.store.drop(pool)
        return
    pool.allocate(to, account.clock.now())
    if to == "steady":
        pool.dedicated, pool.low_priority = (pool.body[name] for name in _NONE)
    else:
        pool.pending = account.transition("gone", "pool-delete-delay")
    account.store.save(pool)

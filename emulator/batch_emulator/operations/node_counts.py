"""Account - List Pool Node Counts: how many nodes of each pool are in which state."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import Any

from batch_emulator.protocol.filters import Filterable, parse_filter
from batch_emulator.protocol.paging import page
from batch_emulator.protocol.wire import Answer, Call
from batch_emulator.simulation import lag
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.simulation.pool_nodes import nodes_of
from batch_emulator.state.entities import Node, Pool

LARGEST_PAGE = 10
_COUNTED = (
    "creating",
    "idle",
    "leavingPool",
    "offline",
    "preempted",
    "rebooting",
    "reimaging",
    "running",
    "starting",
    "startTaskFailed",
    "unusable",
    "unknown",
    "waitingForStartTask",
    "deallocated",
    "deallocating",
    "upgradingOS",
)
_FILTERS = {"poolId": Filterable("string", attrgetter("id"), prefix=True)}


def _counts(account: SimulatedAccount, nodes: list[Node]) -> dict[str, int]:
    by_state = Counter(lag.node_as_shown(account, node).state for node in nodes)
    return {name: by_state[name.lower()] for name in _COUNTED} | {"total": len(nodes)}


def node_counts(account: SimulatedAccount, call: Call) -> Answer:
    keep = parse_filter(call.query.get("$filter", ""), _FILTERS)
    account.poll_all(Pool)
    pools = account.store.of(Pool)

    def show(pool: Pool) -> dict[str, Any]:
        account.poll_all(Node, pool.key)
        return {
            "poolId": pool.id,
            "dedicated": _counts(account, nodes_of(account, pool, dedicated=True)),
            "lowPriority": _counts(account, nodes_of(account, pool, dedicated=False)),
        }

    return page(call, "poolnodecounts", list(pools.keys), pools.__getitem__, keep, show, LARGEST_PAGE)

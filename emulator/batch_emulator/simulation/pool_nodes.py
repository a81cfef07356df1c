"""Which nodes come to a pool when it is resized, and which leave it."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from batch_emulator.simulation import node_states
from batch_emulator.state.account import Account
from batch_emulator.state.entities import Node, Pool

TARGETS = {True: "targetDedicatedNodes", False: "targetLowPriorityNodes"}
"""By whether nodes are dedicated."""
_WORDS = {True: "dedicated", False: "low priority"}
_ORDERED = {True: "dedicatedNodes", False: "lowPriorityNodes"}
Errors = list[dict[str, Any]]


def nodes_of(account: Account, pool: Pool, *, dedicated: bool) -> list[Node]:
    return [node for node in account.store.of(Node, pool.key) if node.dedicated == dedicated]


def _add(account: Account, pool: Pool, count: int, *, dedicated: bool) -> None:
    """Each takes the lowest place that is free."""
    taken = {node.number for node in account.store.of(Node, pool.key)}
    number = 0
    for _ in range(count):
        while number in taken:
            number += 1
        taken.add(number)
        when = account.clock.stamp()
        name = sha256(f"{pool.key} {pool.created} {when}".encode()).hexdigest()
        node_id = f"tvmps_{name}_{'d' if dedicated else 'p'}"
        node = Node(node_id, {}, when, when, "creating", when, parent=pool.key, number=number, dedicated=dedicated)
        node_states.create(account, node)


def _least_missed(node: Node) -> tuple[bool, bool, int]:
    """What does not work goes first, what runs tasks last, and of equals the latest place."""
    return node.state == "running", node.state == "idle", -node.number


def shrink(account: Account, pool: Pool) -> None:
    """The nodes beyond the pool's targets begin to leave."""
    for dedicated, target in TARGETS.items():
        staying = [node for node in nodes_of(account, pool, dedicated=dedicated) if node.state != "leavingpool"]
        excess = max(0, len(staying) - pool.body[target])
        leave(account, sorted(staying, key=_least_missed)[:excess])


def leave(account: Account, nodes: Iterable[Node]) -> None:
    for node in nodes:
        node_states.leave(account, node)


def is_waiting(account: Account, pool: Pool, option: str | None) -> bool:
    """Whether a node cannot leave yet, as what runs on it is to be waited for."""
    leaving = (node for node in account.store.of(Node, pool.key) if node.state == "leavingpool")
    return any(node_states.is_busy(account, node, option) for node in leaving)


def allocate(account: Account, pool: Pool) -> Errors:
    """Brings the pool to its targets as far as quota and a test's order let it; gives why it did not get there."""
    for node in account.store.of(Node, pool.key):
        if node.state == "leavingpool":
            account.store.drop(node)
    ordered, pool.ordered_resize = pool.ordered_resize or {}, None
    errors: Errors = list(ordered.get("resizeErrors", ()))
    for dedicated, target in TARGETS.items():
        there = len(nodes_of(account, pool, dedicated=dedicated))
        wanted = pool.body[target]
        if ordered:
            wanted = min(wanted, ordered.get(_ORDERED[dedicated], there))
        room = account.switches.integer("node-quota") - _all(account, dedicated=dedicated)
        if wanted - there > max(0, room):
            errors.append({"code": "AccountCoreQuotaReached", "message": "The account has reached its core quota"})
        _add(account, pool, min(wanted - there, room), dedicated=dedicated)
    count(account, pool)
    return errors


def _all(account: Account, *, dedicated: bool) -> int:
    return sum(node.dedicated == dedicated for nodes in account.store.all(Node) for node in nodes)


def count(account: Account, pool: Pool) -> None:
    pool.dedicated = len(nodes_of(account, pool, dedicated=True))
    pool.low_priority = len(nodes_of(account, pool, dedicated=False))


def stop(account: Account, pool: Pool) -> Errors:
    """Nodes that were leaving stay; of each kind that is not at its target the service says so."""
    for node in account.store.of(Node, pool.key):
        if node.state == "leavingpool":
            node_states.stay(account, node)
    pool.ordered_resize = None
    missed = [dedicated for dedicated in TARGETS if _excess(account, pool, dedicated=dedicated) != 0]
    return [_error("ResizeStopped", dedicated, "due to a stop resize operation") for dedicated in missed]


def time_out(account: Account, pool: Pool, option: str | None) -> Errors:
    """Nodes that cannot leave yet stay, and the rest of the resize is done."""
    for node in account.store.of(Node, pool.key):
        if node.state == "leavingpool" and node_states.is_busy(account, node, option):
            node_states.stay(account, node)
    errors = allocate(account, pool)
    missed = [dedicated for dedicated in TARGETS if _excess(account, pool, dedicated=dedicated) > 0]
    return errors + [
        _error("AllocationTimedout", dedicated, "as the resize timeout was reached") for dedicated in missed
    ]


def _excess(account: Account, pool: Pool, *, dedicated: bool) -> int:
    return len(nodes_of(account, pool, dedicated=dedicated)) - int(pool.body[TARGETS[dedicated]])


def _error(code: str, dedicated: bool, why: str) -> dict[str, Any]:
    """The service says so of nodes that are too many as well."""
    return {"code": code, "message": f"Desired number of {_WORDS[dedicated]} nodes could not be allocated {why}"}


def restock(account: Account) -> bool:
    """Makes the nodes of pools that were kept before nodes were; whether there were any to make."""
    made = 0
    for pool in account.store.of(Pool):
        for dedicated, there in ((True, pool.dedicated), (False, pool.low_priority)):
            missing = there - len(nodes_of(account, pool, dedicated=dedicated))
            if pool.state != "deleting" and missing > 0:
                _add(account, pool, missing, dedicated=dedicated)
                made += missing
    return made > 0

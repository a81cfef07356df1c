"""What changes the size of a pool: resize, stop resize, remove nodes."""

from __future__ import annotations

from typing import Any

from batch_emulator.bodies.resize import RemoveNodes, Resize
from batch_emulator.operations.pools import POOLS
from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.wire import Answer, Call, done
from batch_emulator.simulation import pool_states
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.simulation.pool_nodes import TARGETS
from batch_emulator.state.entities import Node, Pool


def _steady_pool(account: SimulatedAccount, call: Call) -> Pool:
    pool = POOLS.changeable(account, call)
    if pool.allocation_state != "steady":
        raise ServiceError("PoolBeingResized")
    return pool


def _begin(
    account: SimulatedAccount, call: Call, pool: Pool, sent: dict[str, Any], leaving: tuple[Node, ...] = ()
) -> Answer:
    """The timeout of a resize becomes the pool's."""
    option = sent.pop("nodeDeallocationOption")
    pool.modified = account.clock.stamp()
    pool_states.resize(account, pool, sent, option, leaving, pool.modified)
    return done(202, pool, call.url)


def resize(account: SimulatedAccount, call: Call) -> Answer:
    """A target that is left out stays as it is."""
    sent = Resize.accept(call.body, "", call.context)
    pool = _steady_pool(account, call)
    if pool.body["enableAutoScale"]:
        reason = "A pool that scales automatically cannot be resized."
        raise ServiceError(call.context.switches.text("resize-autoscale-code"), [("Reason", reason)])
    return _begin(account, call, pool, sent)


def stop_resize(account: SimulatedAccount, call: Call) -> Answer:
    """It does not move the ETag."""
    pool = POOLS.changeable(account, call)
    if pool.allocation_state == "resizing":
        pool_states.stop_resize(account, pool)
    elif call.context.switches.text("stop-steady-resize") == "refuse":
        reason = f"The allocation state of the pool is {pool.allocation_state}."
        raise ServiceError("OperationInvalidForCurrentState", [("Reason", reason)])
    return done(202, pool, call.url)


def remove_nodes(account: SimulatedAccount, call: Call) -> Answer:
    """The pool's targets become what is left."""
    sent = RemoveNodes.accept(call.body, "", call.context)
    pool = _steady_pool(account, call)
    leaving: dict[str, Node] = {}
    for node_id in sent.pop("nodeList"):
        node = account.find(Node, node_id, pool.key)
        if node is None:
            raise ServiceError("NodeNotFound", [("NodeId", node_id)])
        leaving[node.key] = node
    for dedicated, target in TARGETS.items():
        removed = sum(node.dedicated == dedicated for node in leaving.values())
        sent[target] = max(0, pool.body[target] - removed)
    return _begin(account, call, pool, sent, tuple(leaving.values()))

"""Users of a node: add, update, delete. The service shows none of them."""

from __future__ import annotations

from typing import Any

from batch_emulator.bodies.node import UserAdd, UserUpdate
from batch_emulator.operations.nodes import NODES, check_state, done_on_node
from batch_emulator.protocol.durations import DAY
from batch_emulator.protocol.errors import ServiceError, invalid_property, missing_property
from batch_emulator.protocol.wire import Answer, Call
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.simulation.node_states import USABLE
from batch_emulator.state.clock import format_time, parse_time
from batch_emulator.state.entities import Node, Pool
from batch_emulator.state.ids import folded


def _node(account: SimulatedAccount, call: Call) -> Node:
    """Without the users whose time is over."""
    node = NODES.present(account, call)
    check_state(node, *USABLE, "offline")
    now = account.clock.now()
    node.users = {key: user for key, user in node.users.items() if parse_time(user["expiryTime"]) > now}
    return node


def _check_system(account: SimulatedAccount, node: Node, call: Call) -> None:
    """Windows knows no keys, and no user without a password."""
    if account.store.of(Pool)[node.parent].windows:
        if call.body.get("sshPublicKey") is not None:
            raise invalid_property("sshPublicKey", "The value can be given only for nodes that run Linux.")
        if call.method == "POST" and call.body.get("password") is None:
            raise missing_property("password")


def _named(call: Call, node: Node) -> str:
    key = folded(call.ids["user"])
    if key not in node.users:
        raise ServiceError("NodeUserNotFound")
    return key


def _with_expiry(account: SimulatedAccount, user: dict[str, Any]) -> dict[str, Any]:
    """A day from now, unless it says so."""
    return {"expiryTime": format_time(account.clock.now() + DAY), **user}


def add(account: SimulatedAccount, call: Call) -> Answer:
    user = UserAdd.accept(call.body, "", call.context)
    node = _node(account, call)
    _check_system(account, node, call)
    key = folded(user["name"])
    if key in node.users:
        raise ServiceError("NodeUserExists")
    node.users = {**node.users, key: _with_expiry(account, user)}
    account.store.save(node)
    place = f"{call.url}/{user['name']}"
    return Answer(201, headers={"DataServiceId": place, "Location": place})


def update(account: SimulatedAccount, call: Call) -> Answer:
    """What is left out goes back to its default."""
    sent = UserUpdate.accept(call.body, "", call.context)
    node = _node(account, call)
    key = _named(call, node)
    _check_system(account, node, call)
    kept = {name: node.users[key][name] for name in ("name", "isAdmin")}
    node.users = {**node.users, key: _with_expiry(account, {**kept, **sent})}
    account.store.save(node)
    return done_on_node(200, call)


def delete(account: SimulatedAccount, call: Call) -> Answer:
    node = _node(account, call)
    key = _named(call, node)
    node.users = {other: user for other, user in node.users.items() if other != key}
    account.store.save(node)
    return Answer(200)

"""What a test orders of pools and nodes: how a resize ends, what becomes of a node, what its start task exits with."""

from __future__ import annotations

from typing import Any

from batch_emulator.protocol.errors import ServiceError, invalid_body
from batch_emulator.simulation import node_states
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.simulation.node_states import REPORTED, NodeReport
from batch_emulator.simulation.report import Report
from batch_emulator.state.entities import Node, Pool

_RESIZE = frozenset({"resizeErrors", "dedicatedNodes", "lowPriorityNodes"})
_NODE = frozenset({"state", "errors", "startTaskExitCode"})


def _pool(account: SimulatedAccount, pool_id: str) -> Pool:
    pool = account.store.of(Pool).find(pool_id)
    if pool is None:
        raise ServiceError("PoolNotFound")
    return pool


def _errors(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    errors = body.get(name, [])
    if not isinstance(errors, list) or not all(isinstance(error, dict) and "code" in error for error in errors):
        raise invalid_body(f"{name} is a list of objects with a code.")
    return errors


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def order_resize(account: SimulatedAccount, pool_id: str, body: Any) -> None:
    """For the resize that is under way, or the next one."""
    pool = _pool(account, pool_id)
    if not isinstance(body, dict) or not body or set(body) - _RESIZE:
        raise invalid_body('The body is {"resizeErrors": [...]}, with dedicatedNodes and lowPriorityNodes.')
    for name in _RESIZE - {"resizeErrors"}:
        if name in body and not _is_count(body[name]):
            raise invalid_body(f"{name} is the number of nodes that there are at most when the resize ends.")
    pool.ordered_resize = {**body, "resizeErrors": _errors(body, "resizeErrors")}
    account.store.save(pool)


def move_node(account: SimulatedAccount, pool_id: str, node_id: str, body: Any) -> None:
    """Reports of a node what the service would notice, or ends its start task."""
    pool = _pool(account, pool_id)
    node = account.store.of(Node, pool.key).find(node_id)
    if node is None:
        raise ServiceError("NodeNotFound")
    if not isinstance(body, dict) or not body.keys() & {"state", "startTaskExitCode"} or set(body) - _NODE:
        raise invalid_body('The body is {"state": ...} with errors, {"startTaskExitCode": number}, or both.')
    exit_code = body.get("startTaskExitCode")
    if exit_code is not None and (isinstance(exit_code, bool) or not isinstance(exit_code, int)):
        raise invalid_body("startTaskExitCode is an integer.")
    if "state" in body:
        _report(account, node, body["state"], _errors(body, "errors"), 1 if exit_code is None else exit_code)
    else:
        if not node_states.start_task_runs(node):
            raise invalid_body("The node runs no start task.")
        node_states.end_start_task(account, node, Report("completed", exit_code or 0))


def _report(account: SimulatedAccount, node: Node, state: Any, errors: list[dict[str, Any]], exit_code: int) -> None:
    if state not in REPORTED:
        raise invalid_body(f"state is one of {', '.join(REPORTED)}.")
    if state == "preempted" and node.dedicated:
        raise invalid_body("A dedicated node is never preempted.")
    if node.state == "leavingpool":
        raise invalid_body("The node is leaving its pool.")
    account.happened(node, state, NodeReport(state, errors, exit_code))

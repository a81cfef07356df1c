"""Pool operations."""

from __future__ import annotations

from typing import Any

from batch_emulator.bodies.pool import EMPTY_POOL_ONLY, PoolAdd, PoolPatch, PoolReplace, users_of_the_system
from batch_emulator.operations.linked_resources import check_links
from batch_emulator.protocol.conditions import check_conditions
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.filters import EQUALITY, Filterable, parse_filter
from batch_emulator.protocol.paging import page
from batch_emulator.protocol.select import Selection
from batch_emulator.protocol.versions import V2024
from batch_emulator.protocol.wire import Answer, Call, created, done, one, stamps
from batch_emulator.simulation import pool_states
from batch_emulator.simulation.settle import SimulatedAccount
from batch_emulator.state.clock import etag, format_time
from batch_emulator.state.entities import Pool

_STATUS_PROPS = (
    "id url eTag lastModified creationTime state stateTransitionTime allocationState allocationStateTransitionTime"
    " currentDedicatedNodes currentLowPriorityNodes currentNodeCommunicationMode resizeErrors autoScaleRun identity"
    " stats"
)
_KNOWN = frozenset(_STATUS_PROPS.split()) | frozenset(PoolAdd.by_name)
FILTERS = {
    "id": Filterable("text", lambda pool: pool.id, prefix=True),
    "state": Filterable("text", lambda pool: pool.state, EQUALITY),
    "stateTransitionTime": Filterable("time", lambda pool: pool.state_since),
    "creationTime": Filterable("time", lambda pool: pool.created),
    "lastModified": Filterable("time", lambda pool: pool.modified),
    "allocationState": Filterable("text", lambda pool: pool.allocation_state, EQUALITY),
    "allocationStateTransitionTime": Filterable("time", lambda pool: pool.allocation_since),
    "enableAutoScale": Filterable("flag", lambda pool: pool.body["enableAutoScale"], EQUALITY),
    "enableInterNodeCommunication": Filterable(
        "flag", lambda pool: pool.body["enableInterNodeCommunication"], EQUALITY
    ),
    "vmSize": Filterable("text", lambda pool: pool.body["vmSize"], prefix=True),
}


def show_pool(pool: Pool, base: str, version: str) -> dict[str, Any]:
    body = PoolAdd.show(pool.body, version)
    if version == V2024:
        body.setdefault("certificateReferences", [])
    if body["enableAutoScale"]:
        body["autoScaleRun"] = _autoscale_run(pool)
    shown: dict[str, Any] = {"id": pool.id}
    if "displayName" in body:
        shown["displayName"] = body.pop("displayName")
    shown |= {
        "url": f"{base}/pools/{pool.id}",
        "eTag": etag(pool.modified),
        "lastModified": format_time(pool.modified),
        "creationTime": format_time(pool.created),
        "state": pool.state,
        "stateTransitionTime": format_time(pool.state_since),
        "allocationState": pool.allocation_state,
        "allocationStateTransitionTime": format_time(pool.allocation_since),
        "currentDedicatedNodes": pool.dedicated,
        "currentLowPriorityNodes": pool.low_priority,
        **body,
    }
    if version == V2024 and pool.nodes:
        wanted = body.get("targetNodeCommunicationMode", "default")
        shown["currentNodeCommunicationMode"] = "simplified" if wanted == "default" else wanted
    return shown


def _autoscale_run(pool: Pool) -> dict[str, Any]:
    """Formulas are parsed and not evaluated: a run leaves the targets as they are."""
    results = {
        "$TargetDedicatedNodes": pool.body["targetDedicatedNodes"],
        "$TargetLowPriorityNodes": pool.body["targetLowPriorityNodes"],
        "$NodeDeallocationOption": "requeue",
    }
    return {
        "timestamp": format_time(pool.created),
        "results": ";".join(f"{name}={value}" for name, value in results.items()),
    }


def _found(account: SimulatedAccount, call: Call) -> Pool:
    pool = account.pool(call.ids["pool"])
    if pool is None:
        raise ServiceError("PoolNotFound")
    check_conditions(call.method, call.headers, pool.modified)
    return pool


def _changeable(account: SimulatedAccount, call: Call) -> Pool:
    pool = _found(account, call)
    if pool.state == "deleting":
        raise ServiceError("PoolBeingDeleted")
    return pool


def add(account: SimulatedAccount, call: Call) -> Answer:
    body = PoolAdd.accept(call.body, "", call.context)
    check_links(call, body)
    pool_id = body.pop("id")
    existing = account.pool(pool_id)
    if existing is not None:
        code = account.switches.text("pool-recreate-code")
        raise ServiceError(code if existing.state == "deleting" else "PoolExists")
    quota = account.switches.whole("pool-quota")
    if quota and len(account.store.of(Pool)) >= quota:
        raise ServiceError("PoolQuotaReached")
    when = account.clock.stamp()
    pool = Pool(pool_id, body, when, when, "active", when, allocation_since=when)
    pool.pending = account.transition("steady")
    account.store.save(pool)
    return created(pool, f"{call.url}/{pool_id}")


def get(account: SimulatedAccount, call: Call) -> Answer:
    selection = Selection(call.query.get("$select"), _KNOWN)
    pool = _found(account, call)
    return one(call, "pools", selection.of(show_pool(pool, call.base, call.context.version)), pool)


def exists(account: SimulatedAccount, call: Call) -> Answer:
    return Answer(200, headers=stamps(_found(account, call)))


def list_all(account: SimulatedAccount, call: Call) -> Answer:
    selection = Selection(call.query.get("$select"), _KNOWN)
    keep = parse_filter(call.query.get("$filter", ""), FILTERS)
    account.look_at_pools()
    pools = account.store.of(Pool)

    def show(pool: Pool) -> dict[str, Any]:
        return selection.of(show_pool(pool, call.base, call.context.version))

    return page(call, "pools", pools.keys, pools.__getitem__, keep, show)


def _patched(pool: Pool, changes: dict[str, Any], context: Context) -> dict[str, Any]:
    if pool.nodes:
        for name in EMPTY_POOL_ONLY:
            if name in changes:
                code = context.switches.text("patch-non-empty-code")
                raise ServiceError(code, [("PropertyName", name), ("Reason", "The pool has nodes.")])
    body = {**pool.body, **changes}
    return {**body, "userAccounts": users_of_the_system(body)}


def patch(account: SimulatedAccount, call: Call) -> Answer:
    changes = PoolPatch.accept(call.body, "", call.context)
    check_links(call, changes)
    pool = _changeable(account, call)
    pool.body = _patched(pool, changes, call.context)
    pool.modified = account.clock.stamp()
    account.store.save(pool)
    return done(200, pool, call.url)


def replace_properties(account: SimulatedAccount, call: Call) -> Answer:
    """What the body leaves out is taken from the pool, the start task as well."""
    sent = PoolReplace.accept(call.body, "", call.context)
    pool = account.pool(call.ids["pool"])
    if pool is None:
        raise ServiceError("PoolNotFound")
    if pool.state == "deleting":
        raise ServiceError("PoolBeingDeleted")
    body = {**pool.body, "applicationPackageReferences": [], "metadata": []}
    body.pop("startTask", None)
    if call.context.version == V2024:
        body |= {"certificateReferences": [], "targetNodeCommunicationMode": "default"}
    pool.body = {**body, **sent}
    pool.modified = account.clock.stamp()
    account.store.save(pool)
    return done(204, pool, call.url)


def delete(account: SimulatedAccount, call: Call) -> Answer:
    pool = _changeable(account, call)
    pool.modified = account.clock.stamp()
    pool_states.delete(account, pool)
    return Answer(202)

"""Pool operations."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from batch_emulator.bodies.pool import EMPTY_POOL_ONLY, PoolAdd, PoolPatch, PoolReplace, users_of_the_system
from batch_emulator.operations.applications import check_packages
from batch_emulator.operations.entity import FILTERS, STATUS, EntityKind, time_of
from batch_emulator.operations.linked_resources import check_links
from batch_emulator.operations.statistics import of_pool
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.filters import EQUALITY, Filterable
from batch_emulator.protocol.versions import V2024
from batch_emulator.protocol.wire import Answer, Call, created, done
from batch_emulator.simulation import pool_states
from batch_emulator.simulation.formula.names import read_formula
from batch_emulator.simulation.formula.tokens import FormulaError
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.entities import Pool


def check_formula(sent: dict[str, Any]) -> None:
    """Raises ServiceError for a formula that cannot be parsed, or that uses names which there are not."""
    try:
        read_formula(sent.get("autoScaleFormula", ""))
    except FormulaError as error:
        values = [("PropertyName", "autoScaleFormula"), ("Reason", f"{error}.")]
        raise ServiceError("AutoScalingFormulaSyntaxError", values) from None


_FIRST = (
    "vmSize",
    "resizeTimeout",
    "resourceTags",
    "currentDedicatedNodes",
    "targetDedicatedNodes",
    "currentLowPriorityNodes",
    "targetLowPriorityNodes",
    "resizeErrors",
    "enableAutoScale",
    "autoScaleFormula",
    "autoScaleEvaluationInterval",
    "autoScaleRun",
    "enableInterNodeCommunication",
    "startTask",
    "certificateReferences",
    "applicationPackageReferences",
    "metadata",
    "userAccounts",
    "taskSlotsPerNode",
    "taskSchedulingPolicy",
    "virtualMachineConfiguration",
    "networkConfiguration",
)
"""The order in which the service shows these; the others follow."""


def _rest(pool: Pool, body: dict[str, Any], context: Context) -> dict[str, Any]:
    body |= {"currentDedicatedNodes": pool.dedicated, "currentLowPriorityNodes": pool.low_priority}
    if context.version == V2024:
        body.setdefault("certificateReferences", [])
    if pool.resize_errors:
        body["resizeErrors"] = pool.resize_errors
    if body["enableAutoScale"] and pool.autoscale_run is not None:
        body["autoScaleRun"] = pool.autoscale_run
    if context.version == V2024 and pool.nodes:
        wanted = body.get("targetNodeCommunicationMode", "default")
        body["currentNodeCommunicationMode"] = "simplified" if wanted == "default" else wanted
    return {**{name: body[name] for name in _FIRST if name in body}, **body}


POOLS = EntityKind(
    "Pool",
    "pools",
    Pool,
    PoolAdd,
    shown={
        **STATUS,
        "allocationState": attrgetter("allocation_state"),
        "allocationStateTransitionTime": time_of("allocation_since"),
    },
    filters={
        **FILTERS,
        "allocationState": Filterable("string", attrgetter("allocation_state"), EQUALITY),
        "allocationStateTransitionTime": Filterable("time", attrgetter("allocation_since")),
        "enableAutoScale": Filterable("boolean", lambda pool: pool.body["enableAutoScale"], EQUALITY),
        "enableInterNodeCommunication": Filterable(
            "boolean", lambda pool: pool.body["enableInterNodeCommunication"], EQUALITY
        ),
        "vmSize": Filterable("string", lambda pool: pool.body["vmSize"], prefix=True),
    },
    closed=("deleting",),
    recreate_switch="pool-recreate-code",
    rest=_rest,
    added=(
        "currentDedicatedNodes",
        "currentLowPriorityNodes",
        "currentNodeCommunicationMode",
        "resizeErrors",
        "autoScaleRun",
        "identity",
    ),
    stats=of_pool,
)


def add(account: SimulatedAccount, call: Call) -> Answer:
    body = PoolAdd.accept(call.body, "", call.context)
    check_formula(body)
    check_links(call, body)
    check_packages(account, body)
    pool_id = body.pop("id")
    POOLS.refuse_existing(account, pool_id)
    quota = account.switches.integer("pool-quota")
    if quota and len(account.store.of(Pool)) >= quota:
        raise ServiceError("PoolQuotaReached")
    pool = Pool.new(pool_id, body, account.clock.stamp())
    pool_states.add(account, pool)
    return created(pool, f"{call.url}/{pool_id}")


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
    check_packages(account, changes)
    pool = POOLS.changeable(account, call)
    pool.body = _patched(pool, changes, call.context)
    pool.modified = account.clock.stamp()
    account.store.save(pool)
    return done(200, pool, call.url)


def replace_properties(account: SimulatedAccount, call: Call) -> Answer:
    """What the body leaves out is taken from the pool, the start task as well."""
    sent = PoolReplace.accept(call.body, "", call.context)
    check_packages(account, sent)
    pool = POOLS.changeable(account, call)
    body = {**pool.body, "applicationPackageReferences": [], "metadata": []}
    body.pop("startTask", None)
    if call.context.version == V2024:
        body |= {"certificateReferences": [], "targetNodeCommunicationMode": "default"}
    pool.body = {**body, **sent}
    pool.modified = account.clock.stamp()
    account.store.save(pool)
    return done(204, pool, call.url)


def delete(account: SimulatedAccount, call: Call) -> Answer:
    pool = POOLS.changeable(account, call)
    pool.modified = account.clock.stamp()
    pool_states.delete(account, pool)
    return Answer(202)

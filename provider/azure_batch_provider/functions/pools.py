"""getPool, getPools: whether the nodes that a pool is to have are there, and why not (Pools - Get, List)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.batch.operations import GET_POOL, LIST_POOLS
from azure_batch_provider.functions.named import POOL
from azure_batch_provider.functions.reading import Filtered, Listed, Reading, Result
from azure_batch_provider.functions.result import ErrorDetail, Stateful, select
from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.scalars import Bool, Id, Int32, Text, Time


class GetPool(Model):
    """Reads one pool: its states, its nodes by number, and why it could not be resized."""

    id: Text | None = prop("Id of a resource that is the pool, or properties of it: `pools/<poolId>`.")
    poolId: Id | None = prop("Id of the pool in its account, in the place of `id`.")

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        return POOL.rules(value)


class GetPools(Filtered):
    """Reads all pools of the account, or those that a filter leaves."""


class ResizeError(Model):
    """Why nodes that a pool is to have are missing."""

    code: Text | None = prop("Code of the error, such as `AccountCoreQuotaReached`.")
    message: Text | None = prop("Text of the error.")
    values: list[ErrorDetail] | None = prop("Further details.")


class AutoScaleRun(Model):
    """The last evaluation of an autoscale formula."""

    timestamp: Time | None = prop("When it was evaluated.")
    results: Text | None = prop("The variables of the formula with their values, divided by semicolons.")
    error: ResizeError | None = prop("Why it could not be evaluated.")


class PoolStatus(Stateful):
    """A pool as it is now."""

    id: Text = prop("Id of the resources that are the pool: `pools/<poolId>`.", required=True, in_body=False)
    poolId: Text = prop("Id of the pool in its account.", required=True, wire_name="id")
    displayName: Text | None = prop("Name to show.")
    vmSize: Text | None = prop("Size of its nodes.")
    allocationState: Text | None = prop("`steady`, `resizing` or `stopping`.")
    allocationStateTransitionTime: Time | None = prop("When it came into this allocation state.")
    resizeErrors: list[ResizeError] | None = prop(
        "What went wrong at the last resize. They stay until the next one, however old they are."
    )
    currentDedicatedNodes: Int32 | None = prop("Dedicated nodes that are there, in any state.")
    currentLowPriorityNodes: Int32 | None = prop("Spot nodes that are there, in any state.")
    targetDedicatedNodes: Int32 | None = prop("Dedicated nodes that it is to have.")
    targetLowPriorityNodes: Int32 | None = prop("Spot nodes that it is to have.")
    enableAutoScale: Bool | None = prop("Whether a formula sets the number of its nodes.")
    autoScaleRun: AutoScaleRun | None = prop("The last evaluation of its formula.")
    taskSlotsPerNode: Int32 | None = prop("Slots of a node: how many tasks of one slot run there at once.")


class PoolsStatus(Listed):
    """The pools of the account."""

    pools: list[PoolStatus] = prop("The pools, in the service's order.", required=True)
    poolIds: list[Text] = prop("The `poolId` of each, in the same order.", required=True)


def get_pool(reading: Reading, asked: Mapping[str, Any]) -> Result:
    return _whole(reading.entity(PoolStatus, GET_POOL, *POOL.ids(asked)))


def get_pools(reading: Reading, asked: Mapping[str, Any]) -> Result:
    found, more = reading.listed(LIST_POOLS, asked=asked, select=select(PoolStatus))
    pools = [_whole(reading.shown(PoolStatus, pool)) for pool in found]
    return {"pools": pools, "poolIds": [pool["poolId"] for pool in pools], "hasMore": more}


def _whole(pool: Result) -> Result:
    return {"id": f"pools/{pool['poolId']}", **pool}

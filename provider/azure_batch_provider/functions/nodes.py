"""getNodes, getNodeCounts: the nodes of pools, and which start task they run.

Follows the REST pages Nodes - List Nodes and Pools - List Pool Node Counts.

A change of a pool reaches the nodes that boot after it. What a node shows as its `startTask` meanwhile is not settled,
so that only a difference says something. A pool tells when it was changed last, not when its start task was: of a node
that booted before that, nothing else is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from azure_batch_provider.batch.operations import GET_POOL, LIST_NODES, LIST_POOL_NODE_COUNTS
from azure_batch_provider.functions.named import POOL
from azure_batch_provider.functions.reading import Bounded, Filtered, Listed, Reading, Result
from azure_batch_provider.functions.result import ErrorDetail, FailureInfo, select
from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.scalars import Bool, Id, Int32, Text, Time
from azure_batch_provider.models.start_task import StartTask
from azure_batch_provider.properties.compare import same
from azure_batch_provider.values.instants import parse_instant

_ANY_POOL: Final = replace(POOL, required=False)
_START_TASK: Final = "startTask"


class GetNodes(Filtered):
    """Reads the nodes of a pool, or those that a filter leaves: their states, how their start task went, and whether it
    is the pool's present one.
    """

    id: Text | None = prop("Id of a resource that is the pool, or properties of it: `pools/<poolId>`.")
    poolId: Id | None = prop("Id of the pool in its account, in the place of `id`.")

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        return POOL.rules(value)


class GetNodeCounts(Bounded):
    """Counts the nodes of all pools, or of one, by their states. The service counts up to a minute late."""

    id: Text | None = prop("Id of a resource that is the pool, or properties of it: `pools/<poolId>` (default: all).")
    poolId: Id | None = prop("Id of the pool in its account, in the place of `id`.")

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        return _ANY_POOL.rules(value)


class StartTaskInfo(Model):
    """How the start task of a node went, the last time that it ran."""

    state: Text | None = prop("`running` or `completed`.")
    startTime: Time | None = prop("When it began.")
    endTime: Time | None = prop("When it ended.")
    exitCode: Int32 | None = prop("Exit code of its command line.")
    result: Text | None = prop("`success` or `failure`, once it is completed.")
    failureInfo: FailureInfo | None = prop("Why it failed.")
    retryCount: Int32 | None = prop("How often it was tried again after a failure.")
    lastRetryTime: Time | None = prop("When it was tried again last.")


class NodeError(Model):
    """What is wrong with a node."""

    code: Text | None = prop("Code of the error, such as `DiskFull`.")
    message: Text | None = prop("Text of the error.")
    errorDetails: list[ErrorDetail] | None = prop("Further details.")


class RecentTask(Model):
    """A task that runs or ran on a node."""

    jobId: Text | None = prop("Id of its job.")
    taskId: Text | None = prop("Id of the task in its job.")
    subtaskId: Int32 | None = prop("Number of the subtask, of a multi-instance task.")
    taskState: Text | None = prop("State of the task.")


class NodeStatus(Model):
    """A node as it is now."""

    nodeId: Text = prop("Id of the node in its pool.", required=True, wire_name="id")
    state: Text = prop("State now, such as `idle`, `running` or `starttaskfailed`.", required=True)
    stateTransitionTime: Time | None = prop("When it came into this state.")
    schedulingState: Text | None = prop("`enabled`, or `disabled` where it gets no tasks.")
    lastBootTime: Time | None = prop("When it booted last; left out before the first time.")
    allocationTime: Time | None = prop("When it was added to its pool.")
    runsCurrentStartTask: Bool | None = prop(
        "True: it booted after the pool was changed last, so that it runs the pool's present start task. False: it "
        "shows another start task than the pool's. Left out where neither is known: any change of the pool, a resize "
        "for one, moves that time.",
        in_body=False,
    )
    startTaskInfo: StartTaskInfo | None = prop("How its start task went.")
    errors: list[NodeError] | None = prop("What is wrong with it.")
    vmSize: Text | None = prop("Size of its virtual machine.")
    isDedicated: Bool | None = prop("Whether it is a dedicated node, not a Spot one.")
    ipAddress: Text | None = prop("Its address in its pool's network.")
    affinityId: Text | None = prop("What a task gives as its `affinityInfo`, to run on this node if it can.")
    totalTasksRun: Int32 | None = prop("Tasks that it ran.")
    totalTasksSucceeded: Int32 | None = prop("Of those, tasks that succeeded.")
    runningTasksCount: Int32 | None = prop("Tasks that it runs now.")
    runningTaskSlotsCount: Int32 | None = prop("Slots that those take.")
    recentTasks: list[RecentTask] | None = prop("Tasks that ran on it last.")


class NodesStatus(Listed):
    """The nodes of a pool."""

    id: Text = prop("Id of the resources that are the pool: `pools/<poolId>`.", required=True, in_body=False)
    poolId: Text = prop("Id of the pool in its account.", required=True)
    nodes: list[NodeStatus] = prop("The nodes, in the service's order.", required=True)
    nodeIds: list[Text] = prop("The `nodeId` of each, in the same order.", required=True)


class NodeCounts(Model):
    """Nodes by their state."""

    creating: Int32 = prop("Being made.", required=True)
    starting: Int32 = prop("Booting for the first time.", required=True)
    waitingForStartTask: Int32 = prop("Running the start task, which is waited for.", required=True)
    startTaskFailed: Int32 = prop("Taking no tasks, because the start task failed.", required=True)
    idle: Int32 = prop("Without a task.", required=True)
    running: Int32 = prop("With a task.", required=True)
    offline: Int32 = prop("Taking no tasks, as a client asked.", required=True)
    preempted: Int32 = prop("Taken away by Azure, as Spot nodes may be.", required=True)
    rebooting: Int32 = prop("Booting again.", required=True)
    reimaging: Int32 = prop("Being set up again from the image.", required=True)
    leavingPool: Int32 = prop("Being taken out of the pool.", required=True)
    unusable: Int32 = prop("Broken.", required=True)
    unknown: Int32 = prop("Out of touch with the service.", required=True)
    deallocated: Int32 | None = prop("Stopped, without a virtual machine.")
    deallocating: Int32 | None = prop("Being stopped.")
    upgradingOS: Int32 | None = prop("Being upgraded.")
    total: Int32 = prop("All of them.", required=True)


class PoolNodeCounts(Model):
    """The nodes of a pool by number."""

    poolId: Text = prop("Id of the pool in its account.", required=True)
    dedicated: NodeCounts | None = prop("Its dedicated nodes.")
    lowPriority: NodeCounts | None = prop("Its Spot nodes.")


class NodeCountsOfPools(Listed):
    """The nodes of pools by number."""

    pools: list[PoolNodeCounts] = prop("Each pool.", required=True)


def get_nodes(reading: Reading, asked: Mapping[str, Any]) -> Result:
    (pool,) = POOL.ids(asked)
    pools = reading.client.get(GET_POOL, pool, select=f"lastModified,{_START_TASK}", deadline=reading.deadline)
    selected = f"{select(NodeStatus)},{_START_TASK}"
    found, more = reading.listed(LIST_NODES, pool, asked=asked, select=selected)
    nodes = [_whole(reading.shown(NodeStatus, node), node, pools) for node in found]
    name = reading.clean(pools["id"])
    ids = [node["nodeId"] for node in nodes]
    return {"id": f"pools/{name}", "poolId": name, "nodes": nodes, "nodeIds": ids, "hasMore": more}


def get_node_counts(reading: Reading, asked: Mapping[str, Any]) -> Result:
    pool = _ANY_POOL.ids(asked)
    filter = f"poolId eq '{pool[0]}'" if pool else None
    found, more = reading.listed(LIST_POOL_NODE_COUNTS, asked=asked, filter=filter)
    return {"pools": [reading.shown(PoolNodeCounts, counts) for counts in found], "hasMore": more}


def _whole(shown: Result, node: Mapping[str, Any], pool: Mapping[str, Any]) -> Result:
    current = _runs_current(node, pool)
    return shown if current is None else {**shown, "runsCurrentStartTask": current}


def _runs_current(node: Mapping[str, Any], pool: Mapping[str, Any]) -> bool | None:
    booted, changed = _moment(node, "lastBootTime"), _moment(pool, "lastModified")
    if booted is not None and changed is not None and booted > changed:
        return True
    has, is_to_have = node.get(_START_TASK), pool.get(_START_TASK)
    return (
        False
        if isinstance(has, dict) and isinstance(is_to_have, dict) and not same(StartTask, has, is_to_have)
        else None
    )


def _moment(value: Mapping[str, Any], name: str) -> Any:
    text = value.get(name)
    return parse_instant(text) if isinstance(text, str) else None

"""A pool: the machines that run tasks (Pools - Create Pool).

Which of its properties can change while it has nodes is said by its lifecycle.
"""

from __future__ import annotations

from typing import ClassVar

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.common import WholePoolDeletionPolicy
from azure_batch_provider.models.pool_body import PoolBody
from azure_batch_provider.models.rollout import Rollout
from azure_batch_provider.models.scalars import Bool, Enum, Id, Text


class NodeDeallocationOption(Enum):
    """What happens to the tasks of nodes that leave a pool."""

    REQUEUE = "requeue", "They are stopped, and run again on other nodes."
    TERMINATE = "terminate", "They are stopped, and do not run again."
    TASK_COMPLETION = "taskcompletion", "The nodes leave when the tasks have completed."
    RETAINED_DATA = "retaineddata", "The same, and after the retention time of the tasks' files."


class Pool(PoolBody):
    """A pool of compute nodes, on which the tasks of jobs run.

    A pool of the data plane has no managed `identity`: only Azure Resource Manager can give it one. For such a pool
    use azure-native's `Pool`, with `PoolProperties` for what runs on its nodes.

    Start task, metadata, application packages and the number of nodes can be changed at any time; most of the rest only
    while the pool has no nodes: then it is an update, and otherwise **a replacement, which requeues the tasks that
    run**. `displayName` stays what it is. Changes reach nodes when they join the pool, restart or are reimaged.
    An operation that resizes the pool ends when the resize has, and fails when nodes are missing then. With
    `enableAutoScale` the number of nodes is the service's, and no difference.
    """

    id_form: ClassVar[str] = "pools/<poolId>"
    mutable: ClassVar[frozenset[str]] = frozenset(PoolBody.model_fields) | {
        "rollout",
        "nodeDeallocationOption",
        "stopPendingResize",
        "waitForSteady",
        "takeOver",
        "deletionPolicy",
    }

    poolId: Id | None = prop(
        "Id of the pool in its account: 1 to 64 letters, digits, hyphens and underscores; case is kept but does not "
        "tell ids apart. Left out, the name of the resource with a suffix.",
        wire_name="id",
    )
    displayName: Text | None = prop(
        "Name to show, at most 1024 characters; need not be unique. It is not changed: what a pool was created with "
        "stays, unless `replaceOnChanges` asks for a new pool.",
        max_length=1024,
        fixed=True,
    )
    rollout: Rollout | None = prop(
        "What is done with the nodes that are there when start task or packages change. Left out, they go on with what "
        "they have until they restart, and a warning names them.",
        in_body=False,
    )
    nodeDeallocationOption: NodeDeallocationOption | None = prop(
        "What happens to the tasks of nodes that leave, when the pool shrinks (default `requeue`). Before the pool is "
        "deleted, or replaced, with another value than `requeue` it is resized to no nodes in this way.",
        default="requeue",
        in_body=False,
    )
    stopPendingResize: Bool | None = prop(
        "Stop a resize that is under way when the number of nodes is to change (default false: wait until it is over).",
        default=False,
        in_body=False,
    )
    waitForSteady: Bool | None = prop(
        "Whether an operation that creates or resizes the pool ends only when that is done, and fails when nodes are "
        "missing then (default true).",
        default=True,
        in_body=False,
    )
    takeOver: Bool | None = prop(
        "Accept that a pool of this id may exist and differ from what is declared, and change it (default false: such "
        "a pool is refused when this resource is created).",
        default=False,
        in_body=False,
    )
    deletionPolicy: WholePoolDeletionPolicy | None = prop(
        "What happens to the pool when this resource is deleted (default `delete`).", default="delete", in_body=False
    )

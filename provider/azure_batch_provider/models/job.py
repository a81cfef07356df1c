"""A job: what tasks live in, and how they are run (Jobs - Create Job).

Which of its properties can change while it lives is said by `mutable`; `poolInfo` is a case of its own, which its
lifecycle decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Violation
from azure_batch_provider.models.common import AllTasksCompleteMode, JobDeletionPolicy, OnMissing
from azure_batch_provider.models.job_body import JobBody
from azure_batch_provider.models.rules import is_set
from azure_batch_provider.models.scalars import Bool, Enum, Id, Text


class DisableTasks(Enum):
    """What becomes of the running tasks of a job that is disabled so that its pool can change."""

    REQUEUE = "requeue", "End them, and put them back into the queue: they run again in the new pool."
    TERMINATE = "terminate", "End them for good; they count as failed."
    WAIT = "wait", "Let them complete first."


class Job(JobBody):
    """A job: a group of tasks that run in one pool under common rules.

    Priority, limits, metadata and network can be changed, and `onAllTasksComplete` to `terminatejob` but not back;
    `displayName` stays what it is; the pool can be changed with `movePool`; every other change replaces the job, **with
    all tasks in it**. That a job has ended, or is disabled, is not a difference. Deleting takes as long as the service
    needs to end what runs.
    """

    id_form: ClassVar[str] = "jobs/<jobId>"
    mutable: ClassVar[frozenset[str]] = frozenset(
        {
            "priority",
            "allowTaskPreemption",
            "maxParallelTasks",
            "constraints",
            "onAllTasksComplete",
            "networkConfiguration",
            "metadata",
            "takeOver",
            "deletionPolicy",
            "onMissing",
            "movePool",
            "disableTasks",
        }
    )

    jobId: Id | None = prop(
        "Id of the job in its account: 1 to 64 letters, digits, hyphens and underscores; case is kept but does not "
        "tell ids apart. Left out, the name of the resource with a suffix.",
        wire_name="id",
    )
    displayName: Text | None = prop(
        "Name to show, at most 1024 characters; need not be unique. It cannot be changed: what a job was created "
        "with stays, unless `replaceOnChanges` asks for a new job.",
        max_length=1024,
        fixed=True,
    )
    onAllTasksComplete: AllTasksCompleteMode | None = prop(
        "What happens when all tasks have ended (`noaction` in a new job). A job without tasks counts as ended: set "
        "`terminatejob` once its tasks are added, or have a job manager task. Left out, it is not managed: what the "
        "job has by then stays.",
        default="noaction",
        computed=True,
    )
    takeOver: Bool | None = prop(
        "Accept that a job of this id may exist and differ from what is declared, and change it (default false: such a "
        "job is refused when this resource is created).",
        default=False,
        in_body=False,
    )
    deletionPolicy: JobDeletionPolicy | None = prop(
        "What happens to the job when this resource is deleted (default `delete`).", default="delete", in_body=False
    )
    onMissing: OnMissing | None = prop(
        "What to do when the job is gone although it was not deleted here (default `recreate`).",
        default="recreate",
        in_body=False,
    )
    movePool: Bool | None = prop(
        "Whether another `poolInfo` moves the job, with its tasks, instead of replacing it (default false). The job is "
        "disabled for that, and enabled again; one that was disabled already stays so. Only from one pool to another "
        "by `poolId`; of an automatic pool, `keepAlive` can change.",
        default=False,
        in_body=False,
    )
    disableTasks: DisableTasks | None = prop(
        "What happens to the tasks that are running when `movePool` moves the job (default `requeue`).",
        default="requeue",
        in_body=False,
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from super().warnings(value, context)
        if is_set(value, "disableTasks") and value.get("movePool") in (None, False):
            yield Violation(("disableTasks",), "means nothing without `movePool: true`: the job is not disabled")

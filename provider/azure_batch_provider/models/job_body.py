"""What a job is made of, be it added by itself or by a job schedule (Jobs - Create Job).

Which of its properties a job can change while it lives is said by `models.job`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.auto_pool import PoolInfo
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.common import EnvironmentSetting, MetadataItem
from azure_batch_provider.models.job_limits import NO_TIME_LIMIT, reach
from azure_batch_provider.models.job_manager_task import JobManagerTask
from azure_batch_provider.models.job_preparation_task import DEFAULT_ID as PREPARATION_ID
from azure_batch_provider.models.job_preparation_task import JobPreparationTask
from azure_batch_provider.models.job_release_task import DEFAULT_ID as RELEASE_ID
from azure_batch_provider.models.job_release_task import JobReleaseTask
from azure_batch_provider.models.rules import endless_retries, is_set, known, repeated_variables
from azure_batch_provider.models.scalars import Bool, Caseless, Duration, Enum, Int32
from azure_batch_provider.values.unknown import UNKNOWN


class TaskFailureMode(Enum):
    """What happens to a job when one of its tasks fails."""

    NO_ACTION = "noaction", "Nothing."
    PERFORM_EXIT_OPTIONS_JOB_ACTION = "performexitoptionsjobaction", "What the task's `exitConditions` say."


class JobConstraints(Model):
    """Limits to a job."""

    maxWallClockTime: Duration | None = prop(
        "Longest time that the job may take from its creation, as an ISO 8601 duration (default: no limit). A job "
        "that takes longer is ended with all its tasks.",
        default=NO_TIME_LIMIT,
    )
    maxTaskRetryCount: Int32 | None = prop(
        "How often each task is run again after an exit code other than 0, unless the task says otherwise (default 0); "
        "-1 means without end. Runs after a node's recovery do not count.",
        default=0,
        ge=-1,
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from endless_retries(value)


class JobNetworkConfiguration(Model):
    """The network that nodes join while they run the job's tasks. Accounts have this feature on request only."""

    subnetId: Caseless = prop(
        "ARM id of the subnet, in the account's region and subscription, with enough free addresses. The pool needs "
        "`dynamicVNetAssignmentScope: job`. Needs a sign-in with Microsoft Entra.",
        required=True,
        entra=True,
        min_length=1,
    )
    skipWithdrawFromVNet: Bool | None = prop(
        "Whether nodes stay in the network when the job ends (default false).", default=False
    )


class JobBody(Model):
    """A job without its id."""

    usesTaskDependencies: Bool | None = prop(
        "Whether tasks of the job may have `dependsOn` (default false).", default=False
    )
    priority: Int32 | None = prop(
        "Rank among the jobs of the pool: -1000 (last) to 1000 (first); default 0.", default=0, ge=-1000, le=1000
    )
    allowTaskPreemption: Bool | None = prop(
        "Whether a job of higher priority may put this job's running tasks back into the queue (default false). "
        "Accounts have this feature on request only.",
        default=False,
    )
    maxParallelTasks: Int32 | None = prop(
        "How many of its tasks may run at the same time: more than 0, or -1 for no limit (the default). Accounts have "
        "this feature on request only.",
        default=-1,
        ge=-1,
    )
    constraints: JobConstraints | None = prop(
        "Limits to the job. Left out: no time limit, no retries.",
        default={"maxWallClockTime": NO_TIME_LIMIT, "maxTaskRetryCount": 0},
    )
    jobManagerTask: JobManagerTask | None = prop(
        "A task that is added with the job and runs it, by adding its other tasks for example."
    )
    jobPreparationTask: JobPreparationTask | None = prop("What each node runs before its first task of this job.")
    jobReleaseTask: JobReleaseTask | None = prop(
        "What each node that has run the preparation task runs when the job ends. Needs `jobPreparationTask`.",
    )
    commonEnvironmentSettings: list[EnvironmentSetting] | None = prop(
        "Environment variables for all tasks of the job; a task can set them otherwise.", key="name"
    )
    poolInfo: PoolInfo = prop(
        "Pool that runs the job's tasks. Of a job that exists the service changes it only while the job is disabled.",
        required=True,
    )
    onTaskFailure: TaskFailureMode | None = prop(
        "What happens when a task fails, that is when its retries are used up or it cannot start (default `noaction`).",
        default="noaction",
    )
    networkConfiguration: JobNetworkConfiguration | None = prop(
        "Network that nodes join while they run the job's tasks. Accounts have this feature on request only."
    )
    metadata: list[MetadataItem] | None = prop("Names and values stored with the job.", key="name")

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if value.get("maxParallelTasks") == 0:
            yield Violation(("maxParallelTasks",), "must be more than 0, or -1 for no limit")
        releasing, preparing = "jobReleaseTask", "jobPreparationTask"
        if is_set(value, releasing) and known(value, preparing) and not is_set(value, preparing):
            yield Violation(
                (preparing,), f"is required with `{releasing}`, which runs where the preparation task has run"
            )
        yield from _same_ids(value)

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from repeated_variables(value, "commonEnvironmentSettings")
        yield from _containers(value)


def _same_ids(value: Mapping[str, Any]) -> Iterator[Violation]:
    """The rule that the job's own tasks have ids of their own, those that the service chooses included."""
    seen: dict[str, str] = {}
    for name, default in (
        ("jobManagerTask", None),
        ("jobPreparationTask", PREPARATION_ID),
        ("jobReleaseTask", RELEASE_ID),
    ):
        if not is_set(value, name):
            continue
        task_id = value[name].get("id")
        task_id = default if task_id is None else task_id
        if isinstance(task_id, str):
            first = seen.setdefault(task_id.casefold(), name)
            if first != name:
                yield Violation(
                    (name, "id"), f"is the id of `{first}` already: each task of a job has an id of its own"
                )


def _containers(value: Mapping[str, Any]) -> Iterator[Violation]:
    """The warning about a job manager task that does not fit the pool of its job: containers need both, or none."""
    machine = reach(value, "poolInfo", "autoPoolSpecification", "pool", "virtualMachineConfiguration")
    settings = reach(value, "jobManagerTask", "containerSettings")
    if not isinstance(machine, Mapping) or not is_set(value, "jobManagerTask") or settings is UNKNOWN:
        return
    if is_set(machine, "containerConfiguration") and settings is None:
        yield Violation(("jobManagerTask",), "needs `containerSettings`: its pool has a `containerConfiguration`")
    elif settings is not None and machine.get("containerConfiguration") is None:
        yield Violation(
            ("jobManagerTask", "containerSettings"), "is of no use: its pool has no `containerConfiguration`"
        )

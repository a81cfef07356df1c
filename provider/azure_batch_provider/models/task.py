"""A task: one execution of a command in a job (Task - Add)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, StrictStr

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.command_line import needs_a_shell
from azure_batch_provider.models.common import (
    ApplicationPackageReference,
    AuthenticationTokenSettings,
    EnvironmentSetting,
    OnMissing,
)
from azure_batch_provider.models.container import TaskContainerSettings
from azure_batch_provider.models.exit_conditions import ExitConditions
from azure_batch_provider.models.files import OutputFile, ResourceFile
from azure_batch_provider.models.rules import is_set, repeated_variables
from azure_batch_provider.models.scalars import SCALARS, Id, Int32, Known, Text
from azure_batch_provider.models.task_constraints import AffinityInfo, TaskConstraints
from azure_batch_provider.models.task_dependencies import TaskDependencies
from azure_batch_provider.models.task_multi_instance import MultiInstanceSettings
from azure_batch_provider.models.user_identity import UserIdentity

_JOB_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}(:job-[0-9]{1,10})?")


def _job_id(value: str) -> str:
    if not _JOB_ID.fullmatch(value):
        raise ValueError("must be the id of a job: 1 to 64 letters, digits, hyphens and underscores")
    return value


JobReference = Annotated[StrictStr, AfterValidator(_job_id), Known, SCALARS["id"]]
"""The id of a job, be it one that a job schedule made: those are called `<schedule>:job-<number>`."""


class Task(Model):
    """A task in a job: a command that the service runs once on a node of the job's pool.

    A task cannot be changed once it was added, so each change replaces it: with an explicit `taskId` the old task is
    deleted first, otherwise the new one gets a name of its own. Whether a task has run, and how it ended, is
    not a difference. A task that has not ended 180 days after it was added is ended by the service.

    ```yaml
    resources:
      hello:
        type: azure-batch:Task
        properties:
          jobId: nightly
          taskId: hello
          commandLine: /bin/sh -c 'echo hello from $AZ_BATCH_NODE_ID'
          constraints: { maxTaskRetryCount: 3, maxWallClockTime: PT30M }
    ```

    It is imported by `jobs/<jobId>/tasks/<taskId>`.
    """

    mutable: ClassVar[frozenset[str]] = frozenset({"onMissing"})

    jobId: JobReference = prop("Job that the task belongs to.", required=True, in_body=False)
    taskId: Id | None = prop(
        "Id of the task in its job: 1 to 64 letters, digits, hyphens and underscores; case is kept but does not tell "
        "ids apart. Left out, the name of the resource with a suffix made from its inputs.",
        wire_name="id",
    )
    displayName: Text | None = prop("Name to show, at most 1024 characters; need not be unique.", max_length=1024)
    commandLine: Text = prop(
        "Command to run; the primary task's in a multi-instance task. It is not given to a shell: write "
        "`/bin/sh -c '...'` or `cmd /c ...` to use one. Paths are relative to the task's working directory, or "
        "begin with one of the `AZ_BATCH_` variables.",
        required=True,
        min_length=1,
    )
    exitConditions: ExitConditions | None = prop("What to do after each way in which the task can end.")
    containerSettings: TaskContainerSettings | None = prop(
        "Container to run in. Needed when the pool has a `containerConfiguration`, of no use otherwise."
    )
    resourceFiles: list[ResourceFile] | None = prop(
        "Files to download to the working directory first; in a multi-instance task, for the primary only. The list "
        "has a maximum size; for many files use zip files, application packages or a container image.",
    )
    outputFiles: list[OutputFile] | None = prop(
        "Files to upload after the command; in a multi-instance task, from the primary's node only."
    )
    environmentSettings: list[EnvironmentSetting] | None = prop("Environment variables to set.", key="name")
    affinityInfo: AffinityInfo | None = prop("A wish for the node to run on.")
    constraints: TaskConstraints | None = prop(
        "Limits to its execution. Left out: no time limit, its directory kept for 7 days, and the retries of its job.",
        default={"maxWallClockTime": "P10675199DT2H48M5.4775807S", "retentionTime": "P7D"},
    )
    requiredSlots: Int32 | None = prop(
        "How many scheduling slots of a node the task takes (default 1). Must be 1 for a multi-instance task.",
        default=1,
        ge=1,
    )
    userIdentity: UserIdentity | None = prop(
        "User to run as; left out, the pool's common automatic user without administrator's rights.",
        default={"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}},
    )
    multiInstanceSettings: MultiInstanceSettings | None = prop(
        "Makes it a multi-instance task, which runs on several nodes at once."
    )
    dependsOn: TaskDependencies | None = prop(
        "Tasks that must have succeeded first. The job must have `usesTaskDependencies: true`."
    )
    applicationPackageReferences: list[ApplicationPackageReference] | None = prop(
        "Application packages to put on the node first, in a directory that tasks share. A package that is there "
        "and up to date is not fetched again; one that cannot be installed fails the task.",
        key="applicationId",
    )
    authenticationTokenSettings: AuthenticationTokenSettings | None = prop(
        "A token with which the task may call the service. The service has retired it; managed identities take its "
        "place.",
    )
    onMissing: OnMissing | None = prop(
        "What to do when the task is gone from its job although it was not deleted here (default `recreate`). A task "
        "of a job that has ended is never added again, nor is one that was added more than 179 days ago.",
        default="recreate",
        in_body=False,
    )
    triggers: list[Any] | None = prop(
        "Values of any kind; when one of them changes, the task is replaced, and so runs again. Compared as they are, "
        "and not sent to the service.",
        in_body=False,
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if is_set(value, "multiInstanceSettings") and is_set(value, "requiredSlots") and value["requiredSlots"] != 1:
            yield Violation(("requiredSlots",), "must be 1 for a multi-instance task (`multiInstanceSettings`)")

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from needs_a_shell(value)
        yield from repeated_variables(value)
        depends_on = value.get("dependsOn")
        ids = depends_on.get("taskIds") if isinstance(depends_on, Mapping) else None
        if is_set(value, "taskId") and isinstance(ids, (list, tuple)):
            own = value["taskId"].casefold()
            for index, item in enumerate(ids):
                if isinstance(item, str) and item.casefold() == own:
                    yield Violation(("dependsOn", "taskIds", index), "is the task itself, which would wait forever")

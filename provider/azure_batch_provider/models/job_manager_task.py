"""The task that runs a job: it usually adds the job's other tasks and watches them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.command_line import needs_a_shell
from azure_batch_provider.models.common import (
    NO_TOKENS,
    ApplicationPackageReference,
    AuthenticationTokenSettings,
    EnvironmentSetting,
)
from azure_batch_provider.models.container import TaskContainerSettings
from azure_batch_provider.models.files import OutputFile, ResourceFile
from azure_batch_provider.models.job_limits import COMMON_USER, NO_TIME_LIMIT
from azure_batch_provider.models.rules import repeated_variables
from azure_batch_provider.models.scalars import Bool, Id, Int32, Text
from azure_batch_provider.models.task_constraints import TaskConstraints
from azure_batch_provider.models.user_identity import UserIdentity


class JobManagerTask(Model):
    """A task that the service adds together with the job and schedules before the job's other tasks.

    Its usual work is to add those tasks and to wait for them. The service runs it again where the node is lost, also
    elsewhere in the pool, so it has to find out by itself what it has done already.
    """

    id: Id = prop("Id of the task in its job: 1 to 64 letters, digits, hyphens and underscores.", required=True)
    displayName: Text | None = prop("Name to show, at most 1024 characters; need not be unique.", max_length=1024)
    commandLine: Text = prop(
        "Command to run. It is not given to a shell: write `/bin/sh -c '...'` or `cmd /c ...` to use one.",
        required=True,
        min_length=1,
    )
    containerSettings: TaskContainerSettings | None = prop(
        "Container to run in. Needed when the pool has a `containerConfiguration`, of no use otherwise."
    )
    resourceFiles: list[ResourceFile] | None = prop(
        "Files to download to its working directory first. The list has a maximum size; for many files use zip "
        "files, application packages or a container image."
    )
    outputFiles: list[OutputFile] | None = prop("Files to upload from the node after the command.")
    environmentSettings: list[EnvironmentSetting] | None = prop(
        "Environment variables to set; they win over the job's `commonEnvironmentSettings`.", key="name"
    )
    constraints: TaskConstraints | None = prop(
        "Limits to its execution. Left out: no time limit, its directory kept for 7 days, and the retries of its job "
        "as they are when the job is created.",
        default={"maxWallClockTime": NO_TIME_LIMIT, "retentionTime": "P7D"},
        computed=True,
    )
    requiredSlots: Int32 | None = prop(
        "How many scheduling slots of a node the task takes (default 1).", default=1, ge=1
    )
    killJobOnCompletion: Bool | None = prop(
        "Whether the job ends when this task ends (default true): tasks that still run are then ended. With false, end "
        "the job by `onAllTasksComplete` or from outside.",
        default=True,
    )
    userIdentity: UserIdentity | None = prop(
        "User to run as; left out, the pool's common automatic user without administrator's rights.",
        default=dict(COMMON_USER),
    )
    runExclusive: Bool | None = prop(
        "Whether no other task runs on the node beside it (default true). Makes a difference only where nodes have "
        "several slots.",
        default=True,
    )
    applicationPackageReferences: list[ApplicationPackageReference] | None = prop(
        "Application packages to put on the node first, in a directory that tasks share. If one cannot be installed, "
        "the task fails.",
        key="applicationId",
    )
    authenticationTokenSettings: AuthenticationTokenSettings | None = prop(
        "A token with which the task may call the service.", deprecated=NO_TOKENS
    )
    allowLowPriorityNode: Bool | None = prop(
        "Whether it may run on a spot (low-priority) node, which can be taken away (default true).", default=True
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from needs_a_shell(value)
        yield from repeated_variables(value)

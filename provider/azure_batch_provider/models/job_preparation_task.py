"""The task that gets a node ready for a job, once on each node that will run tasks of the job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.command_line import needs_a_shell
from azure_batch_provider.models.common import EnvironmentSetting
from azure_batch_provider.models.container import TaskContainerSettings
from azure_batch_provider.models.files import ResourceFile
from azure_batch_provider.models.job_limits import COMMON_USER, NO_TIME_LIMIT
from azure_batch_provider.models.rules import repeated_variables
from azure_batch_provider.models.scalars import Bool, Id, Text
from azure_batch_provider.models.task_constraints import JobPreparationTaskConstraints
from azure_batch_provider.models.user_identity import UserIdentity

DEFAULT_ID: Final = "jobpreparation"


class JobPreparationTask(Model):
    """What a node runs before its first task of the job, to download common data for example.

    It can run several times on one node, after a reboot or when the node was reimaged, so it must be repeatable.
    """

    id: Id | None = prop(
        f"Id of the task in its job, which no other task of the job can have (default `{DEFAULT_ID}`).",
        default=DEFAULT_ID,
    )
    commandLine: Text = prop(
        "Command to run. It is not given to a shell: write `/bin/sh -c '...'` or `cmd /c ...` to use one.",
        required=True,
        min_length=1,
    )
    containerSettings: TaskContainerSettings | None = prop("Container to run it in.")
    resourceFiles: list[ResourceFile] | None = prop(
        "Files to download to its working directory first. The list has a maximum size; for many files use zip "
        "files, application packages or a container image."
    )
    environmentSettings: list[EnvironmentSetting] | None = prop(
        "Environment variables to set; they win over the job's `commonEnvironmentSettings`.", key="name"
    )
    constraints: JobPreparationTaskConstraints | None = prop(
        "Limits to its execution. Left out: no time limit, its directory kept for 7 days, no retries, whatever the "
        "job's retries are.",
        default={"maxWallClockTime": NO_TIME_LIMIT, "retentionTime": "P7D", "maxTaskRetryCount": 0},
    )
    waitForSuccess: Bool | None = prop(
        "Whether tasks of the job run on a node only after this one has succeeded there (default true). If it fails "
        "for good, the node takes no task of this job. With false, tasks may run beside it and after its failure.",
        default=True,
    )
    userIdentity: UserIdentity | None = prop(
        "User to run as; left out, the pool's common automatic user without administrator's rights.",
        default=dict(COMMON_USER),
    )
    rerunOnNodeRebootAfterSuccess: Bool | None = prop(
        "Whether it runs again when a node reboots on which it has succeeded (default true). It always does on a node "
        "that was reimaged, or where it had not come to its end.",
        default=True,
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from needs_a_shell(value)
        yield from repeated_variables(value)

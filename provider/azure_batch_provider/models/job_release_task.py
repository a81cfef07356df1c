"""The task that cleans up after a job, once on each node that has run its preparation task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.command_line import needs_a_shell
from azure_batch_provider.models.common import EnvironmentSetting
from azure_batch_provider.models.container import TaskContainerSettings
from azure_batch_provider.models.files import ResourceFile
from azure_batch_provider.models.job_limits import COMMON_USER, lasts
from azure_batch_provider.models.rules import repeated_variables
from azure_batch_provider.models.scalars import Duration, Id, Text
from azure_batch_provider.models.user_identity import UserIdentity

DEFAULT_ID: Final = "jobrelease"
LONGEST: Final = "PT15M"


class JobReleaseTask(Model):
    """What a node runs when the job ends, to undo what the preparation task did there.

    It runs on nodes that have run the preparation task, and is skipped on those that are gone by then.
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
    maxWallClockTime: Duration | None = prop(
        f"Longest time that it may run on a node, as an ISO 8601 duration; at most {LONGEST}, which is the default.",
        default=LONGEST,
    )
    retentionTime: Duration | None = prop(
        "How long its directory is kept on the node, as an ISO 8601 duration (default `P7D`).", default="P7D"
    )
    userIdentity: UserIdentity | None = prop(
        "User to run as; left out, the pool's common automatic user without administrator's rights.",
        default=dict(COMMON_USER),
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from lasts(value, "maxWallClockTime", most=LONGEST)

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from needs_a_shell(value)
        yield from repeated_variables(value)

"""The task that every compute node runs when it joins its pool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.command_line import needs_a_shell
from azure_batch_provider.models.common import EnvironmentSetting
from azure_batch_provider.models.container import TaskContainerSettings
from azure_batch_provider.models.files import ResourceFile
from azure_batch_provider.models.rules import endless_retries, repeated_variables
from azure_batch_provider.models.scalars import Bool, Int32, Text
from azure_batch_provider.models.user_identity import UserIdentity


class StartTask(Model):
    """What a compute node runs when it joins the pool, and again when it restarts.

    It may run more than once on a node, even without a restart, so it must be repeatable; it must not leave behind
    processes or services that run from its working directory.
    """

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
    environmentSettings: list[EnvironmentSetting] | None = prop("Environment variables to set.", key="name")
    userIdentity: UserIdentity | None = prop(
        "User to run as; left out, the pool's common automatic user without administrator's rights.",
        default={"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}},
    )
    maxTaskRetryCount: Int32 | None = prop(
        "How often to run it again after an exit code other than 0 (default 0); -1 means without end. Runs after a "
        "node's recovery do not count.",
        default=0,
        ge=-1,
    )
    waitForSuccess: Bool | None = prop(
        "Whether a node takes tasks only after the start task has succeeded (default true). If it fails for good, "
        "the node takes none. With false, tasks may run beside it and after its failure.",
        default=True,
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from needs_a_shell(value)
        yield from endless_retries(value)
        yield from repeated_variables(value)

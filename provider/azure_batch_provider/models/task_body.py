"""What a task is made of, wherever it is declared: alone or in a collection (Task - Add)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Model, Violation
from azure_batch_provider.models.command_line import needs_a_shell
from azure_batch_provider.models.common import (
    NO_TOKENS,
    ApplicationPackageReference,
    AuthenticationTokenSettings,
    EnvironmentSetting,
)
from azure_batch_provider.models.container import TaskContainerSettings
from azure_batch_provider.models.exit_conditions import ExitConditions
from azure_batch_provider.models.files import OutputFile, ResourceFile
from azure_batch_provider.models.rules import is_set, repeated_variables
from azure_batch_provider.models.scalars import Int32, Text
from azure_batch_provider.models.task_constraints import AffinityInfo, TaskConstraints
from azure_batch_provider.models.task_dependencies import TaskDependencies
from azure_batch_provider.models.task_multi_instance import MultiInstanceSettings
from azure_batch_provider.models.user_identity import UserIdentity
from azure_batch_provider.values.mappings import MAPPING

COMMAND: Final = (
    "Command to run; the primary task's in a multi-instance task. It is not given to a shell: write `/bin/sh -c '...'` "
    "or `cmd /c ...` to use one. Paths are relative to the task's working directory, or begin with one of the "
    "`AZ_BATCH_` variables."
)


class TaskBody(Model):
    """A task without its id."""

    displayName: Text | None = prop("Name to show, at most 1024 characters; need not be unique.", max_length=1024)
    commandLine: Text | None = prop(COMMAND, min_length=1)
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
        "A token with which the task may call the service.", deprecated=NO_TOKENS
    )


def task_rules(value: Mapping[str, Any]) -> Iterator[Violation]:
    """The rules between the properties of a whole task."""
    if is_set(value, "multiInstanceSettings") and is_set(value, "requiredSlots") and value["requiredSlots"] != 1:
        yield Violation(("requiredSlots",), "must be 1 for a multi-instance task (`multiInstanceSettings`)")


def task_warnings(id: Any, value: Mapping[str, Any]) -> Iterator[Violation]:
    """What cannot work in a whole task, whose id this is."""
    yield from needs_a_shell(value)
    yield from repeated_variables(value)
    depends_on = value.get("dependsOn")
    ids = depends_on.get("taskIds") if isinstance(depends_on, MAPPING) else None
    if isinstance(id, str) and isinstance(ids, (list, tuple)):
        own = id.casefold()
        for index, item in enumerate(ids):
            if isinstance(item, str) and item.casefold() == own:
                yield Violation(("dependsOn", "taskIds", index), "is the task itself, which would wait forever")

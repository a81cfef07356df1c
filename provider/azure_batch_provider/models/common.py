"""Small objects that tasks, start tasks, jobs and pools share.

Knows nothing of the entities that hold them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.rules import is_set
from azure_batch_provider.models.scalars import ApplicationId, Caseless, Enum, Known, Text

_USER_ASSIGNED: Final = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.ManagedIdentity/userAssignedIdentities/[^/]+/?",
    re.IGNORECASE,
)


class OnMissing(Enum):
    """What to do about an entity that the program declares and the service no longer has."""

    RECREATE = "recreate", "Add it again; the plan shows that it is created."
    IGNORE = "ignore", "Take its absence as the end of its life, and leave it be."


class AllTasksCompleteMode(Enum):
    """What happens to a job when all its tasks have ended."""

    NO_ACTION = "noaction", "Nothing: the job stays active."
    TERMINATE_JOB = "terminatejob", "The job ends. A job without tasks counts as one whose tasks have ended."


def ends(mode: Any) -> bool:
    """Whether this value of `onAllTasksComplete` ends a job by itself."""
    return AllTasksCompleteMode.TERMINATE_JOB.matches(mode)


class JobDeletionPolicy(Enum):
    """What happens to a job, or to a job schedule with the jobs that it made, that is no longer declared."""

    DELETE = "delete", "Delete it, with all tasks in it, and wait until it is gone."
    TERMINATE = "terminate", "End it, and leave it at the service to be looked at."
    RETAIN = "retain", "Leave it as it is."


class WholePoolDeletionPolicy(Enum):
    """What happens to a pool that is no longer declared."""

    DELETE = "delete", "Delete it with its nodes, and wait until it is gone."
    RETAIN = "retain", "Leave it as it is."


class PoolDeletionPolicy(Enum):
    """What happens to a pool's properties when they are no longer declared."""

    CLEAR = "clear", "Remove them from the pool."
    RETAIN = "retain", "Leave them on the pool as they are."
    RESTORE = "restore", "Put back what the pool had before these properties were first declared."


ONE_MODE: Final = "The service has retired its classic mode: nodes call the service, also when this is left out."


class NodeCommunicationMode(Enum):
    """How the compute nodes of a pool talk with the service."""

    DEFAULT = "default", "The service chooses."
    CLASSIC = "classic", "The service calls the nodes: their inbound ports 29876 and 29877 must be open to it."
    SIMPLIFIED = "simplified", "The nodes call the service: outbound port 443 is enough."


class AccessScope(Enum):
    """What an authentication token of a task may be used for."""

    JOB = "job", "Every operation on the job that holds the task."


class EnvironmentSetting(Model):
    """An environment variable of a process on a compute node."""

    name: Text = prop("Name of the variable.", required=True, min_length=1)
    value: Text | None = prop(
        "Value of the variable. Mark it as a secret in the program when it is one.", sensitive=True
    )


class MetadataItem(Model):
    """A name with a value, for the program's own use: the service only stores it."""

    name: Text = prop("Name of the item; must not be empty.", required=True, min_length=1)
    value: Text = prop("Value of the item.", required=True)


class ApplicationPackageReference(Model):
    """An application package that is put on compute nodes."""

    applicationId: ApplicationId = prop(
        "Application whose package is deployed: its short id, or its full ARM id "
        "(`/subscriptions/.../batchAccounts/<account>/applications/<id>`), which pools ask for. Case does not count.",
        required=True,
    )
    version: Text | None = prop(
        "Version to deploy. Without it the application's default version is taken; when the application has none, "
        "a pool refuses the reference and a task fails before it starts.",
        min_length=1,
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if value.get("version") is None:
            yield Violation(
                (),
                "names no `version`: it stands for the application's default version, and if the application has "
                "none, a pool refuses the reference and a task fails before it starts",
            )


class NodeIdentityReference(Model):
    """A user-assigned managed identity of the pool, used by its compute nodes."""

    resourceId: Caseless | None = prop(
        "ARM id of the identity: `/subscriptions/.../providers/Microsoft.ManagedIdentity/userAssignedIdentities/...`. "
        "The pool must have been given this identity.",
        min_length=1,
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if is_set(value, "resourceId") and not _USER_ASSIGNED.fullmatch(value["resourceId"]):
            yield Violation(
                ("resourceId",),
                "does not look like the ARM id of a user-assigned identity (/subscriptions/<id>/resourceGroups/<group>"
                "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/<name>)",
            )
        elif value.get("resourceId") is None:
            yield Violation((), "names no identity: `resourceId` is missing")


NO_TOKENS: Final = "The service has retired it: give the pool a managed identity instead."


class AuthenticationTokenSettings(Model):
    """A token with which a task can call the service, in its variable `AZ_BATCH_AUTHENTICATION_TOKEN`."""

    access: list[Annotated[AccessScope, Known]] | None = prop(
        "What the token grants access to; `job` is the only value there is.", unordered=True
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield Violation((), "is a retired feature (end of September 2024): give the pool a managed identity instead")

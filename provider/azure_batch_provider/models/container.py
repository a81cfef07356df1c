"""The container that a task runs in, and the registry its image comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.common import NodeIdentityReference
from azure_batch_provider.models.rules import is_set, repeated
from azure_batch_provider.models.scalars import Bool, Enum, Text


class ContainerWorkingDirectory(Enum):
    """Where a process starts inside its container."""

    TASK_WORKING_DIRECTORY = (
        "taskWorkingDirectory",
        "The working directory that the service makes for the task, with its resource files in it.",
    )
    CONTAINER_IMAGE_DEFAULT = (
        "containerImageDefault",
        "The working directory of the image. Resource files are not there.",
    )


class ContainerHostDataPath(Enum):
    """A directory of the compute node that can be mounted into a container."""

    SHARED = "Shared", "Files that the tasks of a node share."
    STARTUP = "Startup", "The directory of the start task."
    VFS_MOUNTS = "VfsMounts", "The file systems that the pool mounts."
    TASK = "Task", "The directory of the task."
    JOB_PREP = "JobPrep", "The directory of the job preparation task."
    APPLICATIONS = "Applications", "The application packages."


class ContainerHostBatchBindMountEntry(Model):
    """A directory of the compute node as it is mounted into a container."""

    source: ContainerHostDataPath | None = prop("Directory to mount. Each one can be mounted once.")
    isReadOnly: Bool | None = prop(
        "Whether the container may only read the directory (default false). On Linux, being able to write still "
        "depends on the rights of the user on the node.",
        default=False,
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if value.get("source") is None:
            yield Violation((), "does not say what to mount: `source` is missing")


class ContainerRegistryReference(Model):
    """A private container registry and how to log in to it: by user name and password, or by a managed identity."""

    username: Text | None = prop("User name for the registry. Excludes `identityReference`.")
    password: Text | None = prop(
        "Password for the registry; needs `username`. Kept as a secret. The service never returns it, so a change "
        "made elsewhere cannot be seen.",
        secret=True,
        write_only=True,
    )
    registryServer: Text | None = prop(
        "Host name or URL of the registry (default `docker.io`).", default="docker.io", min_length=1
    )
    identityReference: NodeIdentityReference | None = prop(
        "Managed identity with which nodes log in to an Azure Container Registry. Excludes `username` and `password`."
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if is_set(value, "identityReference"):
            there = [name for name in ("username", "password") if is_set(value, name)]
            if there:
                listed = " and ".join(f"`{name}`" for name in there)
                yield Violation(
                    ("identityReference",),
                    f"cannot be combined with {listed}: log in either by identity or by user name and password",
                )
        if is_set(value, "password") and value.get("username") is None:
            yield Violation(("username",), "is required with `password`")

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        # Not a failure: what was imported never has its password, as the service does not return it.
        if is_set(value, "username") and value.get("password") is None:
            yield Violation(("username",), "has no `password` beside it: a login to the registry will fail")


class TaskContainerSettings(Model):
    """The container that a task runs in.

    Needed when the pool has a `containerConfiguration`, and of no use when it has none. All directories below
    `AZ_BATCH_NODE_ROOT_DIR` are mounted, unless `containerHostBatchBindMounts` says which; the task's environment
    variables are set; files written elsewhere in the container cannot be read through the service.
    """

    imageName: Text = prop(
        "Image to run, as `docker pull` takes it. Without a tag it is `:latest`.", required=True, min_length=1
    )
    containerRunOptions: Text | None = prop(
        "Further options for `docker create`, in addition to those that the service gives.", sensitive=True
    )
    registry: ContainerRegistryReference | None = prop(
        "Private registry that holds the image. Not needed when the pool already knows the registry."
    )
    workingDirectory: ContainerWorkingDirectory | None = prop(
        "Where the command starts inside the container (default `taskWorkingDirectory`).",
        default="taskWorkingDirectory",
    )
    containerHostBatchBindMounts: list[ContainerHostBatchBindMountEntry] | None = prop(
        "Directories of the node to mount, each source at most once. Left out, the whole root directory of the "
        "service is mounted; an empty list mounts nothing.",
        key="source",
        empty_is_distinct=True,
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        name = "containerHostBatchBindMounts"
        for index, first in repeated(value, name, "source", str.casefold):
            yield Violation(
                (name, index, "source"),
                f"is mounted by {name}[{first}] already: each source can be mounted once; remove one of the two",
            )

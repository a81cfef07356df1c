"""Parts that tasks, jobs and pools have in common.

Each shape follows the definition of the same purpose in the REST reference; where what is read back differs from what
was sent, the shape says so.
"""

from __future__ import annotations

import re
from typing import Any

from batch_emulator.bodies.shapes import (
    Array,
    Bool,
    Duration,
    Enum,
    Integer,
    Prop,
    Shape,
    String,
    at,
    at_most_one,
    exactly_one,
)
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.durations import MINUTE, NO_LIMIT
from batch_emulator.protocol.errors import ServiceError, invalid_property, missing_property
from batch_emulator.state.ids import folded

Id = String(1, 64, r"[A-Za-z0-9_-]*", quoted=True)
DisplayName = String(max_length=1024)
CommandLine = String(1)
Url = String(1)
Word = String(1, quoted=True)
Words = String()
RetryCount = Integer(-1)

DEFAULT_USER = {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}
DEFAULT_RETENTION = "P7D"


def _metadata_names(sent: dict[str, Any], path: str, context: Context) -> None:
    if sent["name"] == "":
        raise ServiceError("EmptyMetadataKey", [("PropertyName", at(path, "name"))])


MetadataItem = Shape(
    (Prop("name", Words, required=True), Prop("value", Words, required=True)),
    rules=(_metadata_names,),
)
Metadata = Array(MetadataItem)

EnvironmentSetting = Shape((Prop("name", Word, required=True), Prop("value", Words)))
EnvironmentSettings = Array(EnvironmentSetting)

NodeIdentity = Shape((Prop("resourceId", Words),))

AutoUser = Shape(
    (
        Prop("scope", Enum("pool", "task"), default="pool"),
        Prop("elevationLevel", Enum("nonadmin", "admin"), default="nonadmin"),
    )
)


def _default_user(sent: dict[str, Any], path: str, context: Context) -> None:
    if not sent:
        sent.update(DEFAULT_USER)


UserIdentity = Shape(
    (Prop("username", Word), Prop("autoUser", AutoUser)),
    rules=(at_most_one("username", "autoUser"), _default_user),
)

PackageReference = Shape((Prop("applicationId", Word, required=True), Prop("version", Word)))
TaskPackageReference = Shape(
    (Prop("applicationId", String(1, quoted=True, keep_as=folded), required=True), Prop("version", Word))
)
TaskPackages = Array(TaskPackageReference)

Registry = Shape(
    (
        Prop("username", Words),
        Prop("password", Words, secret="switch"),
        Prop("registryServer", Words),
        Prop("identityReference", NodeIdentity),
    ),
    rules=(at_most_one("username", "identityReference"), at_most_one("password", "identityReference")),
)

BindMount = Shape(
    (
        Prop("source", Enum("Shared", "Startup", "VfsMounts", "Task", "JobPrep", "Applications")),
        Prop("isReadOnly", Bool(), default=False),
    )
)


def _bind_mounts(sent: dict[str, Any], path: str, context: Context) -> None:
    mounts = sent.get("containerHostBatchBindMounts")
    if mounts is None:
        return
    sources = [mount.get("source") for mount in mounts]
    if context.switches.text("duplicate-bind-mounts") == "refuse":
        for index, source in enumerate(sources):
            if source in sources[:index]:
                name = at(path, f"containerHostBatchBindMounts[{index}].source")
                raise invalid_property(name, "Each source can be mounted once.", source)
    if not mounts and context.switches.text("empty-bind-mounts") == "drop":
        del sent["containerHostBatchBindMounts"]


ContainerSettings = Shape(
    (
        Prop("imageName", Word, required=True),
        Prop("containerRunOptions", Words),
        Prop("registry", Registry),
        Prop(
            "workingDirectory",
            Enum("taskWorkingDirectory", "containerImageDefault"),
            default="taskWorkingDirectory",
        ),
        Prop("containerHostBatchBindMounts", Array(BindMount), keep_empty=True),
    ),
    rules=(_bind_mounts,),
)


def _resource_file(sent: dict[str, Any], path: str, context: Context) -> None:
    if "httpUrl" in sent:
        if "filePath" not in sent:
            raise invalid_property(at(path, "filePath"), "filePath must be given with httpUrl.")
        if "blobPrefix" in sent:
            raise invalid_property(at(path, "blobPrefix"), "blobPrefix cannot be given with httpUrl.")
    if ".." in re.split(r"[/\\]", sent.get("filePath", "")):
        raise invalid_property(at(path, "filePath"), "The path must not lead out of the task's directory.")


ResourceFile = Shape(
    (
        Prop("autoStorageContainerName", Word),
        Prop("storageContainerUrl", Url),
        Prop("httpUrl", Url),
        Prop("blobPrefix", Words),
        Prop("filePath", Words),
        Prop("fileMode", String(1, 5, r"[0-7]+", quoted=True)),
        Prop("identityReference", NodeIdentity),
    ),
    rules=(exactly_one("autoStorageContainerName", "storageContainerUrl", "httpUrl"), _resource_file),
)
ResourceFiles = Array(ResourceFile)

UploadHeader = Shape((Prop("name", Word, required=True), Prop("value", Words)))

BlobContainer = Shape(
    (
        Prop("path", Words),
        Prop("containerUrl", Url, required=True),
        Prop("identityReference", NodeIdentity),
        Prop("uploadHeaders", Array(UploadHeader)),
    )
)


def _somewhere(sent: dict[str, Any], path: str, context: Context) -> None:
    if not sent and context.switches.text("empty-destination") == "refuse":
        raise missing_property(at(path, "container"))


OutputFile = Shape(
    (
        Prop("filePattern", Word, required=True),
        Prop("destination", Shape((Prop("container", BlobContainer),), rules=(_somewhere,)), required=True),
        Prop(
            "uploadOptions",
            Shape(
                (
                    Prop(
                        "uploadCondition",
                        Enum("TaskSuccess", "TaskFailure", "TaskCompletion"),
                        required=True,
                    ),
                )
            ),
            required=True,
        ),
    )
)
OutputFiles = Array(OutputFile)

AuthenticationTokenSettings = Shape((Prop("access", Array(Enum("job"))),))

TaskConstraints = Shape(
    (
        Prop("maxWallClockTime", Duration(), default=NO_LIMIT),
        Prop("retentionTime", Duration(), default=DEFAULT_RETENTION),
        Prop("maxTaskRetryCount", RetryCount),
    )
)

ReleaseTime = Duration(maximum=15 * MINUTE)


def whole_constraints(given: dict[str, Any] | None, retry_count: int) -> dict[str, Any]:
    """The constraints that a task has: `retry_count` is that of its job, for what the task leaves open."""
    constraints = {"maxWallClockTime": NO_LIMIT, "retentionTime": DEFAULT_RETENTION, "maxTaskRetryCount": retry_count}
    return {**constraints, **(given or {})}


StartTask = Shape(
    (
        Prop("commandLine", CommandLine, required=True),
        Prop("containerSettings", ContainerSettings),
        Prop("resourceFiles", ResourceFiles),
        Prop("environmentSettings", EnvironmentSettings),
        Prop("userIdentity", UserIdentity, default=DEFAULT_USER),
        Prop("maxTaskRetryCount", RetryCount, default=0),
        Prop("waitForSuccess", Bool(), default=True),
    )
)

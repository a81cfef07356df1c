"""The bodies of tasks. REST pages: "Task - Add", "Task - Update"."""

from __future__ import annotations

from typing import Any

from batch_emulator.bodies.common import (
    DEFAULT_USER,
    AuthenticationTokenSettings,
    CommandLine,
    ContainerSettings,
    DisplayName,
    EnvironmentSettings,
    Id,
    OutputFiles,
    ResourceFiles,
    TaskConstraints,
    TaskPackages,
    UserIdentity,
    Word,
)
from batch_emulator.bodies.shapes import Array, Enum, Integer, Prop, Shape, String, at
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import ServiceError, invalid_property

DEPENDENCY_CHARACTERS = 64_000

ExitOptions = Shape(
    (
        Prop("jobAction", Enum("none", "disable", "terminate")),
        Prop("dependencyAction", Enum("satisfy", "block")),
    )
)


def _ordered(sent: dict[str, Any], path: str, context: Context) -> None:
    if sent["start"] > sent["end"]:
        raise invalid_property(at(path, "end"), "The end must not be less than the start.", str(sent["end"]))


ExitConditions = Shape(
    (
        Prop(
            "exitCodes",
            Array(
                Shape((Prop("code", Integer(), required=True), Prop("exitOptions", ExitOptions, True, keep_empty=True)))
            ),
        ),
        Prop(
            "exitCodeRanges",
            Array(
                Shape(
                    (
                        Prop("start", Integer(), required=True),
                        Prop("end", Integer(), required=True),
                        Prop("exitOptions", ExitOptions, required=True, keep_empty=True),
                    ),
                    rules=(_ordered,),
                )
            ),
        ),
        Prop("preProcessingError", ExitOptions, keep_empty=True),
        Prop("fileUploadError", ExitOptions, keep_empty=True),
        Prop("default", ExitOptions, keep_empty=True),
    )
)


def _dependency_list(sent: dict[str, Any], path: str, context: Context) -> None:
    if sum(map(len, sent.get("taskIds", ()))) > DEPENDENCY_CHARACTERS:
        raise ServiceError("TaskDependencyListTooLong", [("PropertyName", at(path, "taskIds"))])


Dependencies = Shape(
    (
        Prop("taskIds", Array(String(1, 64, quoted=True))),
        Prop(
            "taskIdRanges",
            Array(
                Shape(
                    (Prop("start", Integer(), required=True), Prop("end", Integer(), required=True)), rules=(_ordered,)
                )
            ),
        ),
    ),
    rules=(_dependency_list,),
)

MultiInstance = Shape(
    (
        Prop("numberOfInstances", Integer(1), default=1),
        Prop("coordinationCommandLine", CommandLine, required=True),
        Prop("commonResourceFiles", ResourceFiles),
    )
)


def _one_slot(sent: dict[str, Any], path: str, context: Context) -> None:
    if context.switches.text("multi-instance-slots") == "any":
        return
    if "multiInstanceSettings" in sent and sent.get("requiredSlots", 1) != 1:
        reason = "A multi-instance task needs exactly one slot."
        raise invalid_property(at(path, "requiredSlots"), reason, str(sent["requiredSlots"]))


TaskAdd = Shape(
    (
        Prop("id", Id, required=True),
        Prop("displayName", DisplayName),
        Prop("commandLine", CommandLine, required=True),
        Prop("containerSettings", ContainerSettings),
        Prop("resourceFiles", ResourceFiles),
        Prop("outputFiles", OutputFiles),
        Prop("environmentSettings", EnvironmentSettings),
        Prop("affinityInfo", Shape((Prop("affinityId", Word, required=True),))),
        Prop("applicationPackageReferences", TaskPackages),
        Prop("userIdentity", UserIdentity, default=DEFAULT_USER),
        Prop("exitConditions", ExitConditions),
        Prop("multiInstanceSettings", MultiInstance),
        Prop("dependsOn", Dependencies),
        Prop("authenticationTokenSettings", AuthenticationTokenSettings),
        Prop("constraints", TaskConstraints),
        Prop("requiredSlots", Integer(1), default=1),
    ),
    rules=(_one_slot,),
)

TaskUpdate = Shape(
    (
        Prop("constraints", TaskConstraints),
        Prop("authenticationTokenSettings", AuthenticationTokenSettings, kept=False),
    )
)

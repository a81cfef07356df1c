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
from batch_emulator.bodies.shapes import Choice, Listing, Prop, Shape, Text, Whole, at
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import ServiceError, invalid_property

DEPENDENCY_CHARACTERS = 64_000

ExitOptions = Shape(
    (
        Prop("jobAction", Choice("none", "disable", "terminate")),
        Prop("dependencyAction", Choice("satisfy", "block")),
    )
)


def _ordered(sent: dict[str, Any], path: str, context: Context) -> None:
    if sent["start"] > sent["end"]:
        raise invalid_property(at(path, "end"), "The end must not be less than the start.", str(sent["end"]))


ExitConditions = Shape(
    (
        Prop(
            "exitCodes",
            Listing(
                Shape((Prop("code", Whole(), required=True), Prop("exitOptions", ExitOptions, True, keep_empty=True)))
            ),
        ),
        Prop(
            "exitCodeRanges",
            Listing(
                Shape(
                    (
                        Prop("start", Whole(), required=True),
                        Prop("end", Whole(), required=True),
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
        Prop("taskIds", Listing(Text(1, 64, quoted=True))),
        Prop(
            "taskIdRanges",
            Listing(
                Shape((Prop("start", Whole(), required=True), Prop("end", Whole(), required=True)), rules=(_ordered,))
            ),
        ),
    ),
    rules=(_dependency_list,),
)

MultiInstance = Shape(
    (
        Prop("numberOfInstances", Whole(1), default=1),
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
        Prop("requiredSlots", Whole(1), default=1),
    ),
    rules=(_one_slot,),
)

TaskUpdate = Shape(
    (
        Prop("constraints", TaskConstraints),
        Prop("authenticationTokenSettings", AuthenticationTokenSettings, kept=False),
    )
)

"""The bodies of what is asked of a node. REST pages: "Compute Node - Reboot" and those beside it."""

from __future__ import annotations

from typing import Any

from batch_emulator.bodies.common import NodeIdentity, StartTask, Url, Words
from batch_emulator.bodies.shapes import Bool, Enum, Prop, Shape, String, Time, at
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import invalid_property
from batch_emulator.state.clock import parse_time

OPTIONS = ("requeue", "terminate", "taskcompletion", "retaineddata")
"""What happens to the tasks of a node that stops, or leaves its pool."""


NodeBody = Shape((Prop("startTask", StartTask),))


def _option(name: str, *choices: str) -> Shape:
    return Shape((Prop(name, Enum(*choices), default="requeue"),))


Reboot = _option("nodeRebootOption", *OPTIONS)
Reimage = _option("nodeReimageOption", *OPTIONS)
Deallocate = _option("nodeDeallocateOption", *OPTIONS)
DisableScheduling = _option("nodeDisableSchedulingOption", "requeue", "terminate", "taskcompletion")

_CREDENTIALS = (
    Prop("expiryTime", Time()),
    Prop("password", String(1), secret=True),
    Prop("sshPublicKey", Words),
)
UserAdd = Shape(
    (Prop("name", String(1, 20, quoted=True), required=True), Prop("isAdmin", Bool(), default=False), *_CREDENTIALS)
)
UserUpdate = Shape(_CREDENTIALS)


def _period(sent: dict[str, Any], path: str, context: Context) -> None:
    if "endTime" in sent and parse_time(sent["endTime"]) <= parse_time(sent["startTime"]):
        raise invalid_property(at(path, "endTime"), "The value must be later than startTime.", sent["endTime"])


UploadLogs = Shape(
    (
        Prop("containerUrl", Url, required=True),
        Prop("startTime", Time(), required=True),
        Prop("endTime", Time()),
        Prop("identityReference", NodeIdentity),
    ),
    rules=(_period,),
)

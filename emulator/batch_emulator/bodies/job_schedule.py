"""The bodies of job schedules. REST pages: "Job Schedule - Add", "Job Schedule - Patch", "Job Schedule - Update"."""

from __future__ import annotations

from typing import Any

from batch_emulator.bodies.common import DisplayName, Id, Metadata, Word
from batch_emulator.bodies.job import JobSpecification
from batch_emulator.bodies.shapes import Duration, Prop, Shape, Time, at
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.durations import MINUTE
from batch_emulator.protocol.errors import invalid_property
from batch_emulator.state.clock import parse_time


def _in_order(sent: dict[str, Any], path: str, context: Context) -> None:
    begins, ends = sent.get("doNotRunUntil"), sent.get("doNotRunAfter")
    if begins is None or ends is None or context.switches.text("schedule-times") == "any":
        return
    if parse_time(ends) <= parse_time(begins):
        raise invalid_property(at(path, "doNotRunAfter"), "The time must be after doNotRunUntil.", ends)


Recurrence = Shape(
    (
        Prop("doNotRunUntil", Time()),
        Prop("doNotRunAfter", Time()),
        Prop("startWindow", Duration(MINUTE)),
        Prop("recurrenceInterval", Duration(MINUTE)),
    ),
    rules=(_in_order,),
)

_SPECIFICATION = Prop("jobSpecification", JobSpecification, required=True)
_METADATA = Prop("metadata", Metadata)

JobScheduleAdd = Shape(
    (
        Prop("id", Id, required=True),
        Prop("displayName", DisplayName),
        Prop("schedule", Recurrence, required=True),
        _SPECIFICATION,
        _METADATA,
    )
)

JobSchedulePatch = JobScheduleAdd.only(("schedule", "jobSpecification", "metadata"))

JobScheduleUpdate = Shape(
    (Prop("id", Word, kept=False), Prop("schedule", Recurrence), _SPECIFICATION, _METADATA),
)
"""Without `schedule` it no longer recurs."""

"""The bodies of job schedules. REST pages: "Job Schedule - Add", "Job Schedule - Patch", "Job Schedule - Update"."""

from __future__ import annotations

from batch_emulator.bodies.common import DisplayName, Id, Metadata, Word
from batch_emulator.bodies.job import JobSpecification
from batch_emulator.bodies.shapes import Duration, Prop, Shape, Time
from batch_emulator.protocol.durations import MINUTE

Recurrence = Shape(
    (
        Prop("doNotRunUntil", Time()),
        Prop("doNotRunAfter", Time()),
        Prop("startWindow", Duration(MINUTE)),
        Prop("recurrenceInterval", Duration(MINUTE)),
    )
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

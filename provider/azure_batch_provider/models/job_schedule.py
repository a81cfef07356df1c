"""A job schedule: makes jobs by the clock (Job Schedules - Create).

Its jobs are the service's: a change here holds for those that it makes from then on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, ClassVar

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.common import JobDeletionPolicy, MetadataItem, OnMissing, ends
from azure_batch_provider.models.job_limits import lasts, reach
from azure_batch_provider.models.job_specification import JobSpecification
from azure_batch_provider.models.rules import is_set, known
from azure_batch_provider.models.scalars import Bool, Duration, Id, Text, Time
from azure_batch_provider.values.durations import NO_LIMIT, parse_duration
from azure_batch_provider.values.instants import parse_instant
from azure_batch_provider.values.unknown import UNKNOWN


class Schedule(Model):
    """When jobs are made, in UTC. Left empty: one job, at once.

    At most one job of a schedule is active: the next one waits until it has ended.
    """

    doNotRunUntil: Time | None = prop(
        "Earliest time of the first job, as an ISO 8601 instant. Left out, or in the past: at once."
    )
    doNotRunAfter: Time | None = prop(
        "No job is made after this time: then the schedule is completed, once its active job has ended."
    )
    startWindow: Duration | None = prop(
        "How late a job may be made, as an ISO 8601 duration of at least a minute. Where the time of a job comes while "
        "the one before is active, it waits this long, and is skipped after that (default: no limit)."
    )
    recurrenceInterval: Duration | None = prop(
        "Time from the beginning of one job to that of the next, as an ISO 8601 duration of at least a minute. Left "
        "out, the schedule makes one job, and is completed when it ends."
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        yield from lasts(value, "startWindow", least="PT1M")
        yield from lasts(value, "recurrenceInterval", least="PT1M")
        after, until = _moment(value, "doNotRunAfter"), _moment(value, "doNotRunUntil")
        if after is not None and until is not None and after <= until:
            yield Violation(("doNotRunAfter",), "must be later than `doNotRunUntil`")

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        after = _moment(value, "doNotRunAfter")
        if after is not None and after <= datetime.now(timezone.utc):
            yield Violation(("doNotRunAfter",), "is in the past: the schedule makes no job any more")


def _moment(value: Mapping[str, Any], name: str) -> datetime | None:
    return parse_instant(value[name]) if is_set(value, name) else None


class JobSchedule(Model):
    """A job schedule: makes jobs from a specification, once or again and again.

    `schedule`, `jobSpecification` and `metadata` can be changed; what changes in the specification holds for the jobs
    that are made from then on. `displayName` stays what it is. That a schedule is completed is not a difference; but
    the service changes nothing of it any more, so a change replaces it, **with all jobs that it made**. Deleting waits
    until the schedule and its jobs are gone.

    Its jobs are called `<jobScheduleId>:job-<number>`.
    """

    id_form: ClassVar[str] = "jobschedules/<jobScheduleId>"
    mutable: ClassVar[frozenset[str]] = frozenset(
        {"schedule", "jobSpecification", "metadata", "takeOver", "deletionPolicy", "onMissing"}
    )

    jobScheduleId: Id | None = prop(
        "Id of the schedule in its account: 1 to 64 letters, digits, hyphens and underscores; case is kept but does "
        "not tell ids apart, and no job may have it. Left out, the name of the resource with a suffix.",
        wire_name="id",
    )
    displayName: Text | None = prop(
        "Name to show, at most 1024 characters; need not be unique. It cannot be changed: what a schedule was created "
        "with stays, unless `replaceOnChanges` asks for a new one.",
        max_length=1024,
        fixed=True,
    )
    schedule: Schedule = prop("When jobs are made.", required=True)
    jobSpecification: JobSpecification = prop("What each job is made of.", required=True)
    metadata: list[MetadataItem] | None = prop("Names and values stored with the schedule.", key="name")
    takeOver: Bool | None = prop(
        "Accept that a schedule of this id may exist and differ from what is declared, and change it (default false: "
        "such a schedule is refused when this resource is created).",
        default=False,
        in_body=False,
    )
    deletionPolicy: JobDeletionPolicy | None = prop(
        "What happens to the schedule and its jobs when this resource is deleted (default `delete`).",
        default="delete",
        in_body=False,
    )
    onMissing: OnMissing | None = prop(
        "What to do when the schedule is gone although it was not deleted here (default `recreate`).",
        default="recreate",
        in_body=False,
    )

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if is_set(value, "schedule") and is_set(value["schedule"], "recurrenceInterval") and _never_ends(value):
            yield Violation(
                ("schedule", "recurrenceInterval"),
                "leads to one job only, because no job is made while another one is active and nothing ends these: "
                "give `jobSpecification` a `jobManagerTask` or `constraints.maxWallClockTime`",
            )


def _never_ends(value: Mapping[str, Any]) -> bool:
    """Whether nothing in the specification ever ends a job."""
    job = value.get("jobSpecification")
    if not isinstance(job, Mapping) or not known(job, "jobManagerTask", "onAllTasksComplete", "constraints"):
        return False
    limit = reach(value, "jobSpecification", "constraints", "maxWallClockTime")
    if limit is UNKNOWN or (isinstance(limit, str) and parse_duration(limit) < NO_LIMIT):
        return False
    return job.get("jobManagerTask") is None and not ends(job.get("onAllTasksComplete"))

"""getJobSchedule: what a job schedule made last, and when it does so again (Job Schedules - Get)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.batch.operations import GET_JOB_SCHEDULE
from azure_batch_provider.functions.named import SCHEDULE
from azure_batch_provider.functions.reading import Reading, Result
from azure_batch_provider.functions.result import Working
from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.scalars import Id, Text, Time


class GetJobSchedule(Model):
    """Reads one job schedule: its state, its last job, and when the next one is due."""

    id: Text | None = prop("Id of a JobSchedule: `jobschedules/<jobScheduleId>`.")
    jobScheduleId: Id | None = prop("Id of the job schedule in its account, in the place of `id`.")

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        return SCHEDULE.rules(value)


class RecentJob(Model):
    """A job that a job schedule has made."""

    jobId: Text | None = prop("Id of the job in its account.", wire_name="id")


class JobScheduleExecutionInfo(Model):
    """What a job schedule has done, and does next."""

    nextRunTime: Time | None = prop("When the next job is due; left out where none is.")
    recentJob: RecentJob | None = prop("The job that it made last.")
    endTime: Time | None = prop("When the schedule was completed.")


class JobScheduleStatus(Working):
    """A job schedule as it is now."""

    id: Text = prop(
        "Id of the resource that is the job schedule: `jobschedules/<jobScheduleId>`.", required=True, in_body=False
    )
    jobScheduleId: Text = prop("Id of the job schedule in its account.", required=True, wire_name="id")
    displayName: Text | None = prop("Name to show.")
    executionInfo: JobScheduleExecutionInfo | None = prop("What it has done, and does next.")


def get_job_schedule(reading: Reading, asked: Mapping[str, Any]) -> Result:
    found = reading.entity(JobScheduleStatus, GET_JOB_SCHEDULE, *SCHEDULE.ids(asked))
    return {"id": f"jobschedules/{found['jobScheduleId']}", **found}

"""getJob, getJobs, getJobTaskCounts: how far jobs are (Jobs - Get, List, List From Schedule, Get Task Counts)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from azure_batch_provider.batch.operations import GET_JOB, GET_JOB_TASK_COUNTS, LIST_JOBS, LIST_JOBS_OF_SCHEDULE
from azure_batch_provider.functions.named import JOB, JOB_OF_TASKS, SCHEDULE
from azure_batch_provider.functions.reading import Filtered, Listed, Reading, Result
from azure_batch_provider.functions.result import FailureInfo, Working, select
from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.scalars import Bool, Id, Int32, Text, Time
from azure_batch_provider.models.task import JobReference

_OF_SCHEDULE: Final = replace(SCHEDULE, required=False)


class GetJob(Model):
    """Reads one job: its state, when it ran, and why it ended."""

    id: Text | None = prop("Id of a Job: `jobs/<jobId>`.")
    jobId: JobReference | None = prop("Id of the job in its account, in the place of `id`.")

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        return JOB.rules(value)


class GetJobs(Filtered):
    """Reads all jobs of the account, or those of one job schedule, or those that a filter leaves."""

    id: Text | None = prop("Id of the JobSchedule whose jobs are listed: `jobschedules/<jobScheduleId>`.")
    jobScheduleId: Id | None = prop("Id of the job schedule in its account, in the place of `id`.")

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        return _OF_SCHEDULE.rules(value)


class GetJobTaskCounts(Model):
    """TaskCounts the tasks of a job by their states.

    The service counts late: right after tasks were added or have ended, it may still say what was before.
    """

    id: Text | None = prop("Id of a Job, or of a TaskCollection or a Task in it; all tasks of the job are counted.")
    jobId: JobReference | None = prop("Id of the job in its account, in the place of `id`.")

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        return JOB_OF_TASKS.rules(value)


class JobExecutionInfo(Model):
    """How a job went."""

    startTime: Time | None = prop("When the job was made.")
    endTime: Time | None = prop("When it was completed.")
    poolId: Text | None = prop("Pool whose nodes run its tasks; also one that the service made for it.")
    terminateReason: Text | None = prop(
        "Why it ended: `AllTasksCompleted`, `MaxWallClockTimeExpiry`, `UserTerminate`, or what a client gave."
    )
    schedulingError: FailureInfo | None = prop("Why it cannot run.")


class JobStatus(Working):
    """A job as it is now."""

    id: Text = prop("Id of the resource that is the job: `jobs/<jobId>`.", required=True, in_body=False)
    jobId: Text = prop("Id of the job in its account.", required=True, wire_name="id")
    displayName: Text | None = prop("Name to show.")
    priority: Int32 | None = prop("Priority among jobs: -1000 to 1000.")
    onAllTasksComplete: Text | None = prop("What happens once all its tasks are completed.")
    onTaskFailure: Text | None = prop("What happens when one of its tasks fails.")
    usesTaskDependencies: Bool | None = prop("Whether its tasks may depend on each other.")
    executionInfo: JobExecutionInfo | None = prop("How it went.")


class JobsStatus(Listed):
    """Jobs of the account."""

    jobs: list[JobStatus] = prop(
        "The jobs in the service's order, which has those that are not completed first.", required=True
    )
    jobIds: list[Text] = prop("The `jobId` of each, in the same order.", required=True)


class TaskCounts(Model):
    """Numbers by state."""

    active: Int32 = prop("Waiting for a node, or for tasks that they depend on.", required=True)
    running: Int32 = prop("On a node.", required=True)
    completed: Int32 = prop("Over, in whatever way.", required=True)
    succeeded: Int32 = prop("Of those that are completed: without a failure.", required=True)
    failed: Int32 = prop("Of those that are completed: with one.", required=True)


class JobTaskCounts(Model):
    """The tasks of a job by number."""

    id: Text = prop("Id of the resource that is the job: `jobs/<jobId>`.", required=True, in_body=False)
    jobId: Text = prop("Id of the job, as it was given.", required=True, in_body=False)
    taskCounts: TaskCounts = prop("Tasks of each state.", required=True)
    taskSlotCounts: TaskCounts | None = prop("Slots of nodes that the tasks of each state ask for.")


def get_job(reading: Reading, asked: Mapping[str, Any]) -> Result:
    return _whole(reading.entity(JobStatus, GET_JOB, *JOB.ids(asked)))


def get_jobs(reading: Reading, asked: Mapping[str, Any]) -> Result:
    schedule = _OF_SCHEDULE.ids(asked)
    operation = LIST_JOBS_OF_SCHEDULE if schedule else LIST_JOBS
    found, more = reading.listed(operation, *schedule, asked=asked, select=select(JobStatus))
    jobs = [_whole(reading.shown(JobStatus, job)) for job in found]
    return {"jobs": jobs, "jobIds": [job["jobId"] for job in jobs], "hasMore": more}


def get_job_task_counts(reading: Reading, asked: Mapping[str, Any]) -> Result:
    (job,) = JOB_OF_TASKS.ids(asked)
    counts = reading.shown(JobTaskCounts, reading.object(GET_JOB_TASK_COUNTS, job))
    return {"id": f"jobs/{job}", "jobId": job, **counts}


def _whole(job: Result) -> Result:
    return {"id": f"jobs/{job['jobId']}", **job}

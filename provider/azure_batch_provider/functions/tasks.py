"""getTask, getTasks: how tasks went, and where (Tasks - Get, List)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.batch.operations import GET_TASK, LIST_TASKS
from azure_batch_provider.functions.named import JOB_OF_TASKS, TASK
from azure_batch_provider.functions.reading import Filtered, Listed, Reading, Result
from azure_batch_provider.functions.result import FailureInfo, Working, select
from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.scalars import Id, Int32, Text, Time
from azure_batch_provider.models.task import JobReference


class GetTask(Model):
    """Reads one task: its state, its exit code, why it failed, and on which node it ran."""

    id: Text | None = prop("Id of a Task: `jobs/<jobId>/tasks/<taskId>`.")
    jobId: JobReference | None = prop("Id of the task's job, together with `taskId` in the place of `id`.")
    taskId: Id | None = prop("Id of the task in its job.")

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        return TASK.rules(value)


class GetTasks(Filtered):
    """Reads the tasks of a job, or those that a filter leaves."""

    id: Text | None = prop("Id of a Job, or of a TaskCollection or a Task in it; all tasks of the job are listed.")
    jobId: JobReference | None = prop("Id of the job in its account, in the place of `id`.")

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        return JOB_OF_TASKS.rules(value)


class TaskExecutionInfo(Model):
    """How a task went."""

    startTime: Time | None = prop("When it began to run, the last time that it did.")
    endTime: Time | None = prop("When it was completed.")
    exitCode: Int32 | None = prop("Exit code of its command line; left out where that never ended.")
    result: Text | None = prop("`success` or `failure`, once it is completed.")
    failureInfo: FailureInfo | None = prop("Why it failed.")
    retryCount: Int32 | None = prop("How often it was tried again after a failure.")
    lastRetryTime: Time | None = prop("When it was tried again last.")
    requeueCount: Int32 | None = prop("How often it was put back, because its node went away or was to do without it.")
    lastRequeueTime: Time | None = prop("When it was put back last.")


class TaskNodeInfo(Model):
    """Where a task ran."""

    poolId: Text | None = prop("Pool of the node.")
    nodeId: Text | None = prop("Id of the node in its pool.")
    affinityId: Text | None = prop("What another task gives as its `affinityInfo`, to run on this node if it can.")
    taskRootDirectory: Text | None = prop("Directory of the task on the node.")


class TaskStatus(Working):
    """A task as it is now."""

    id: Text = prop("Id of the resource that is the task: `jobs/<jobId>/tasks/<taskId>`.", required=True, in_body=False)
    jobId: Text = prop("Id of its job, as it was given.", required=True, in_body=False)
    taskId: Text = prop("Id of the task in its job.", required=True, wire_name="id")
    displayName: Text | None = prop("Name to show.")
    requiredSlots: Int32 | None = prop("Slots of a node that it takes.")
    executionInfo: TaskExecutionInfo | None = prop("How it went.")
    nodeInfo: TaskNodeInfo | None = prop("Where it ran, or runs; left out before that.")


class TasksStatus(Listed):
    """Tasks of a job."""

    tasks: list[TaskStatus] = prop("The tasks, in the service's order.", required=True)
    taskIds: list[Text] = prop("The `taskId` of each, in the same order.", required=True)


def get_task(reading: Reading, asked: Mapping[str, Any]) -> Result:
    job, task = TASK.ids(asked)
    return _whole(job, reading.entity(TaskStatus, GET_TASK, job, task))


def get_tasks(reading: Reading, asked: Mapping[str, Any]) -> Result:
    (job,) = JOB_OF_TASKS.ids(asked)
    found, more = reading.listed(LIST_TASKS, job, asked=asked, select=select(TaskStatus))
    tasks = [_whole(job, reading.shown(TaskStatus, task)) for task in found]
    return {"tasks": tasks, "taskIds": [task["taskId"] for task in tasks], "hasMore": more}


def _whole(job: str, task: Result) -> Result:
    return {"id": f"jobs/{job}/tasks/{task['taskId']}", "jobId": job, **task}

"""Task operations, except the collection."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import Any

from batch_emulator.bodies.common import whole_constraints
from batch_emulator.bodies.task import TaskAdd, TaskUpdate
from batch_emulator.operations.entity import FILTERS, PREVIOUS, STATUS, EntityKind, in_execution
from batch_emulator.operations.jobs import JOBS
from batch_emulator.operations.statistics import of_task
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import ServiceError, invalid_property
from batch_emulator.protocol.filters import EQUALITY, Filterable
from batch_emulator.protocol.wire import Answer, Call, created, done
from batch_emulator.simulation import job_states, task_states
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.simulation.report import Report
from batch_emulator.state.entities import Job, Task
from batch_emulator.state.ids import folded

_EXECUTION = (
    "startTime",
    "endTime",
    "exitCode",
    "containerInfo",
    "failureInfo",
    "result",
    "retryCount",
    "lastRetryTime",
    "requeueCount",
    "lastRequeueTime",
)
"""All that there is to say of a task's execution, in the service's order."""


def _rest(task: Task, body: dict[str, Any], context: Context) -> dict[str, Any]:
    filled = context.switches.text("exit-conditions-default") == "filled" and task.state == "active"
    if filled and "exitConditions" in body:
        body["exitConditions"] = {"default": {"jobAction": "none"}, **body["exitConditions"]}
    body["executionInfo"] = {name: task.execution[name] for name in _EXECUTION if name in task.execution}
    if task.node_info is not None:
        body["nodeInfo"] = node_info(task.node_info, context.base)
    return body


def node_info(info: dict[str, Any], base: str) -> dict[str, Any]:
    """With the URLs of the node and of the task's directory there."""
    if "nodeId" not in info:
        return info
    node_url = f"{base}/pools/{info['poolId']}/nodes/{info['nodeId']}"
    shown = {"affinityId": info["affinityId"], "nodeUrl": node_url, **info}
    root = info["taskRootDirectory"].replace("\\", "/")
    return {**shown, "taskRootDirectoryUrl": f"{node_url}/files/{root}"}


TASKS = EntityKind(
    "Task",
    "tasks",
    Task,
    TaskAdd,
    parent=JOBS,
    shown={name: STATUS[name] for name in ("eTag", "creationTime", "lastModified", "state", "stateTransitionTime")}
    | PREVIOUS,
    filters={
        **FILTERS,
        "displayName": Filterable("string", lambda task: task.body.get("displayName"), prefix=True),
        "previousState": Filterable("string", attrgetter("previous_state"), EQUALITY),
        "previousStateTransitionTime": Filterable("time", attrgetter("previous_since")),
        "executionInfo/exitCode": in_execution("exitCode", "number"),
        "executionInfo/retryCount": in_execution("retryCount", "number"),
        "executionInfo/requeueCount": in_execution("requeueCount", "number"),
        "executionInfo/startTime": in_execution("startTime", "time"),
        "executionInfo/endTime": in_execution("endTime", "time"),
        "executionInfo/result": in_execution("result", "string", operators=EQUALITY),
    },
    closed=("completed",),
    rest=_rest,
    added=("executionInfo", "nodeInfo"),
    stats=of_task,
)


def _of_job(account: SimulatedAccount, task: Task, *closed: str) -> Job:
    """The task's job. Raises ServiceError when it is in one of these states."""
    job = account.store.of(Job)[task.parent]
    JOBS.refuse_in(job, *closed)
    return job


_SPECIAL = {
    "jobPreparationTask": "TaskIdSameAsJobPreparationTask",
    "jobReleaseTask": "TaskIdSameAsJobReleaseTask",
}


def accept_task(sent: Any, context: Context) -> dict[str, Any]:
    """The task's body as it is kept, its id included, before its job has had a say."""
    body = TaskAdd.accept(sent, "", context)
    limit = context.switches.integer("resource-files-limit")
    if limit and len(json.dumps(sent.get("resourceFiles") or []).encode()) > limit:
        status = context.switches.integer("request-entity-too-large-status")
        raise ServiceError("RequestEntityTooLarge", [("PropertyName", "resourceFiles")], status=status)
    return body


def fit_task(job: Job, body: dict[str, Any], context: Context) -> dict[str, Any]:
    """An accepted body with what it takes from its job. Raises ServiceError for what the job does not allow."""
    if "dependsOn" in body and not job.body["usesTaskDependencies"]:
        code = context.switches.text("task-dependencies-code")
        raise ServiceError(code, [("PropertyName", "dependsOn")])
    _check_exit_options(job, body, context)
    for name, code in _SPECIAL.items():
        if name in job.body and folded(job.body[name]["id"]) == folded(body["id"]):
            raise ServiceError(code)
    retries = job.body["constraints"]["maxTaskRetryCount"]
    return {**body, "constraints": whole_constraints(body.get("constraints"), retries)}


def _check_exit_options(job: Job, body: dict[str, Any], context: Context) -> None:
    conditions = body.get("exitConditions", {})
    places = [
        (f"exitConditions.{name}[{index}].exitOptions", item["exitOptions"])
        for name in ("exitCodes", "exitCodeRanges")
        for index, item in enumerate(conditions.get(name, ()))
    ]
    places += [
        (f"exitConditions.{name}", conditions[name])
        for name in ("preProcessingError", "fileUploadError", "default")
        if name in conditions
    ]
    for path, options in places:
        if "jobAction" in options and job.body["onTaskFailure"] == "noaction":
            reason = "The job's onTaskFailure is noaction."
            raise invalid_property(f"{path}.jobAction", reason, options["jobAction"])
        refused = context.switches.text("dependency-action") == "refuse" and not job.body["usesTaskDependencies"]
        if "dependencyAction" in options and refused:
            reason = "The job does not use task dependencies."
            raise invalid_property(f"{path}.dependencyAction", reason, options["dependencyAction"])


def place_task(account: SimulatedAccount, job: Job, body: dict[str, Any]) -> Task:
    """Adds a body that fits. Raises ServiceError `TaskExists`."""
    task_id = body["id"]
    TASKS.refuse_existing(account, task_id, job.key)
    kept = {name: value for name, value in body.items() if name != "id"}
    task = Task.new(task_id, kept, account.clock.stamp(), parent=job.key)
    account.store.save(task)
    if account.switches.text("added-tasks") == "succeed":
        account.happened(task, "completed", Report("completed", 0))
    return task


def add(account: SimulatedAccount, call: Call) -> Answer:
    body = accept_task(call.body, call.context)
    job = JOBS.changeable(account, call)
    task = place_task(account, job, fit_task(job, body, call.context))
    job_states.check_all_complete(account, job)
    return created(task, TASKS.url(account, call.base, task))


def update(account: SimulatedAccount, call: Call) -> Answer:
    """Only constraints can change; what is left out goes back to its default."""
    sent = TaskUpdate.accept(call.body, "", call.context)
    task = TASKS.found(account, call)
    job = _of_job(account, task, "deleting")
    TASKS.refuse_in(task, *TASKS.closed)
    retries = job.body["constraints"]["maxTaskRetryCount"]
    task.body = {**task.body, "constraints": whole_constraints(sent.get("constraints"), retries)}
    task.modified = account.clock.stamp()
    account.store.save(task)
    return done(200, task, call.url)


def delete(account: SimulatedAccount, call: Call) -> Answer:
    task = TASKS.found(account, call)
    _of_job(account, task, "deleting")
    task_states.delete(account, task)
    return Answer(200)


def terminate(account: SimulatedAccount, call: Call) -> Answer:
    task = TASKS.found(account, call)
    _of_job(account, task, "deleting")
    TASKS.refuse_in(task, *TASKS.closed)
    task.modified = account.clock.stamp()
    task_states.terminate(account, task)
    return done(204, task, call.url)


def reactivate(account: SimulatedAccount, call: Call) -> Answer:
    task = TASKS.found(account, call)
    _of_job(account, task, *JOBS.closed)
    if task.state != "completed":
        raise ServiceError("TaskNotCompleted")
    if task.execution.get("exitCode") == 0 and task.execution.get("result") == "success":
        raise ServiceError("TaskSucceeded")
    task_states.reactivate(account, task)
    return done(204, task, None)

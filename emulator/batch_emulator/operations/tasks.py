"""Task operations, except the collection."""

from __future__ import annotations

import json
from typing import Any

from batch_emulator.bodies.common import whole_constraints
from batch_emulator.bodies.task import TaskAdd, TaskUpdate
from batch_emulator.operations.jobs import found_job, refuse_in
from batch_emulator.protocol.conditions import check_conditions
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import ServiceError, invalid_property
from batch_emulator.protocol.filters import EQUALITY, Filterable, parse_filter
from batch_emulator.protocol.paging import page
from batch_emulator.protocol.select import Selection
from batch_emulator.protocol.wire import Answer, Call, created, done, one
from batch_emulator.simulation import job_states, task_states
from batch_emulator.simulation.settle import SimulatedAccount
from batch_emulator.state.clock import etag, format_time, parse_time
from batch_emulator.state.entities import Job, Task
from batch_emulator.state.ids import folded

_STATUS_PROPS = (
    "id url eTag lastModified creationTime state stateTransitionTime previousState previousStateTransitionTime"
    " executionInfo nodeInfo stats"
)
_KNOWN = frozenset(_STATUS_PROPS.split()) | frozenset(TaskAdd.by_name)


def _execution(name: str, kind: str, **more: Any) -> Filterable:
    def read(task: Task) -> Any:
        value = task.execution.get(name)
        return parse_time(value) if kind == "time" and value is not None else value

    return Filterable(kind, read, **more)


FILTERS = {
    "id": Filterable("text", lambda task: task.id, prefix=True),
    "displayName": Filterable("text", lambda task: task.body.get("displayName"), prefix=True),
    "state": Filterable("text", lambda task: task.state, EQUALITY),
    "stateTransitionTime": Filterable("time", lambda task: task.state_since),
    "previousState": Filterable("text", lambda task: task.previous_state, EQUALITY),
    "previousStateTransitionTime": Filterable("time", lambda task: task.previous_since),
    "creationTime": Filterable("time", lambda task: task.created),
    "lastModified": Filterable("time", lambda task: task.modified),
    "executionInfo/exitCode": _execution("exitCode", "number"),
    "executionInfo/retryCount": _execution("retryCount", "number"),
    "executionInfo/requeueCount": _execution("requeueCount", "number"),
    "executionInfo/startTime": _execution("startTime", "time"),
    "executionInfo/endTime": _execution("endTime", "time"),
    "executionInfo/result": _execution("result", "text", operators=EQUALITY),
}


def show_task(job: Job, task: Task, base: str, context: Context) -> dict[str, Any]:
    body = TaskAdd.show(task.body, context.version)
    shown: dict[str, Any] = {"id": task.id}
    if "displayName" in body:
        shown["displayName"] = body.pop("displayName")
    shown |= {
        "url": task_url(base, job, task),
        "eTag": etag(task.modified),
        "creationTime": format_time(task.created),
        "lastModified": format_time(task.modified),
        "state": task.state,
        "stateTransitionTime": format_time(task.state_since),
    }
    if task.previous_state is not None and task.previous_since is not None:
        shown["previousState"] = task.previous_state
        shown["previousStateTransitionTime"] = format_time(task.previous_since)
    filled = context.switches.text("exit-conditions-default") == "filled" and task.state == "active"
    if filled and "exitConditions" in body:
        body["exitConditions"] = {"default": {"jobAction": "none"}, **body["exitConditions"]}
    shown |= body
    shown["executionInfo"] = task.execution
    if task.node_info is not None:
        shown["nodeInfo"] = task.node_info
    return shown


def task_url(base: str, job: Job, task: Task) -> str:
    return f"{base}/jobs/{job.id}/tasks/{task.id}"


def _found(account: SimulatedAccount, call: Call) -> tuple[Job, Task]:
    job = found_job(account, call)
    task = account.task(job, call.ids["task"])
    if task is None:
        raise ServiceError("TaskNotFound")
    check_conditions(call.method, call.headers, task.modified)
    return job, task


_SPECIAL = {
    "jobPreparationTask": "TaskIdSameAsJobPreparationTask",
    "jobReleaseTask": "TaskIdSameAsJobReleaseTask",
}


def accept_task(sent: Any, context: Context) -> dict[str, Any]:
    """The task's body as it is kept, its id included, before its job has had a say."""
    body = TaskAdd.accept(sent, "", context)
    limit = context.switches.whole("resource-files-limit")
    if limit and len(json.dumps(sent.get("resourceFiles") or []).encode()) > limit:
        status = context.switches.whole("request-entity-too-large-status")
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
    if account.task(job, task_id) is not None:
        raise ServiceError("TaskExists")
    when = account.clock.stamp()
    kept = {name: value for name, value in body.items() if name != "id"}
    task = Task(task_id, kept, when, when, "active", when, parent=job.key)
    account.store.save(task)
    return task


def refuse_additions(job: Job) -> None:
    refuse_in(job, "deleting", "terminating", "completed")


def add(account: SimulatedAccount, call: Call) -> Answer:
    body = accept_task(call.body, call.context)
    job = found_job(account, call)
    refuse_additions(job)
    task = place_task(account, job, fit_task(job, body, call.context))
    job_states.check_all_complete(account, job)
    return created(task, task_url(call.base, job, task))


def get(account: SimulatedAccount, call: Call) -> Answer:
    selection = Selection(call.query.get("$select"), _KNOWN)
    job, task = _found(account, call)
    return one(call, "tasks", selection.of(show_task(job, task, call.base, call.context)), task)


def list_all(account: SimulatedAccount, call: Call) -> Answer:
    selection = Selection(call.query.get("$select"), _KNOWN)
    keep = parse_filter(call.query.get("$filter", ""), FILTERS)
    job = found_job(account, call)
    account.look_at_tasks(job)

    def show(task: Task) -> dict[str, Any]:
        return selection.of(show_task(job, task, call.base, call.context))

    tasks = account.store.of(Task, job.key)
    return page(call, "tasks", tasks.keys, tasks.__getitem__, keep, show)


def update(account: SimulatedAccount, call: Call) -> Answer:
    """Only constraints can change; what is left out goes back to its default."""
    sent = TaskUpdate.accept(call.body, "", call.context)
    job, task = _found(account, call)
    refuse_in(job, "deleting")
    if task.state == "completed":
        raise ServiceError("TaskCompleted")
    retries = job.body["constraints"]["maxTaskRetryCount"]
    task.body = {**task.body, "constraints": whole_constraints(sent.get("constraints"), retries)}
    task.modified = account.clock.stamp()
    account.store.save(task)
    return done(200, task, call.url)


def delete(account: SimulatedAccount, call: Call) -> Answer:
    """Gone at once, unless a switch lets it stay visible for a while."""
    job, task = _found(account, call)
    refuse_in(job, "deleting")
    if task.pending is None:
        looks = account.switches.whole("task-delete-looks")
        if looks or account.switches.number("task-delete-delay"):
            task.pending = account.transition("gone", "task-delete-delay")
            task.pending.looks = looks
            account.store.save(task)
        else:
            account.store.drop(task)
    job_states.check_all_complete(account, job)
    return Answer(200)


def terminate(account: SimulatedAccount, call: Call) -> Answer:
    job, task = _found(account, call)
    refuse_in(job, "deleting")
    if task.state == "completed":
        raise ServiceError("TaskCompleted")
    task.modified = account.clock.stamp()
    task_states.terminate(account, job, task)
    job_states.check_all_complete(account, job)
    return done(204, task, call.url)


def reactivate(account: SimulatedAccount, call: Call) -> Answer:
    job, task = _found(account, call)
    refuse_in(job, "deleting", "terminating", "completed")
    if task.state != "completed":
        raise ServiceError("TaskNotCompleted")
    if task.execution.get("exitCode") == 0 and task.execution.get("result") == "success":
        raise ServiceError("TaskSucceeded")
    task_states.reactivate(account, job, task)
    job_states.check_all_complete(account, job)
    return done(204, task, None)

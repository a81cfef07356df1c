"""Task - Add Collection: up to a hundred tasks in one call, each with a result of its own."""

from __future__ import annotations

from typing import Any

from batch_emulator.operations.jobs import JOBS
from batch_emulator.operations.tasks import TASKS, accept_task, fit_task, place_task
from batch_emulator.protocol.errors import ServiceError, error_body, invalid_body, invalid_property, missing_property
from batch_emulator.protocol.wire import Answer, Call
from batch_emulator.simulation import job_states
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.clock import etag, format_time
from batch_emulator.state.entities import Job

MOST_TASKS = 100
_STATUS = {
    "pascal": ("Success", "ClientError", "ServerError"),
    "lower": ("success", "clienterror", "servererror"),
}


def _tasks(call: Call) -> list[dict[str, Any]]:
    """Only what keeps a task from being named in the answer fails the whole call."""
    if not isinstance(call.body, dict):
        raise invalid_body("The body must be a JSON object.")
    for name in call.body:
        if name != "value":
            values = [("PropertyName", name[:256]), ("Reason", "The property is not known.")]
            raise ServiceError(call.context.switches.text("unknown-property-code"), values)
    tasks = call.body.get("value")
    if tasks is None:
        raise missing_property("value")
    if not isinstance(tasks, list) or not tasks:
        raise invalid_property("value", "The value must be an array of tasks.")
    if len(tasks) > MOST_TASKS:
        reason = f"The list must have at most {MOST_TASKS} items."
        code = call.context.switches.text("too-many-tasks-code")
        raise ServiceError(code, [("PropertyName", "value"), ("Reason", reason)])
    for index, task in enumerate(tasks):
        if not isinstance(task, dict):
            raise invalid_property(f"value[{index}]", "The value must be an object.")
        if task.get("id") is None:
            raise missing_property(f"value[{index}].id")
        if not isinstance(task["id"], str):
            raise invalid_property(f"value[{index}].id", "The value must be a string.")
    return tasks


def add_collection(account: SimulatedAccount, call: Call) -> Answer:
    tasks = _tasks(call)
    job = JOBS.changeable(account, call)
    place = TASKS.place(account, call.base, job.key)
    results = [_add(account, call, job, place, task) for task in tasks]
    job_states.check_all_complete(account, job)
    return Answer(200, {"odata.metadata": f"{call.base}/$metadata#taskaddresult", "value": results})


def _add(account: SimulatedAccount, call: Call, job: Job, place: str, sent: dict[str, Any]) -> dict[str, Any]:
    success, client_error, server_error = _STATUS[call.context.switches.text("collection-status-case")]
    try:
        fault = call.task_fault(sent["id"])
        if fault is not None:
            raise fault
        task = place_task(account, job, fit_task(job, accept_task(sent, call.context), call.context))
    except ServiceError as error:
        time = format_time(account.clock.now())
        status = server_error if error.status >= 500 or error.status == 429 else client_error
        return {
            "status": status,
            "taskId": sent["id"],
            "error": error_body(error, request_id=call.request_id, time=time),
        }
    return {
        "status": success,
        "taskId": task.id,
        "eTag": etag(task.modified),
        "lastModified": format_time(task.modified),
        "location": f"{place}/{task.id}",
    }

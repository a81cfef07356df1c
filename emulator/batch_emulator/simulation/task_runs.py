"""What a run does to its task. What it does to the task's job stands with the job's states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from batch_emulator.simulation.transitions import GONE
from batch_emulator.state.account import Account
from batch_emulator.state.clock import format_time
from batch_emulator.state.entities import Job, Node, Pool, Task
from batch_emulator.state.files import root_of_task


@dataclass(frozen=True)
class Report:
    """What a node says of a task: the state that it is in now, and how it ended."""

    state: str
    exit_code: int | None = None
    failure: dict[str, Any] | None = None


def _stop(task: Task) -> None:
    """No run is to come to an end for it any more."""
    task.run = None
    if task.pending is not None and task.pending.to != GONE:
        task.pending = None


def terminate(account: Account, task: Task) -> None:
    """Ends it as the service ends a task that its user stopped."""
    when = account.clock.now()
    _stop(task)
    failure = {
        "category": "UserError",
        "code": "TaskEnded",
        "message": "Task Was Ended by User Request",
    }
    task.execution = {**task.execution, "endTime": format_time(when), "failureInfo": failure, "result": "failure"}
    task.node_info = task.node_info or {}
    task.enter("completed", when)
    account.store.save(task)


def requeue(account: Account, task: Task) -> None:
    when = account.clock.now()
    _stop(task)
    count = task.execution["requeueCount"] + 1
    task.execution = {
        "retryCount": task.execution["retryCount"],
        "requeueCount": count,
        "lastRequeueTime": format_time(when),
    }
    task.node_info = None
    task.enter("active", when)
    account.store.save(task)


def reactivate(account: Account, task: Task) -> None:
    """Its retry count starts again, and how it ended is forgotten."""
    task.execution = {"retryCount": 0, "requeueCount": task.execution["requeueCount"]}
    task.node_info = None
    task.enter("active", account.clock.now())
    task.modified = account.clock.stamp()
    account.store.save(task)


def start(account: Account, task: Task, report: Report) -> None:
    job = account.store.of(Job)[task.parent]
    when = account.clock.now()
    _stop(task)
    task.execution = {
        "retryCount": task.execution["retryCount"],
        "requeueCount": task.execution["requeueCount"],
        "startTime": format_time(when),
    }
    task.node_info = {"poolId": job.execution["poolId"]} if "poolId" in job.execution else {}
    task.enter(report.state, when)
    account.store.save(task)


def begin(account: Account, task: Task, pool: Pool, node: Node, run: str) -> None:
    """It has got a node, and runs there. The caller saves it."""
    when = account.clock.now()
    job = account.store.of(Job)[task.parent]
    task.execution = {"startTime": format_time(when), **task.execution}
    task.node_info = {
        "affinityId": f"TVM:{node.id}",
        "poolId": pool.id,
        "nodeId": node.id,
        "taskRootDirectory": root_of_task(job.id, task.id).replace("/", "\\" if pool.windows else "/"),
    }
    task.run = run
    task.enter("running", when)


def is_retried(task: Task, report: Report) -> bool:
    """A command that fails is run again; what fails before it or after it is not."""
    most = task.body["constraints"]["maxTaskRetryCount"]
    failed = bool(report.exit_code) and report.failure is None
    return failed and (most == -1 or task.execution["retryCount"] < most)


def retry(account: Account, task: Task, run: str) -> None:
    """It goes on running where it is. The caller saves it."""
    when = format_time(account.clock.now())
    count = task.execution["retryCount"] + 1
    task.execution = {**task.execution, "startTime": when, "retryCount": count, "lastRetryTime": when}
    task.run = run


def exit_failure(exit_code: int) -> dict[str, Any]:
    """The `failureInfo` of a command that exited with anything but 0."""
    return {
        "category": "UserError",
        "code": "FailureExitCode",
        "message": "The task exited with an exit code representing a failure",
        "details": [{"name": "Message", "value": f"Exit code {exit_code}"}],
    }


def finish(account: Account, task: Task, report: Report) -> None:
    """It ran to its end, with an exit code, or with a failure before or after its command."""
    when = account.clock.now()
    _stop(task)
    exit_code, failure = report.exit_code, report.failure
    execution = {"startTime": format_time(when), **task.execution, "endTime": format_time(when)}
    if exit_code is not None:
        execution["exitCode"] = exit_code
    if exit_code and failure is None:
        failure = exit_failure(exit_code)
    if failure is not None:
        execution["failureInfo"] = failure
    execution["result"] = "success" if exit_code == 0 and failure is None else "failure"
    task.execution = execution
    task.node_info = task.node_info or {}
    task.enter("completed", when)
    account.store.save(task)


def job_action(task: Task) -> str:
    """What its exit conditions say is to be done with the job: without them, a failure terminates it."""
    failed = task.execution["result"] == "failure"
    return str(_exit_options(task).get("jobAction", "terminate" if failed else "none"))


def satisfies_dependents(task: Task) -> bool:
    """Whether tasks that depend on it can run, now that it is completed: without exit conditions, a failure blocks."""
    failed = task.execution.get("result") == "failure"
    return bool(_exit_options(task).get("dependencyAction", "block" if failed else "satisfy") == "satisfy")


def _exit_options(task: Task) -> dict[str, Any]:
    """What its exit conditions say of how it ended.

    An exit code's own options beat all others, those of an upload error included. `default` stands for whatever is not
    listed but exit code 0.
    """
    conditions = task.body.get("exitConditions", {})
    code = task.execution.get("exitCode")
    failed = task.execution.get("result") == "failure"
    options: dict[str, Any] | None = None
    if code is not None:
        options = next((item["exitOptions"] for item in conditions.get("exitCodes", ()) if item["code"] == code), None)
        if options is None:
            ranges = conditions.get("exitCodeRanges", ())
            options = next((item["exitOptions"] for item in ranges if item["start"] <= code <= item["end"]), None)
    if options is None and failed and code in (None, 0):
        options = conditions.get("preProcessingError" if code is None else "fileUploadError")
    if options is None and failed:
        options = conditions.get("default")
    return options or {}

"""What a run does to its task. What it does to the task's job stands with the job's states."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from batch_emulator.protocol.durations import DAY, NO_LIMIT, parse_duration
from batch_emulator.simulation.report import OUT_OF_TIME, Report
from batch_emulator.simulation.transitions import GONE
from batch_emulator.state.account import Account
from batch_emulator.state.clock import format_time, parse_time
from batch_emulator.state.entities import Job, Node, Pool, Task
from batch_emulator.state.files import root_of_task

LIFETIME = 180 * DAY
"""A task has as long to end, and is kept as long after that. The service's reference says that one which has not ended
by then is terminated, and its best practices that tasks are deleted; from when on is not said."""
_ENDED = {"category": "UserError", "code": "TaskEnded", "message": "Task Was Ended by User Request"}


def _stop(task: Task, when: int) -> None:
    """No run is to come to an end for it any more. What it had on further nodes has ended."""
    task.run = None
    if task.subtasks:
        task.subtasks = [_completed(subtask, when) for subtask in task.subtasks]
    if task.pending is not None and task.pending.to != GONE:
        task.pending = None


def terminate(account: Account, task: Task) -> None:
    """Ends it as the service ends a task that its user stopped."""
    when = account.clock.now()
    _stop(task, when)
    task.execution = Report("completed", failure=_ENDED).end(task.execution, format_time(when))
    task.node_info = task.node_info or {}
    task.enter("completed", when)
    account.store.save(task)


def requeue(account: Account, task: Task) -> None:
    when = account.clock.now()
    _stop(task, when)
    task.subtasks = []
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
    task.subtasks = []
    task.node_info = None
    task.enter("active", account.clock.now())
    task.modified = account.clock.stamp()
    account.store.save(task)


def start(account: Account, task: Task, report: Report) -> None:
    job = account.store.of(Job)[task.parent]
    when = account.clock.now()
    _stop(task, when)
    task.execution = {
        "retryCount": task.execution["retryCount"],
        "requeueCount": task.execution["requeueCount"],
        "startTime": format_time(when),
    }
    task.node_info = {"poolId": job.execution["poolId"]} if "poolId" in job.execution else {}
    task.enter(report.state, when)
    account.store.save(task)


def _completed(subtask: dict[str, Any], when: int) -> dict[str, Any]:
    if subtask["state"] == "completed":
        return subtask
    time = format_time(when)
    before = {"previousState": subtask["state"], "previousStateTransitionTime": subtask["stateTransitionTime"]}
    end = {"endTime": time, "state": "completed", "stateTransitionTime": time, "exitCode": 0, "result": "success"}
    return {**subtask, **end, **before}


def _node_info(job: Job, task: Task, pool: Pool, node: Node) -> dict[str, Any]:
    return {
        "affinityId": f"TVM:{node.id}",
        "poolId": pool.id,
        "nodeId": node.id,
        "taskRootDirectory": root_of_task(job.id, task.id).replace("/", "\\" if pool.windows else "/"),
    }


def place(account: Account, task: Task, job: Job, pool: Pool, nodes: Sequence[Node], run: str) -> None:
    """It has got its nodes. The caller saves it."""
    time = format_time(account.clock.now())
    task.run, task.node_info = run, _node_info(job, task, pool, nodes[0])
    task.subtasks = [
        {
            "id": number,
            "state": "preparing",
            "stateTransitionTime": time,
            "nodeInfo": _node_info(job, task, pool, node),
        }
        for number, node in enumerate(nodes[1:], start=1)
    ]


def prepare(account: Account, task: Task) -> None:
    """It waits on its node for the job's preparation task. The caller saves it."""
    if task.state != "preparing":
        task.enter("preparing", account.clock.now())


def run(account: Account, task: Task) -> None:
    """It runs on the node that it has. The caller saves it."""
    when = account.clock.now()
    time = format_time(when)
    task.execution = {"startTime": time} | {
        name: value for name, value in task.execution.items() if name != "startTime"
    }
    task.subtasks = [
        {**subtask, "startTime": time, "state": "running", "stateTransitionTime": time} for subtask in task.subtasks
    ]
    if task.state != "running":
        task.enter("running", when)


def take_back(account: Account, task: Task) -> None:
    """Its node is not fit for it after all."""
    when = account.clock.now()
    _stop(task, when)
    task.subtasks, task.node_info = [], None
    task.execution = {name: value for name, value in task.execution.items() if name != "startTime"}
    task.enter("active", when)
    account.store.save(task)


def end_of_life(task: Task) -> int:
    """When it has had all the time to end, or, of one that has ended, all the time to be looked at."""
    return (task.state_since if task.state == "completed" else task.created) + LIFETIME


@lru_cache
def _ticks(duration: str) -> int:
    return parse_duration(duration)


def deadline(task: Task) -> int | None:
    """When its `maxWallClockTime` is over."""
    limit = task.body["constraints"]["maxWallClockTime"]
    if task.run is None or limit == NO_LIMIT or "startTime" not in task.execution:
        return None
    return parse_time(task.execution["startTime"]) + _ticks(limit)


def retention(task: Task) -> int:
    """For how long its files are kept."""
    return _ticks(task.body["constraints"]["retentionTime"])


def timed_out(pool: Pool) -> Report:
    """How one ends that has run too long: its process was killed, which is no failure that is tried again."""
    failure = {
        **_ENDED,
        "details": [
            {"name": "Message", "value": OUT_OF_TIME},
            {"name": "AdditionalErrorCode", "value": "FailureExitCode"},
        ],
    }
    return Report("completed", -1073741510 if pool.windows else -9, failure)


def retry(account: Account, task: Task, run: str) -> None:
    """It is to run once more where it is. The caller saves it."""
    count, when = task.execution["retryCount"] + 1, format_time(account.clock.now())
    task.execution = {**task.execution, "retryCount": count, "lastRetryTime": when}
    task.run = run


def finish(account: Account, task: Task, report: Report) -> None:
    """It ran to its end, with an exit code, or with a failure before or after its command."""
    when = account.clock.now()
    _stop(task, when)
    task.execution = report.end({"startTime": format_time(when), **task.execution}, format_time(when))
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

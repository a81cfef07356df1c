"""What `$expand=stats` shows: sums over what there is now.

No node measures what a task consumes, so processor time and disk traffic are none, and pools show nothing of it. Counts
are strings, as the service writes 64-bit numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from batch_emulator.protocol.durations import format_duration
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.clock import format_time, parse_time
from batch_emulator.state.entities import Job, Node, Pool, Task

_CORES = re.compile(r"_[a-z]+([0-9]+)")
"""The number in the name of a size: `standard_d2s_v3` has two cores."""


def _times(task: Task, now: int) -> tuple[int, int]:
    """How long it has run, and how long it has waited."""
    execution = task.execution
    begun = parse_time(execution["startTime"]) if "startTime" in execution else None
    ended = parse_time(execution["endTime"]) if "endTime" in execution else now
    ran = ended - begun if begun is not None else 0
    return ran, max((begun if begun is not None else ended) - task.created, 0)


def _consumed(since: int, now: int, ran: int) -> dict[str, Any]:
    return {
        "startTime": format_time(since),
        "lastUpdateTime": format_time(max(now, since)),
        "userCPUTime": "PT0S",
        "kernelCPUTime": "PT0S",
        "wallClockTime": format_duration(ran),
        "readIOps": "0",
        "writeIOps": "0",
        "readIOGiB": 0.0,
        "writeIOGiB": 0.0,
    }


def of_jobs(account: SimulatedAccount, jobs: Iterable[Job], since: int) -> dict[str, Any]:
    now = account.clock.now()
    ran = waited = succeeded = failed = retries = 0
    for job in jobs:
        for task in account.store.of(Task, job.key):
            task_ran, task_waited = _times(task, now)
            ran, waited = ran + task_ran, waited + task_waited
            succeeded += task.execution.get("result") == "success"
            failed += task.execution.get("result") == "failure"
            retries += task.execution["retryCount"]
    return {
        **_consumed(since, now, ran),
        "numSucceededTasks": str(succeeded),
        "numFailedTasks": str(failed),
        "numTaskRetries": str(retries),
        "waitTime": format_duration(waited),
    }


def of_task(account: SimulatedAccount, task: Task) -> dict[str, Any] | None:
    """None of one that has not run."""
    if "startTime" not in task.execution:
        return None
    now = account.clock.now()
    ran, waited = _times(task, now)
    return {**_consumed(parse_time(task.execution["startTime"]), now, ran), "waitTime": format_duration(waited)}


def of_pool(account: SimulatedAccount, pool: Pool) -> dict[str, Any]:
    """The time of the cores of its dedicated nodes, as far as those are still there."""
    now = account.clock.now()
    found = _CORES.search(pool.body["vmSize"])
    nodes = [node for node in account.store.of(Node, pool.key) if node.dedicated]
    lived = sum(max(now - node.created, 0) for node in nodes) * (int(found[1]) if found else 1)
    times = {"startTime": format_time(pool.created), "lastUpdateTime": format_time(max(now, pool.created))}
    return {**times, "usageStats": {**times, "dedicatedCoreTime": format_duration(lived)}}

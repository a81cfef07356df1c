"""What `$expand=stats` shows of jobs: sums over their tasks, as they are now.

No node measures what a task consumes, so processor time and disk traffic are none. Counts are strings, as the service
writes 64-bit numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from batch_emulator.protocol.durations import format_duration
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.clock import format_time, parse_time
from batch_emulator.state.entities import Job, Task


def of_jobs(account: SimulatedAccount, jobs: Iterable[Job], since: int) -> dict[str, Any]:
    now = account.clock.now()
    ran = waited = succeeded = failed = retries = 0
    for job in jobs:
        for task in account.store.of(Task, job.key):
            execution = task.execution
            begun = parse_time(execution["startTime"]) if "startTime" in execution else None
            ended = parse_time(execution["endTime"]) if "endTime" in execution else now
            ran += ended - begun if begun is not None else 0
            waited += max((begun if begun is not None else ended) - task.created, 0)
            succeeded += execution.get("result") == "success"
            failed += execution.get("result") == "failure"
            retries += execution["retryCount"]
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
        "numSucceededTasks": str(succeeded),
        "numFailedTasks": str(failed),
        "numTaskRetries": str(retries),
        "waitTime": format_duration(waited),
    }

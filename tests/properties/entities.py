"""What a resource needs on the server before it can be made, and ids that no example has had before."""

from __future__ import annotations

import itertools
from typing import Any, Final

from azure_batch_provider import registry
from tests.emulator_process import EmulatorProcess

EVERY: Final = tuple(resource.name for resource in registry.RESOURCES.values())
KINDS: Final = tuple(resource.name for resource in registry.RESOURCES.values() if not resource.by_arm)
"""Those that are made with the account's key, as the provider of these tests has it."""
JOB: Final[dict[str, Any]] = {
    "id": "jobId",
    "poolInfo": {"poolId": "poolId"},
    "usesTaskDependencies": True,
    "onTaskFailure": "performexitoptionsjobaction",
    # No task declares this number, so that an inherited value is never taken for a declared one.
    "constraints": {"maxTaskRetryCount": 1234567},
}
POOL: Final[dict[str, Any]] = {
    "vmSize": "standard_d2s_v3",
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    },
}
_numbers = itertools.count(1)


def placed(account: EmulatorProcess, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """The body with an id of its own, and with what it belongs to made."""
    number = next(_numbers)
    if kind == "TaskCollection":
        account.post("/jobs", {**JOB, "id": f"tasks-{number}"})
        return {**body, "jobId": f"tasks-{number}"}
    if kind == "Task":
        return {**body, "jobId": "jobId", "taskId": f"task-{number}"}
    if kind == "Job":
        return {**body, "jobId": f"job-{number}"}
    if kind == "JobSchedule":
        return {**body, "jobScheduleId": f"schedule-{number}"}
    if kind == "Pool":
        return {**body, "poolId": f"pool-{number}"}
    account.post("/pools", {"id": f"pool-{number}", **POOL})
    return {**body, "poolId": f"pool-{number}"}


def removed(account: EmulatorProcess, id: str) -> None:
    """Take away what an example has made, so that an account of thousands stays fast."""
    reply = account.call("DELETE", f"/{id.partition('/collections/')[0]}")
    assert reply.status in (200, 202, 404, 409), reply.body

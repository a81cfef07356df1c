"""A job with many tasks, and clients that work on it from several threads, as the engine makes a provider do."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from azure_batch_provider.batch import operations
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.sign_in.shared_key import SharedKey
from tests.emulator_process import EmulatorProcess
from tests.http.conftest import Connect

AT_A_TIME = 8
"""What the engine does at a time on a machine with two cores."""
JOB = "nightly"
POOL: dict[str, Any] = {
    "id": "render",
    "vmSize": "standard_d2s_v3",
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    },
    "targetDedicatedNodes": 0,
}
Item = TypeVar("Item")
Result = TypeVar("Result")


def fill(emulator: EmulatorProcess, count: int, **task: Any) -> list[str]:
    """Make the job with so many tasks; returns their ids."""
    emulator.post("/pools", POOL)
    emulator.post("/jobs", {"id": JOB, "poolInfo": {"poolId": "render"}, "usesTaskDependencies": True})
    ids = [f"t{number:05}" for number in range(count)]
    for first in range(0, count, 100):
        tasks = [{"commandLine": f"echo {id}", **task, "id": id} for id in ids[first : first + 100]]
        emulator.post(f"/jobs/{JOB}/addtaskcollection", {"value": tasks})
    emulator.clear_requests()
    return ids


def client_of(emulator: EmulatorProcess, connect: Connect, endpoint: str = "", **options: Any) -> BatchClient:
    """A client in real time, of the emulator or of what stands in front of it."""
    real = {"clock": time.monotonic, "sleep": time.sleep, "max_concurrency": 32, "request_timeout": 20, **options}
    return BatchClient(connect(endpoint or emulator.endpoint, SharedKey(emulator.account, emulator.key), **real))


def at_a_time(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(work, items))


def read(client: BatchClient, id: str, deadline: Deadline | None = None) -> dict[str, Any]:
    return client.get(operations.GET_TASK, JOB, id, deadline=deadline)


def delete(client: BatchClient, id: str, deadline: Deadline | None = None, pause: float = 0.2) -> None:
    """Delete a task and wait until it is gone, as a resource does."""
    client.call(operations.DELETE_TASK, JOB, id, deadline=deadline)
    with client.watch_task(JOB, id, deadline=deadline) as look:
        try:
            while look() is not None:
                time.sleep(pause)
        except ServiceError as error:
            if not error.is_not_found:
                raise


def left(emulator: EmulatorProcess) -> list[str]:
    """The ids of the tasks that are there, of a thousand at most."""
    return [task["id"] for task in emulator.get(f"/jobs/{JOB}/tasks")["value"]]


def asked(emulator: EmulatorProcess) -> Counter[str]:
    """How many requests of each kind there were: `list`, or a method on a task."""
    kinds: Counter[str] = Counter()
    for entry in emulator.requests():
        is_list = entry["method"] == "GET" and entry["path"].endswith("/tasks")
        kinds["list" if is_list else entry["method"]] += 1
    return kinds

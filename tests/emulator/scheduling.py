"""An account in which tasks run: what tests of that have in common."""

from __future__ import annotations

from typing import Any

from azure.batch import BatchClient, models

from tests.emulator.parts import pool_options, task_options
from tests.emulator_process import EmulatorProcess


def schedules(emulator: EmulatorProcess) -> EmulatorProcess:
    """Tasks get nodes, and the clock stands."""
    emulator.switch("scheduling", "on")
    emulator.post("/_emulator/clock", {"frozen": True})
    return emulator


def make_pool(client: BatchClient, emulator: EmulatorProcess, nodes: int = 1, slots: int = 1, **more: Any) -> None:
    client.create_pool(pool_options("p1", target_dedicated_nodes=nodes, task_slots_per_node=slots, **more))
    emulator.settle()


def script(emulator: EmulatorProcess, pattern: str = "*", **says: Any) -> None:
    emulator.post("/_emulator/scripts", {"pattern": pattern, **says})


def add(client: BatchClient, *ids: str, job: str = "j1", **more: Any) -> None:
    client.create_task_collection(
        job, models.BatchTaskGroup(task_values=[task_options(task_id, **more) for task_id in ids])
    )


def states(client: BatchClient, job: str = "j1") -> dict[str, str]:
    return {str(task.id): str(task["state"]) for task in client.list_tasks(job)}


def in_state(client: BatchClient, state: str, job: str = "j1") -> list[str]:
    return [task_id for task_id, found in states(client, job).items() if found == state]


def end_of(client: BatchClient, task_id: str, job: str = "j1") -> models.BatchTaskExecutionInfo:
    found = client.get_task(job, task_id).execution_info
    assert found is not None
    return found

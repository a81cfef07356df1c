"""Every property of a task through its whole life on the real engine: each change is a replacement, by its path."""

from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider.models.base import API_2025
from azure_batch_provider.models.task import Task
from tests.e2e.chain import Link, links
from tests.e2e.chain_life import Life
from tests.e2e.conftest import MakeStack
from tests.emulator_process import EmulatorProcess

JOB = {
    "id": "jobId",
    "poolInfo": {"poolId": "poolId"},
    "usesTaskDependencies": True,
    "onTaskFailure": "performexitoptionsjobaction",
}


class Tasks(Life):
    """Tasks of one job; on the server a task can only be changed by adding another one of its id."""

    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        return link.prop.traits.wire

    def change(self, link: Link, body: dict[str, Any]) -> None:
        assert self.emulator.call("DELETE", f"/{link.id}").status == 200
        self.emulator.post("/jobs/jobId/tasks", {"id": link.own["taskId"], **body})

    def server(self, link: Link) -> dict[str, Any]:
        return dict(self.emulator.get(f"/{link.id}"))


def placed(number: int) -> tuple[str, dict[str, Any]]:
    return f"jobs/jobId/tasks/t{number}", {"jobId": "jobId", "taskId": f"t{number}"}


@pytest.fixture
def life(emulator: EmulatorProcess, make_stack: MakeStack) -> Tasks:
    emulator.post("/jobs", JOB)
    return Tasks(make_stack, emulator, "Task", links(Task, API_2025, placed), API_2025)


def test_every_property_of_a_task_is_created_drifts_heals_changes_and_is_imported(life: Tasks) -> None:
    life.lives()

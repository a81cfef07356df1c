"""Every property of a task through its whole life as a dynamic resource, as far as the protocol of those can."""

from __future__ import annotations

from pathlib import Path

from azure_batch_provider.models.base import API_2025
from tests.e2e.chain_kinds import task_links
from tests.e2e.dynamic_life import DynamicTasks, stacks
from tests.emulator_process import EmulatorProcess


def test_every_property_of_a_task_lives_as_a_dynamic_resource(emulator: EmulatorProcess, tmp_path: Path) -> None:
    life = DynamicTasks(stacks(tmp_path), emulator, "Task", task_links(emulator, API_2025), API_2025)
    life.lives()
    life.is_left_alone()

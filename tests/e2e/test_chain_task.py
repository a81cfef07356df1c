"""Every property of a task through its whole life on the real engine: each change is a replacement, by its path."""

from __future__ import annotations

from azure_batch_provider.models.base import API_2025
from tests.e2e.chain_kinds import Tasks, task_links
from tests.e2e.conftest import MakeStack
from tests.emulator_process import EmulatorProcess


def test_every_property_of_a_task_is_created_drifts_heals_changes_and_is_imported(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    life = Tasks(make_stack, emulator, "Task", task_links(emulator, API_2025), API_2025)
    life.lives()
    life.is_left_alone()

"""Every property of every type through its whole life as a dynamic resource, as far as their protocol can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from azure_batch_provider.models.base import API_2024, API_2025
from tests.e2e.chain_kinds import job_links, pool_links, task_links
from tests.e2e.dynamic_life import DeclaredStack, DynamicJobs, DynamicLife, DynamicPools, DynamicTasks
from tests.emulator_process import EmulatorProcess

MakeStack = Callable[..., DeclaredStack]


@pytest.fixture
def make_stack(tmp_path: Path) -> MakeStack:
    def make(
        _program: Mapping[str, Any], *, environment: Mapping[str, str], config: Mapping[str, Any], name: str
    ) -> DeclaredStack:
        plain = {key: setting["value"] for key, setting in config.items()}
        return DeclaredStack(tmp_path / name, "nothing", environment, plain)

    return make


def lives(life: DynamicLife) -> None:
    life.lives()
    life.is_left_alone()


def test_every_property_of_a_task_lives_as_a_dynamic_resource(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    lives(DynamicTasks(make_stack, emulator, "Task", task_links(emulator, API_2025), API_2025))


@pytest.mark.parametrize("version", [API_2025, API_2024])
def test_every_property_of_a_job_lives_as_a_dynamic_resource(
    emulator: EmulatorProcess, make_stack: MakeStack, version: str
) -> None:
    lives(DynamicJobs(make_stack, emulator, "Job", job_links(emulator, version), version))


@pytest.mark.parametrize("version", [API_2025, API_2024])
def test_every_property_of_a_pool_lives_as_a_dynamic_resource(
    emulator: EmulatorProcess, make_stack: MakeStack, version: str
) -> None:
    lives(DynamicPools(make_stack, emulator, "PoolProperties", pool_links(emulator, version), version))

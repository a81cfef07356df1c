"""Every property of a pool through its whole life as a dynamic resource, as far as the protocol of those can."""

from __future__ import annotations

from pathlib import Path

import pytest

from azure_batch_provider.models.base import API_2024, API_2025
from tests.e2e.chain_kinds import pool_links
from tests.e2e.dynamic_life import DynamicPools, stacks
from tests.emulator_process import EmulatorProcess


@pytest.mark.parametrize("version", [API_2025, API_2024])
def test_every_property_of_a_pool_lives_as_a_dynamic_resource(
    emulator: EmulatorProcess, tmp_path: Path, version: str
) -> None:
    life = DynamicPools(stacks(tmp_path), emulator, "PoolProperties", pool_links(emulator, version), version)
    life.lives()
    life.is_left_alone()

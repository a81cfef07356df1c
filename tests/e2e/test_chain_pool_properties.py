"""Every property of a pool's properties through its whole life on the real engine: all of them change in place."""

from __future__ import annotations

import pytest

from azure_batch_provider.models.base import API_2024, API_2025
from tests.e2e.chain_kinds import Pools, pool_links
from tests.e2e.conftest import MakeStack
from tests.emulator_process import EmulatorProcess


@pytest.mark.parametrize("version", [API_2025, API_2024])
def test_every_property_of_a_pool_is_created_drifts_heals_changes_and_is_imported(
    emulator: EmulatorProcess, make_stack: MakeStack, version: str
) -> None:
    life = Pools(make_stack, emulator, "PoolProperties", pool_links(emulator, version), version)
    life.lives()
    life.is_left_alone()

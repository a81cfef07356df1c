"""Every property of every resource through its whole life as a dynamic resource, as far as their protocol can."""

from __future__ import annotations

import pytest

from azure_batch_provider.models.base import API_VERSIONS
from tests.chain.cover import cover
from tests.chain.dynamic_life import DynamicLife
from tests.chain.kinds import DYNAMIC, Schedules, is_nested
from tests.dynamic.engine import DynamicEngine
from tests.emulator_process import EmulatorProcess


@pytest.mark.parametrize("version", API_VERSIONS)
def test_every_property_is_created_drifts_heals_changes_is_adopted_and_left_alone(
    emulator: EmulatorProcess, version: str
) -> None:
    emulator.switch("looks", 0)
    # The values are made up, and this is not about what else Azure has.
    emulator.switch("images", "any")
    emulator.switch("pool-identity", True)
    emulator.switch("added-tasks", "succeed")
    found = {kind: kind(emulator, version).entities() for kind in DYNAMIC}
    # What a schedule nests is a job: of its entities those are enough that show most, beside those of its own.
    nested = [entity for entity in found[Schedules] if is_nested(entity)]
    found[Schedules] = [*(entity for entity in found[Schedules] if entity not in nested), *cover(nested)[:2]]
    entities = [entity for of_kind in found.values() for entity in of_kind]
    account = {"endpoint": emulator.endpoint, "accountName": emulator.account, "accountKey": emulator.key}

    def stack(name: str) -> DynamicEngine:
        return DynamicEngine({**account, "apiVersion": version})

    DynamicLife(stack, emulator, entities).lives()

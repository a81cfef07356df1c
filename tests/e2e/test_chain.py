"""Every property of every resource, of both api-versions, through its whole life on the real engine."""

from __future__ import annotations

from typing import Any

from azure_batch_provider.models.base import API_2024, API_2025
from tests.chain.entities import Entity
from tests.chain.kinds import KINDS
from tests.chain.life import FAST, Life
from tests.e2e.conftest import MakeStack
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess

OLD = {"old": {"type": "pulumi:providers:azure-batch", "properties": {"apiVersion": API_2024}}}


def of_its_version(entity: Entity) -> dict[str, Any]:
    return {"provider": "${old}"} if entity.kind.version == API_2024 else {}


def test_every_property_is_created_drifts_heals_changes_is_imported_and_left_alone(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    emulator.switch("looks", 0)
    # The values are made up, and this is not about what else Azure has.
    emulator.switch("images", "any")
    emulator.switch("pool-identity", True)
    emulator.switch("added-tasks", "succeed")
    emulator.switch("enable-autoscale-interval", 0)
    versions = (API_2025, API_2024)
    entities = [entity for version in versions for kind in KINDS for entity in kind(emulator, version).entities()]

    def stack(name: str) -> Stack:
        return make_stack({}, environment={**emulator.environment(), **FAST}, name=name)

    Life(stack, emulator, entities, OLD, of_its_version).lives()

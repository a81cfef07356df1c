"""Every property of every resource, of both api-versions, through its whole life on the real engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from azure_batch_provider.models.base import API_2024, API_2025
from tests.chain.entities import Entity
from tests.chain.kinds import KINDS
from tests.chain.life import FAST, Life
from tests.chain.packages import Packages
from tests.e2e.package_places import PROVIDER, configured
from tests.e2e.packages import Managed
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess

OLD = {"old": {"type": "pulumi:providers:azure-batch", "properties": {"apiVersion": API_2024}}}


def by_its_provider(entity: Entity) -> dict[str, Any]:
    if isinstance(entity.kind, Packages):
        return {"provider": f"${{{PROVIDER}}}"}
    return {"provider": "${old}"} if entity.kind.version == API_2024 else {}


def test_every_property_is_created_drifts_heals_changes_is_imported_and_left_alone(
    plain_or_managed: tuple[EmulatorProcess, Managed | None], tmp_path: Path
) -> None:
    emulator, managed = plain_or_managed
    emulator.switch("looks", 0)
    # The values are made up, and this is not about what else Azure has.
    emulator.switch("images", "any")
    emulator.switch("package-references", "any")
    emulator.switch("pool-identity", True)
    emulator.switch("added-tasks", "succeed")
    emulator.switch("enable-autoscale-interval", 0)
    versions = (API_2025, API_2024)
    entities = [entity for version in versions for kind in KINDS for entity in kind(emulator, version).entities()]
    environment, around = {**emulator.environment(), **FAST}, dict(OLD)
    if managed is not None:
        entities += Packages(emulator, API_2025, managed).entities()
        environment |= managed.environment
        around[PROVIDER] = configured(managed)

    def stack(name: str) -> Stack:
        return Stack(tmp_path / name, {}, environment)

    Life(stack, emulator, entities, around, by_its_provider).lives()

"""Every property of every resource, of both api-versions, through its whole life on the real engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from azure_batch_provider.models.base import API_2024, API_2025
from tests.chain.cover import cover
from tests.chain.entities import Entity
from tests.chain.kinds import KINDS, is_nested
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


@pytest.fixture
def account(
    plain_or_managed: tuple[EmulatorProcess, Managed | None],
) -> tuple[EmulatorProcess, Managed | None]:
    """In which values may be made up: this is not about what else Azure has."""
    emulator, _ = plain_or_managed
    emulator.switch("looks", 0)
    emulator.switch("images", "any")
    emulator.switch("package-references", "any")
    emulator.switch("pool-identity", True)
    emulator.switch("added-tasks", "succeed")
    emulator.switch("enable-autoscale-interval", 0)
    return plain_or_managed


def test_every_property_is_created_drifts_heals_changes_is_imported_and_left_alone(
    account: tuple[EmulatorProcess, Managed | None], tmp_path: Path
) -> None:
    emulator, managed = account
    found = entities_of(emulator)
    # Schedules nest a job, jobs a pool: every sort of what they nest goes along here, and all of it does below.
    nested = [entity for entity in found if is_nested(entity)]
    entities = [entity for entity in found if entity not in nested] + cover(nested)
    if managed is not None:
        entities += Packages(emulator, API_2025, managed).entities()
    lives(account, tmp_path, entities)


@pytest.mark.long
def test_every_property_of_what_schedules_and_jobs_nest_does_as_well(
    account: tuple[EmulatorProcess, Managed | None], tmp_path: Path
) -> None:
    lives(account, tmp_path, [entity for entity in entities_of(account[0]) if is_nested(entity)])


def entities_of(emulator: EmulatorProcess) -> list[Entity]:
    """Those of both api-versions."""
    versions = (API_2025, API_2024)
    return [entity for version in versions for kind in KINDS for entity in kind(emulator, version).entities()]


def lives(account: tuple[EmulatorProcess, Managed | None], folder: Path, entities: list[Entity]) -> None:
    """Take the entities through their life, on stacks in `folder`."""
    emulator, managed = account
    environment, around = {**emulator.environment(), **FAST}, dict(OLD)
    if managed is not None:
        environment |= managed.environment
        around[PROVIDER] = configured(managed)

    def stack(name: str) -> Stack:
        return Stack(folder / name, {}, environment)

    Life(stack, emulator, entities, around, by_its_provider).lives()

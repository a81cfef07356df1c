"""Every sort of field and every trait as a dynamic resource on the real engine; `tests/dynamic` has every property."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azure_batch_provider.models.base import API_2025
from tests.chain.cover import cover
from tests.chain.dynamic_life import DynamicLife
from tests.chain.kinds import DYNAMIC
from tests.chain.life import FAST
from tests.e2e.dynamic_stack import DynamicStack
from tests.e2e.planted import opened
from tests.emulator_process import EmulatorProcess


class DeclaredStack(DynamicStack):
    """A stack whose program is written as the resources of a YAML program are, and run as Python."""

    def write(self, program: Mapping[str, Any], /) -> None:
        self.program = "declared"
        self.arguments = {"resources": dict(program)}

    def resources(self, *options: str) -> dict[str, dict[str, Any]]:
        """With secrets opened: a list in which one is, is a secret as a whole."""
        return dict(opened(super().resources("--show-secrets", *options)))


def test_every_sort_of_field_and_every_trait_lives_as_a_dynamic_resource(
    emulator: EmulatorProcess, tmp_path: Path
) -> None:
    emulator.switch("looks", 0)
    # The values are made up, and this is not about what else Azure has.
    emulator.switch("images", "any")
    emulator.switch("pool-identity", True)
    emulator.switch("added-tasks", "succeed")
    entities = cover(entity for kind in DYNAMIC for entity in kind(emulator, API_2025).entities())

    def stack(name: str) -> DeclaredStack:
        return DeclaredStack(tmp_path / name, "nothing", {**emulator.environment(), **FAST})

    life = DynamicLife(stack, emulator, entities)
    life.main = stack("main")
    life.is_created()
    life.drifts_and_heals()
    life.is_changed()
    life.is_imported()
    life.is_left_alone()

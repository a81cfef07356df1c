"""Every property alone in the smallest body around it: its change is found, and where it is."""

from __future__ import annotations

from typing import cast

import pytest

from azure_batch_provider import registry
from azure_batch_provider.models.base import API_VERSIONS
from azure_batch_provider.values.paths import spell
from tests.chain.entities import FIRST, REMOVED, SECOND, Entity, bare, empty
from tests.chain.kinds import KINDS, Kind
from tests.chain.links import Form
from tests.chain.packages import Packages
from tests.emulator_process import EmulatorProcess

EVERY: tuple[type[Kind], ...] = (*KINDS, Packages)
CHANGES = ((FIRST, SECOND), (SECOND, FIRST), (SECOND, bare), (SECOND, REMOVED), (REMOVED, bare), (REMOVED, empty))


def kinds() -> list[Kind]:
    """Of each resource in each api-version, without an account."""
    return [kind(cast("EmulatorProcess", None), version) for kind in EVERY for version in API_VERSIONS]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: f"{kind.type}-{kind.version}")
def test_a_change_of_a_property_alone_is_found_where_it_is(kind: Kind) -> None:
    def found(entity: Entity, old: Form, new: Form) -> dict[str, str]:
        changes = kind.compared(kind.checked(entity.declared(old)), kind.checked(entity.declared(new)))
        return {spell(change.path): change.kind for change in changes}

    for link in kind.links():
        alone = Entity(kind, link.name, "", {}, (link,), link.sample.first)
        for old, new in CHANGES:
            expected = {path: word.removesuffix("-replace") for path, word in alone.plan(old, new).items()}
            assert found(alone, old, new) == expected, link.name


def test_every_resource_has_a_life() -> None:
    assert {kind.token() for kind in EVERY} == set(registry.RESOURCES)

"""Every property of a pool's properties through its whole life on the real engine: all of them change in place."""

from __future__ import annotations

from typing import Any, Final

import pytest

from azure_batch_provider.models.base import API_2024, API_2025
from azure_batch_provider.models.pool_properties import PoolProperties
from tests.e2e.chain import Link, links
from tests.e2e.chain_life import Life
from tests.e2e.conftest import POOL, MakeStack
from tests.emulator_process import EmulatorProcess

LISTS: Final = {
    API_2025: ("metadata", "applicationPackageReferences"),
    API_2024: ("metadata", "applicationPackageReferences", "certificateReferences"),
}
"""What a replacement of the properties must hold, by api-version."""


class Pools(Life):
    """A pool for each property."""

    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        return False

    def change(self, link: Link, body: dict[str, Any]) -> None:
        whole = {**{name: [] for name in LISTS[self.version]}, **body}
        self.emulator.post(f"/{link.id}/updateproperties", whole, self.version)

    def besides(self, link: Link) -> dict[str, Any]:
        if link.sample.path[0] == "metadata":
            return {"applicationPackageReferences": [{"applicationId": "besides"}]}
        return {"metadata": [{"name": "besides", "value": "this"}]}

    def server(self, link: Link) -> dict[str, Any]:
        return dict(self.emulator.get(f"/{link.id}", self.version))


def placed(number: int) -> tuple[str, dict[str, Any]]:
    return f"pools/p{number}", {"poolId": f"p{number}"}


@pytest.mark.parametrize("version", [API_2025, API_2024])
def test_every_property_of_a_pool_is_created_drifts_heals_changes_and_is_imported(
    emulator: EmulatorProcess, make_stack: MakeStack, version: str
) -> None:
    of = links(PoolProperties, version, placed, apart_from=API_2025 if version == API_2024 else None)
    for link in of:
        emulator.post("/pools", {**POOL, "id": link.own["poolId"]})
    life = Pools(make_stack, emulator, "PoolProperties", of, version)
    life.lives()
    life.is_left_alone()

"""The life of each property of an application package, which is not sent as it is declared.

What it is of an application is shown there; of its content only the hash is known, and only to who has uploaded it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from azure_batch_provider.archives.packed import digest_of
from azure_batch_provider.models.application_package import ApplicationPackage
from azure_batch_provider.properties.compare import Difference
from tests.chain.entities import Entity
from tests.chain.kinds import Kind
from tests.chain.links import Hidden, Link

if TYPE_CHECKING:
    from tests.e2e.packages import Managed
    from tests.emulator_process import EmulatorProcess

VERSION: Final = "1.0"
OF_APPLICATION: Final = ("displayName", "allowUpdates")


class _Imported(Link):
    """Whatever is imported of a package, the hash of its content is recorded with it."""

    @property
    def is_beyond_import(self) -> bool:
        return True


class _Shown(_Imported):
    """What the application is said to be, in a request of its own."""

    @property
    def in_body(self) -> bool:
        return True


class _Silent(Hidden, _Imported):
    """What the service does not show."""


class _Content(_Silent):
    """Another content is another hash."""

    def expected(self, old: Any, new: Any) -> dict[str, str]:
        return {} if old == new else {"contentHash": "update"}


class Packages(Kind):
    """Packages of applications of their own, each with a version that keeps it where it is."""

    model: ClassVar = ApplicationPackage

    def __init__(self, emulator: EmulatorProcess, version: str, managed: Managed | None = None) -> None:
        super().__init__(emulator, version)
        self._managed = managed

    def links(self) -> list[Link]:
        """Without `contentHash`, which goes with the content."""
        found: list[Link] = []
        for link in super().links():
            top = link.sample.path[0]
            if top != "contentHash":
                kind = _Content if top == "source" else _Shown if top in OF_APPLICATION else _Silent
                found.append(kind(link.sample))
        return found

    def placed(self, entity: Entity, name: str) -> Entity:
        own = {"applicationId": name, "version": VERSION}
        return replace(entity, id=f"applications/{name}/versions/{VERSION}", own=own)

    def replaces(self, link: Link, kind: str, old: Any) -> bool:
        return False

    def alone(self, link: Link) -> Hashable:
        return link.sample.path[0]

    def checked(self, declared: dict[str, Any]) -> dict[str, Any]:
        return {**declared, "contentHash": digest_of(declared["source"])}

    def compared(self, old: dict[str, Any], new: dict[str, Any]) -> list[Difference]:
        return [item for item in super().compared(old, new) if item.path[0] != "source"]

    def spelt(self, declared: dict[str, Any]) -> dict[str, Any]:
        texts = {name: {"fn::stringAsset": asset["text"]} for name, asset in declared["source"]["assets"].items()}
        return {**declared, "source": {"fn::assetArchive": texts}}

    def sent(self, declared: dict[str, Any]) -> dict[str, Any]:
        return {name: declared[name] for name in OF_APPLICATION if name in declared}

    def change(self, entity: Entity, body: dict[str, Any]) -> None:
        assert self._managed is not None
        at = ("emulator", self.emulator.account, entity.own["applicationId"])
        with self._managed.manager() as client:
            client.application.update(*at, {"properties": body})

    def besides(self, entity: Entity) -> dict[str, Any]:
        return {"displayName": "Besides"} if "allowUpdates" in entity.tops else {"allowUpdates": True}

    def server(self, entity: Entity) -> dict[str, Any]:
        assert self._managed is not None
        with self._managed.manager() as client:
            there = client.application.get("emulator", self.emulator.account, entity.own["applicationId"])
        return dict(there.as_dict()["properties"])

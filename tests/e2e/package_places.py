"""Brings an application package into each state of the matrix, for each cell in an application of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tests.e2e.conftest import POOL
from tests.e2e.packages import Managed, package
from tests.e2e.places import FAULTS, FOREVER, LOOKS, OWN
from tests.matrix.states import IMPORTED, Resource

PROVIDER: Final = "entra"
"""The name that programs give the provider that signs in to Azure Resource Manager: an account's key does not."""
VERSION: Final = "1.0"
OURS: Final = {"tool": "ours"}
OF_PACKAGES: Final[dict[str, dict[str, Any]]] = {
    **OWN,
    "imported-displayName": {"displayName": "Tools"},
    "imported-allowUpdates": {"allowUpdates": False},
    "imported-defaultVersion": {"defaultVersion": True},
}
REFUSED: Final[dict[str, dict[str, Any]]] = {
    **FAULTS,
    "refused-403": {**FAULTS["refused-403"], "code": "AuthorizationFailed"},
}


class PackagePlace:
    """The package of one cell, which programs call `name`; `path` is the one that an operation reads."""

    kind: Final[Resource] = "ApplicationPackage"

    def __init__(self, state: str, managed: Managed) -> None:
        self.state = state
        self.name = f"{self.kind}-{state}"
        self.application = f"app-{state}"
        self.pool = f"{self.kind}-pool-{state}"
        self.id = f"applications/{self.application}/versions/{VERSION}"
        self.path = f"{managed.account.account_id}/{self.id}"
        self._managed = managed
        self._at = ("emulator", managed.account.account, self.application)

    @property
    def is_imported(self) -> bool:
        return self.state.startswith(IMPORTED)

    def computed(self, text: str) -> str:
        """A text of the matrix with the ids of this place."""
        account = self._managed.account.account
        return text.format(
            id=self.id,
            path=f"/batchAccounts/{account}/{self.id}",
            application=f"/applications/{self.application}",
            package=f"/{self.id}",
        )

    def owns(self, entry: Mapping[str, Any]) -> bool:
        """Whether a request was about this place."""
        return self.spelt(entry).split("/")[1:3] == ["applications", self.application]

    def spelt(self, entry: Mapping[str, Any]) -> str:
        """The path of a request below the account."""
        _, mark, rest = str(entry["path"]).partition("/applications/")
        return mark + rest

    def program(self) -> dict[str, Any]:
        """What a program declares for it."""
        content = {name: {"fn::stringAsset": text} for name, text in OURS.items()}
        named = {"applicationId": self.application, "version": VERSION}
        own = OF_PACKAGES.get(self.state, {})
        options = {"provider": f"${{{PROVIDER}}}"}
        return {self.name: package({"fn::assetArchive": content}, options=options, **named, **own)}

    def importing(self) -> dict[str, Any]:
        """The same, taken in by the `import` option."""
        program = self.program()
        program[self.name]["options"]["import"] = self.id
        return program

    def make_parents(self) -> None:
        """The application."""
        with self._managed.manager() as client:
            client.application.create(*self._at, {})

    def make(self) -> None:
        """The package as the program declares it, made by another client."""
        self._managed.put(VERSION, OURS, self.application)

    def move(self) -> None:
        """From as declared into the cell's state."""
        account, state = self._managed.account, self.state
        if state in REFUSED:
            for path in (self._application_path, f"{self._application_path}/*"):
                account.fault(path=path, times=FOREVER, **REFUSED[state])
        elif state in ("drifted", "locked"):
            account.advance(60)
            self._managed.put(VERSION, {"tool": "theirs"}, self.application)
            if state == "locked":
                with self._managed.manager() as client:
                    client.application.update(*self._at, {"properties": {"allowUpdates": False}})
        elif state == "pending":
            account.switch("package-put-again", "pending")
            with self._managed.manager() as client:
                client.application_package.create(*self._at, VERSION, {})
            account.switch("package-put-again", "active")
        elif state in ("gone", "parent-gone", "parent-younger"):
            self._remove()
        elif state in ("in-use", "pool-deleting"):
            reference = {"applicationId": self.application, "version": VERSION}
            account.post("/pools", {**POOL, "id": self.pool, "applicationPackageReferences": [reference]})
            if state == "pool-deleting":
                account.switch("polls", LOOKS)
                assert account.call("DELETE", f"/pools/{self.pool}").status == 202
                account.switch("polls", 1)

    @property
    def _application_path(self) -> str:
        return f"{self._managed.account.account_id}/applications/{self.application}"

    def _remove(self) -> None:
        with self._managed.manager() as client:
            client.application_package.delete(*self._at, VERSION)
            if self.state != "gone":
                client.application.delete(*self._at)
            if self.state == "parent-younger":
                client.application.create(*self._at, {})


def configured(managed: Managed | None) -> dict[str, Any]:
    """The provider of packages in a program, for an account; None for the one that the environment says."""
    properties: dict[str, Any] = {"useMsi": True}
    if managed is not None:
        account = managed.account
        properties |= {
            "endpoint": account.endpoint,
            "accountName": account.account,
            "accountResourceId": account.account_id,
            "resourceManagerEndpoint": account.manager,
        }
    return {"type": "pulumi:providers:azure-batch", "properties": properties}

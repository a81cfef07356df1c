"""A place for an application package in an application of its own, whose content other clients upload again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from random import Random
from typing import Any, Final

from azure.core.exceptions import ResourceNotFoundError

from azure_batch_provider.models.application_package import ApplicationPackage
from tests.e2e.package_places import PROVIDER
from tests.e2e.packages import Managed, package
from tests.emulator_process import EmulatorProcess
from tests.generated.samples import archive_of
from tests.soak.slot import Body, Slot, Step

_TEXTS: Final = ("one", "two", "three")
_NAMES: Final = ("Tools", "Toolbox")
_OF_APPLICATION: Final = ("displayName", "allowUpdates")


class PackageSlot(Slot):
    """A version that the program names, so that other content is an update in place, or a new package where the
    application does not let packages be updated."""

    kind = "ApplicationPackage"
    model = ApplicationPackage

    def __init__(self, number: int, random: Random, managed: Managed) -> None:
        super().__init__(number, random, [])
        self._managed = managed
        self._at = ("emulator", managed.account.account, self._application)

    @classmethod
    def of(cls, managed: Managed, count: int, seed: int) -> list[PackageSlot]:
        """With a sequence of their own, which moves nothing in that of the other slots."""
        random = Random(seed)
        return [cls(number, random, managed) for number in range(count)]

    @property
    def _application(self) -> str:
        return f"a{self.number}"

    @property
    def id(self) -> str:
        return f"applications/{self._application}/versions/1.0"

    def placed(self, body: Body) -> Body:
        return {**body, "applicationId": self._application, "version": "1.0", "takeOver": True}

    def fresh(self) -> Body:
        chosen: Body = {
            "displayName": self.random.choice(_NAMES),
            "allowUpdates": self.random.random() < 0.7,
            "defaultVersion": True,
        }
        some = {name: value for name, value in chosen.items() if self.random.random() < 0.7}
        return self.placed({"source": archive_of(self.random.choice(_TEXTS)), **some})

    def program(self) -> dict[str, Any] | None:
        if self.declared is None:
            return None
        own = {name: value for name, value in self.declared.items() if name != "source"}
        texts = {name: {"fn::stringAsset": asset["text"]} for name, asset in self.declared["source"]["assets"].items()}
        return package({"fn::assetArchive": texts}, options={"provider": f"${{{PROVIDER}}}"}, **own)

    def server(self, account: EmulatorProcess) -> Body | None:
        """What is in it, and what its application is; None where there is no such package."""
        with self._managed.manager() as client:
            try:
                found = client.application_package.get(*self._at, "1.0").as_dict()["properties"]
                there = client.application.get(*self._at).as_dict()["properties"]
            except ResourceNotFoundError:
                return None
        if found["state"] != "Active":
            return {**there, "contentHash": "none that is active"}
        content = self._managed.files(f"{self._application}/1.0")
        return {**there, "contentHash": hashlib.sha256(repr(sorted(content.items())).encode()).hexdigest()}

    def disturb(self, account: EmulatorProcess) -> None:
        chance = self.random.random()
        with self._managed.manager() as client:
            there = self.server(account)
            if there is not None and chance < 0.25:
                client.application_package.delete(*self._at, "1.0")
                return
            # One that is locked is as it was then: it is opened, and another round may change it.
            if there is not None and there.get("allowUpdates") is False:
                client.application.update(*self._at, {"properties": {"allowUpdates": True}})
            elif there is None or chance < 0.7:
                client.application.create(*self._at, {"properties": {"allowUpdates": True}})
                self._managed.upload("1.0", {"file": self.random.choice(_TEXTS)}, self._application)
            else:
                client.application.update(*self._at, {"properties": {"displayName": self.random.choice(_NAMES)}})

    def sent(self, entry: Mapping[str, Any]) -> str | None:
        _, _, path = str(entry["path"]).partition("/applications/")
        application, _, rest = path.partition("/")
        if application != self._application:
            return None
        return f"{entry['method']} {'package' if rest else 'application'}"

    def agrees(self, step: Step) -> bool:
        of_package = [what.partition(" ")[0] for what in step.sent if what.endswith(" package")]
        of_application = [what for what in step.sent if what.endswith(" application")]
        uploaded = ["PUT", "POST"]
        if step.operation == "same":
            return list(step.sent) == []
        if step.operation == "create":
            return of_package == uploaded
        if step.operation == "update":
            named = self.named(step)
            may_write = bool(named & {*_OF_APPLICATION, "defaultVersion"})
            content = of_package == (uploaded if "contentHash" in named else [])
            return content and (may_write or not of_application)
        if step.operation == "replace":
            return of_package in (["DELETE", *uploaded], uploaded)
        return step.operation == "delete" and of_package in (["DELETE"], []) and step.after is None

    def taken(self, step: Step) -> set[str]:
        """What the preview of a creation names of the package, and of its application."""
        lines = [
            line for line in step.plan.diagnostics.splitlines() if f"applications/{self._application} exists" in line
        ]
        names = {name for line in lines for name in (*_OF_APPLICATION, "defaultVersion") if f"`{name}` is " in line}
        return {*names, *(("contentHash",) if self.is_taken_over(step) else ())}

"""What a release left behind: a program, the state of its stack, and what it had asked of the service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from tests.e2e.conftest import POOL
from tests.e2e.packages import Managed
from tests.emulator_process import EmulatorProcess
from tests.upgrade import packages

FOLDER: Final = Path(__file__).resolve().parent
ENDPOINT: Final = "http://the-recorded-endpoint.invalid"
"""Stands in a recorded state for the emulator's address. The endpoint came from the environment, so the provider's
state has it; the emulator of another day has another port, and would be another account."""
MANAGER: Final = "https://the-recorded-resource-manager.invalid"
BEFORE: Final[dict[str, Any]] = {
    "startTask": {"commandLine": "/bin/true"},
    "metadata": [{"name": "owner", "value": "ops"}],
    "applicationPackageReferences": [],
}
"""What the pool has before the program takes it over: the state remembers it, since it is to be restored."""

_OF_THE_MACHINE: Final = ("sourcePosition", "stackTrace")
"""What the engine adds about the program's host; it means nothing to a later run."""


def releases() -> list[str]:
    """The releases that there is a recording of, oldest first; some have several, of other programs."""
    return sorted(path.parent.name for path in FOLDER.glob("*/state.json"))


class Recording:
    """The files of one release."""

    def __init__(self, release: str) -> None:
        self._folder = FOLDER / release

    @property
    def has_packages(self) -> bool:
        """Whether it takes an account that makes application packages, and an identity."""
        return any(item["type"].endswith(":ApplicationPackage") for item in self.program["resources"].values())

    @property
    def program(self) -> dict[str, Any]:
        found: dict[str, Any] = self._read("program.json")
        return found

    def state(self, endpoint: str, manager: str = "") -> str:
        """The state, made in the account at this endpoint, and by the resource manager at this one."""
        text = (self._folder / "state.json").read_text()
        return text.replace(ENDPOINT, endpoint).replace(MANAGER, manager)

    def keep(
        self, state: dict[str, Any], endpoint: str, requests: list[dict[str, Any]], managed: Managed | None = None
    ) -> None:
        for resource in state["deployment"]["resources"]:
            for name in _OF_THE_MACHINE:
                resource.pop(name, None)
        text = json.dumps(state, indent=2).replace(endpoint, ENDPOINT)
        if managed is not None:
            text = text.replace(managed.account.manager, MANAGER)
        (self._folder / "state.json").write_text(text + "\n")
        told = [{name: entry[name] for name in ("method", "path", "body")} for entry in requests]
        for request in told:
            if managed is not None and request["path"].endswith("/activate"):
                request["activated"] = packages.activated(managed, request["path"])
        (self._folder / "requests.json").write_text(json.dumps(told, indent=2) + "\n")

    def replay(self, emulator: EmulatorProcess, managed: Managed | None = None) -> None:
        """Bring an empty account to where it was when the release had done its work."""
        make_pool(emulator)
        if managed is not None:
            packages.travels(emulator, packages.BEGIN)
        for request in self._read("requests.json"):
            if managed is not None and "/applications/" in request["path"]:
                packages.asks_again(managed, request)
                continue
            reply = emulator.call(request["method"], request["path"], request["body"])
            assert 200 <= reply.status < 300, reply
        emulator.settle()
        emulator.clear_requests()

    def _read(self, name: str) -> Any:
        return json.loads((self._folder / name).read_text())


def make_pool(emulator: EmulatorProcess) -> None:
    emulator.post("/pools", POOL)
    emulator.post("/pools/poolId/updateproperties", BEFORE)
    emulator.clear_requests()

"""An application package that a reconciler keeps, while other clients upload to it or delete it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from azure_batch_provider.archives.packed import digest_of
from azure_batch_provider.resources.application_package import automatic
from tests.e2e.package_places import PROVIDER, configured
from tests.e2e.packages import Managed, package
from tests.generated.samples import archive_of

EDITION: Final = 7
"""Rounds until there are other files."""


class ReconciledPackage:
    """Called by its content. What each run must send follows from what has happened to it since the run before."""

    def __init__(self, managed: Managed, seed: int, tally: Counter[str]) -> None:
        self._managed = managed
        self._random = Random(seed)
        self._tally = tally
        self._round = 0
        self._last = ""
        self._expected: list[str] = []

    def passes(self) -> None:
        """The time until the next run, in which there may be other files, and other clients are at work."""
        version = automatic(digest_of(self._source()))
        gone = foreign = False
        if self._last and self._random.random() < 0.3:
            foreign = self._random.random() < 0.5
            gone = not foreign
            self._disturb(gone)
        made = [f"PUT {version}", f"POST {version}/activate"]
        if not self._last:
            self._expected = ["PUT ", *made]
        elif version != self._last:
            self._expected = [*made, *([] if gone else [f"DELETE {self._last}"])]
            self._tally["packages replaced for other files"] += 1
        else:
            self._expected = made if gone or foreign else []
            self._tally["packages healed"] += gone or foreign
        self._last = version
        self._round += 1

    def program(self) -> dict[str, Any]:
        """The provider, and the package of this round."""
        ((name, asset),) = self._source(self._round - 1)["assets"].items()
        content = {"fn::assetArchive": {name: {"fn::stringAsset": asset["text"]}}}
        options = {"provider": f"${{{PROVIDER}}}"}
        return {PROVIDER: configured(self._managed), "tools": package(content, options=options)}

    def accounts_for(self, sent: Sequence[dict[str, Any]]) -> None:
        """Raises AssertionError unless a run sent just what it had to."""
        paths = [(entry["method"], entry["path"].partition("/applications/tools")[2]) for entry in sent]
        found = [f"{method} {path.removeprefix('/versions/')}" for method, path in paths]
        assert found == self._expected, f"round {self._round} of the package: sent {found}, expected {self._expected}"

    def _source(self, number: int | None = None) -> dict[str, Any]:
        edition = (self._round if number is None else number) // EDITION
        return archive_of(f"edition {edition}")

    def _disturb(self, deletes: bool) -> None:
        if deletes:
            with self._managed.manager() as client:
                client.application_package.delete("emulator", self._managed.account.account, "tools", self._last)
        else:
            self._managed.upload(self._last, {"file": "of another client"}, "tools")

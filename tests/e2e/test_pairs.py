"""A few of the random pairs of server and program that `make soak` tries by the thousand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.packages import Managed
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess
from tests.soak.pairs import QUICK, SHARE_OF_PACKAGES, Pairs

COUNT = 16


@pytest.mark.parametrize("seed", [1])
def test_what_preview_announces_is_what_up_does_whatever_the_server_has(
    plain_or_managed: tuple[EmulatorProcess, Managed | None], tmp_path: Path, seed: int
) -> None:
    emulator, managed = plain_or_managed
    environment = {**emulator.environment(), **(managed.environment if managed is not None else {}), **QUICK}
    pairs = Pairs(Stack(tmp_path / "stack", {}, environment), emulator, COUNT, seed, managed)
    pairs.run()
    packages = 0 if managed is None else COUNT // SHARE_OF_PACKAGES
    assert pairs.tally["pairs"] == COUNT + packages
    assert pairs.tally["changes of the server that were named"] > 0

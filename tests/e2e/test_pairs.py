"""A few of the random pairs of server and program that `make soak` tries by the thousand."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import MakeStack
from tests.emulator_process import EmulatorProcess
from tests.soak.pairs import QUICK, Pairs

COUNT = 16
ROUNDS = 2


@pytest.mark.parametrize("seed", [1])
def test_what_preview_announces_is_what_up_does_whatever_the_server_has(
    emulator: EmulatorProcess, make_stack: MakeStack, seed: int
) -> None:
    stack = make_stack({}, environment={**emulator.environment(), **QUICK})
    pairs = Pairs(stack, emulator, COUNT, seed)
    for _ in range(ROUNDS):
        pairs.run()
    assert pairs.tally["pairs"] == COUNT * ROUNDS
    assert pairs.tally["changes of the server that were named"] > 0

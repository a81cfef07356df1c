"""A few of the random pairs of server and program that `make soak` tries by the thousand."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, writes
from tests.emulator_process import EmulatorProcess
from tests.soak.pairs import QUICK, Pairs

COUNT = 24
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


def test_preview_refuses_the_change_of_a_job_that_has_ended_as_up_does(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(priority=1)})
    stack.up()
    emulator.post("/jobs/jobId/terminate")
    emulator.settle()
    emulator.clear_requests()
    assert stack.preview().changed == {}
    stack.write({"job": job(priority=2)})
    for operation in (stack.preview, stack.up):
        assert "jobs/jobId is completed: the service changes nothing of it" in operation(expect=None).diagnostics
    stack.write({"job": job(priority=1, onMissing="ignore")})
    for operation in (stack.preview, stack.up):
        assert operation().changed == {"job": "update"}
    assert writes(emulator) == []

"""A few of the reconciles that `make soak` runs by the thousand, over the same 200 days."""

from __future__ import annotations

from tests.e2e.conftest import MakeStack
from tests.emulator_process import EmulatorProcess
from tests.soak.reconciles import Reconciles

ROUNDS = 10


def test_every_declared_task_is_executed_once_however_often_the_program_is_run(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    life = Reconciles(make_stack({}), emulator, ROUNDS, seed=4)
    for _ in range(ROUNDS):
        life.run()
    life.finish()
    assert life.tally["tasks deleted by the janitor"] > 0

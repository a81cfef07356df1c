"""A few of the reconciles that `make soak` runs by the thousand, over the same 200 days."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.e2e.packages import Managed
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess
from tests.soak.reconciles import Reconciles

ROUNDS = 10


def test_every_declared_task_is_executed_once_however_often_the_program_is_run(
    plain_or_managed: tuple[EmulatorProcess, Managed | None], tmp_path: Path
) -> None:
    emulator, managed = plain_or_managed
    environment = {**emulator.environment(), **(managed.environment if managed is not None else {})}
    life = Reconciles(Stack(tmp_path / "stack", {}, environment), emulator, ROUNDS, 4, Counter(), managed)
    for _ in range(ROUNDS):
        life.run()
    life.finish()
    assert life.tally["tasks deleted by the janitor"] > 0
    if managed is not None:
        assert life.tally["packages healed"] > 0
        assert life.tally["packages replaced for other files"] > 0

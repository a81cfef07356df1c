"""The matrix of states, cell by cell: what the engine does, what is sent, what the user reads."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from tests.e2e.benches import Accounts, Bench, Group
from tests.e2e.matrix_checks import holds
from tests.emulator_process import EmulatorProcess
from tests.matrix.table import Case, cases

OTHER = ("--account", "other", "--account-key", base64.b64encode(b"the key of the other account").decode())

# Those that share a run follow one another, so that it is made in one process of tests only.
CASES = sorted(cases(), key=lambda case: str(Group.of(case)))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with EmulatorProcess() as own, EmulatorProcess(*OTHER) as other:
        yield Bench(tmp_path_factory.mktemp("matrix"), Accounts(own, other))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_operation_does_what_the_matrix_says(case: Case, bench: Bench) -> None:
    holds(case, bench.tried(case))

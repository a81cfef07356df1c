"""The matrix of states, the cells that end in an error: what stops the engine, what is sent, what the user reads."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from tests.e2e.benches import Accounts, Alone, is_alone
from tests.e2e.matrix_checks import holds
from tests.emulator_process import EmulatorProcess
from tests.matrix.table import Case, cases

OTHER = ("--account", "other", "--account-key", base64.b64encode(b"the key of the other account").decode())


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    with EmulatorProcess() as own, EmulatorProcess(*OTHER) as other:
        yield Alone(tmp_path_factory.mktemp("alone"), Accounts(own, other))


@pytest.mark.parametrize("case", [case for case in cases() if is_alone(case)], ids=str)
def test_an_operation_that_is_stopped_says_why_and_does_no_more_than_the_matrix_says(case: Case, alone: Alone) -> None:
    holds(case, alone.tried(case))

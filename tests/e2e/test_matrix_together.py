"""The matrix of states, the cells that end well: what the engine does, what is sent, what the user reads."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from tests.e2e.benches import Accounts, Together, is_alone
from tests.e2e.matrix_checks import holds
from tests.emulator_process import EmulatorProcess
from tests.matrix.table import Case, cases

OTHER = ("--account", "other", "--account-key", base64.b64encode(b"the key of the other account").decode())


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Together]:
    with EmulatorProcess() as own, EmulatorProcess(*OTHER) as other:
        yield Together(tmp_path_factory.mktemp("together"), Accounts(own, other))


@pytest.mark.parametrize("case", [case for case in cases() if not is_alone(case)], ids=str)
def test_an_operation_that_ends_well_does_what_the_matrix_says(case: Case, together: Together) -> None:
    holds(case, together.tried(case))

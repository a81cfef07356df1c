"""The matrix of states, cell by cell: what the engine does, what is sent, what the user reads."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from tests.e2e.benches import Accounts, Bench, Group
from tests.e2e.matrix_checks import holds
from tests.e2e.package_places import PackagePlace
from tests.e2e.packages import managed_accounts
from tests.emulator.clients.environments import HAS_NODE, needs_node
from tests.emulator_process import EmulatorProcess
from tests.matrix.table import Case, cases

OTHER = ("--account", "other", "--account-key", base64.b64encode(b"the key of the other account").decode())


def marks(case: Case) -> list[pytest.MarkDecorator]:
    """An `up` that refreshes first is a refresh and an `up`, and those have cells of their own; whether configuration
    or environment names another account is the same to all that comes after."""
    again = case.operation == "up --refresh" or case.state == "another-account-environment"
    return [*([needs_node] if case.resource == PackagePlace.kind else []), *([pytest.mark.long] if again else [])]


# Those that share a run follow one another, so that it is made in one process of tests only.
CASES = [
    pytest.param(case, id=str(case), marks=marks(case))
    for case in sorted(cases(), key=lambda case: str(Group.of(case)))
]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("matrix")
    if HAS_NODE:
        with managed_accounts(folder, (), OTHER) as (own, other):
            yield Bench(folder, Accounts(own.account, other.account, (own, other)))
    else:
        with EmulatorProcess() as own, EmulatorProcess(*OTHER) as other:
            yield Bench(folder, Accounts(own, other))


@pytest.mark.parametrize("case", CASES)
def test_an_operation_does_what_the_matrix_says(case: Case, bench: Bench) -> None:
    holds(case, bench.tried(case))

"""The matrix is whole, and the page shows it."""

from __future__ import annotations

from pathlib import Path

from azure_batch_provider import registry
from tests.matrix.outcomes import DoesNotApply, Outcome
from tests.matrix.states import IMPORTED, OPERATIONS, RESOURCES, STATES
from tests.matrix.table import TABLE, cases, cell

IDS = {"poolId", "jobId", "jobScheduleId", "taskId"}
CONTENT = {"source", "contentHash"}
"""Of a package, what every import records."""
PAGE = Path(__file__).resolve().parents[2] / "docs" / "lifecycle.md"


def test_no_cell_is_empty() -> None:
    assert {resource.name for resource in registry.RESOURCES.values()} == set(RESOURCES)
    for resource in RESOURCES:
        assert set(TABLE[resource]) == {state.key for state in STATES}
        for state in STATES:
            for operation in OPERATIONS:
                found = cell(resource, operation, state.key)
                assert isinstance(found, Outcome) or found.why


def test_every_cell_that_applies_has_a_case_of_its_own_and_no_other_has_one() -> None:
    applies = [
        (resource, operation, state.key)
        for resource in RESOURCES
        for state in STATES
        for operation in OPERATIONS
        if not isinstance(cell(resource, operation, state.key), DoesNotApply)
    ]
    assert [(case.resource, case.operation, case.state) for case in cases()] == applies
    assert len({str(case) for case in cases()}) == len(applies)


def test_everything_that_only_the_provider_knows_has_a_row() -> None:
    models = {name: registry.model(f"azure-batch:index:{name}") for name in RESOURCES}
    own = {name for of in models.values() for name, prop in of.properties().items() if not prop.traits.in_body}
    assert {f"{IMPORTED}{name}" for name in own - IDS - CONTENT} == {
        s.key for s in STATES if s.key.startswith(IMPORTED)
    }
    for resource, of in models.items():
        for state in STATES:
            prop = of.properties().get(state.key.removeprefix(IMPORTED))
            if state.key.startswith(IMPORTED) and prop is not None and not prop.traits.in_body:
                assert isinstance(cell(resource, "import", state.key), Outcome)


def test_an_operation_that_fails_says_why() -> None:
    assert [str(case) for case in cases() if case.outcome.exit and not case.outcome.says] == []


def test_a_refresh_and_what_fails_to_read_change_nothing_at_the_service() -> None:
    assert [str(case) for case in cases() if case.operation == "refresh" and case.outcome.writes] == []
    assert [str(case) for case in cases() if case.outcome.step == "refresh" and case.outcome.writes] == []

"""Compares what an operation did with what the matrix says."""

from __future__ import annotations

from tests.e2e.benches import Tried
from tests.e2e.saying import says
from tests.e2e.stack import Run
from tests.matrix.outcomes import Outcome
from tests.matrix.table import Case


def holds(case: Case, tried: Tried) -> None:
    """Raises: AssertionError, with what the engine said."""
    run, place = tried.run, tried.place
    said = _said_of(run, place.name)
    expected = place.computed(case.outcome.says)
    seen = Outcome(
        run.steps.get(place.name, "none"),
        tuple(tried.writes),
        said if expected not in said or not expected else expected,
        tuple(sorted(run.paths(place.name))),
        run.code,
    )
    stated = Outcome(
        case.outcome.step,
        tuple(place.computed(text) for text in case.outcome.writes),
        expected,
        tuple(sorted(case.outcome.paths)),
        case.outcome.exit,
    )
    assert seen == stated, f"{seen}\n{stated}\n{run.output[-4000:]}"
    says(run)


def _said_of(run: Run, name: str) -> str:
    """What stays on the user's screen about a resource."""
    found = [event["diagnosticEvent"] for event in run.events if "diagnosticEvent" in event]
    lasting = [item for item in found if item["severity"] != "debug" and not item.get("ephemeral")]
    return "".join(item["message"] for item in lasting if item.get("urn", "").rsplit("::", 1)[-1] == name)

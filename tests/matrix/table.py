"""The whole matrix: a cell for every resource, operation and state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.matrix import application_package, job, job_schedule, pool, pool_properties, task, task_collection
from tests.matrix.outcomes import Cell, Outcome, Row, never
from tests.matrix.states import OF_PACKAGES, OPERATIONS, RESOURCES, STATES, Operation, Resource

_NO_PACKAGE: Final = dict.fromkeys(OF_PACKAGES, never("Only an application package has content that is activated."))
TABLE: Final[dict[Resource, dict[str, Row]]] = {
    "Pool": {**pool.ROWS, **_NO_PACKAGE},
    "PoolProperties": {**pool_properties.ROWS, **_NO_PACKAGE},
    "Job": {**job.ROWS, **_NO_PACKAGE},
    "JobSchedule": {**job_schedule.ROWS, **_NO_PACKAGE},
    "Task": {**task.ROWS, **_NO_PACKAGE},
    "TaskCollection": {**task_collection.ROWS, **_NO_PACKAGE},
    "ApplicationPackage": application_package.ROWS,
}


@dataclass(frozen=True)
class Case:
    """A cell that can be tried, and where it is."""

    resource: Resource
    operation: Operation
    state: str
    outcome: Outcome

    def __str__(self) -> str:
        return f"{self.operation.replace(' --', '-')} of {self.resource} {self.state}"


def cell(resource: Resource, operation: Operation, state: str) -> Cell:
    """Raises: KeyError, for a cell that is empty."""
    return TABLE[resource][state][operation]


def cases() -> list[Case]:
    """Every cell that applies, in the order of the page."""
    places = [(r, o, s.key, cell(r, o, s.key)) for r in RESOURCES for s in STATES for o in OPERATIONS]
    return [Case(r, o, s, found) for r, o, s, found in places if isinstance(found, Outcome)]

"""The whole matrix: a cell for every resource, operation and state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.matrix import job, job_schedule, pool, pool_properties, task, task_collection
from tests.matrix.outcomes import Cell, Outcome, Row
from tests.matrix.states import OPERATIONS, RESOURCES, STATES, Operation, Resource

TABLE: Final[dict[Resource, dict[str, Row]]] = {
    "Pool": pool.ROWS,
    "PoolProperties": pool_properties.ROWS,
    "Job": job.ROWS,
    "JobSchedule": job_schedule.ROWS,
    "Task": task.ROWS,
    "TaskCollection": task_collection.ROWS,
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

"""What goes on in a pool that is about to be deleted. Follows the REST pages Nodes - List Nodes, Jobs - List Jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from azure_batch_provider.batch.operations import LIST_JOB_SCHEDULES, LIST_JOBS, LIST_NODES
from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle.context import Call
from azure_batch_provider.models.job_limits import reach
from azure_batch_provider.resources.ids import job_id, job_schedule_id, split_pool_id

if TYPE_CHECKING:
    from azure_batch_provider.batch.client import BatchClient

_NAMED: Final = 5
_OPEN: Final = "state ne 'completed'"


def use_of(call: Call, client: BatchClient, id: str) -> list[str]:
    """What a pool is used for, in words; nothing for one that is not used, or not there.

    Raises:
        RequestError
    """
    pool = split_pool_id(id)
    try:
        nodes = list(client.list_all(LIST_NODES, pool, select="id,runningTasksCount", deadline=call.deadline))
    except ServiceError as error:
        if not error.is_not_found:
            raise
        return []
    jobs = [
        job_id(job["id"])
        for job in client.list_all(
            LIST_JOBS, select="id,state,poolInfo,executionInfo", filter=_OPEN, deadline=call.deadline
        )
        if pool.casefold() in _pools(job, "poolInfo", "executionInfo")
    ]
    schedules = [
        job_schedule_id(schedule["id"])
        for schedule in client.list_all(
            LIST_JOB_SCHEDULES, select="id,state,jobSpecification", filter=_OPEN, deadline=call.deadline
        )
        if pool.casefold() in _pools(schedule.get("jobSpecification"), "poolInfo")
    ]
    running = sum(count for node in nodes if isinstance(count := node.get("runningTasksCount"), int))
    return list(told(running, jobs, schedules))


def _pools(job: Any, *places: str) -> list[str]:
    found = (reach(job, place, "poolId") for place in places)
    return [name.casefold() for name in found if isinstance(name, str)]


def told(running: int, jobs: Sequence[str], schedules: Sequence[str]) -> Iterator[str]:
    """The words for these numbers."""
    if running:
        yield "one task runs in it" if running == 1 else f"{running:,} tasks run in it"
    if jobs:
        yield f"{_named(jobs, 'job')} that {'has' if len(jobs) == 1 else 'have'} not completed {_point(jobs)} at it"
    if schedules:
        yield f"{_named(schedules, 'job schedule')} {_point(schedules)} at it"


def _point(ids: Sequence[str]) -> str:
    return "points" if len(ids) == 1 else "point"


def _named(ids: Sequence[str], noun: str) -> str:
    rest = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return f"{len(ids):,} {noun if len(ids) == 1 else f'{noun}s'} ({', '.join(ids[:_NAMED])}{rest})"

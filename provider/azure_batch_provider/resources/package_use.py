"""What refers to an application package, of all that one list each shows.

Follows the REST pages Pools - List Pools, Jobs - List Jobs and Job Schedules - List Job Schedules. Tasks that were
added to jobs are not looked at: that would take a list for each job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from azure_batch_provider.batch.operations import LIST_JOB_SCHEDULES, LIST_JOBS, LIST_POOLS, Operation
from azure_batch_provider.lifecycle.context import Call
from azure_batch_provider.models.job_limits import reach
from azure_batch_provider.models.scalars import SCALARS
from azure_batch_provider.resources.ids import job_id, job_schedule_id, pool_id

if TYPE_CHECKING:
    from azure_batch_provider.batch.client import BatchClient

_NAMED: Final = 5
_REFERENCES: Final = "applicationPackageReferences"
_AUTO_POOL: Final = ("poolInfo", "autoPoolSpecification", "pool")
_MANAGER: Final = ("jobManagerTask",)
_OPEN: Final = "state ne 'completed'"


@dataclass(frozen=True)
class _Place:
    """Where entities of a list refer to packages.

    Attributes:
        within: what has the references; nothing where the entity itself has them.
        filter: leaves out what puts no package on a node any more.
    """

    operation: Operation
    id: Callable[[Any], str]
    within: tuple[tuple[str, ...], ...]
    filter: str | None = None

    @property
    def select(self) -> str:
        tops = dict.fromkeys(path[0] if path else _REFERENCES for path in self.within)
        return ",".join(("id", "state", *tops))


_PLACES: Final = (
    _Place(LIST_POOLS, pool_id, ((),)),
    _Place(LIST_JOBS, job_id, (_AUTO_POOL, _MANAGER), _OPEN),
    _Place(
        LIST_JOB_SCHEDULES,
        job_schedule_id,
        (("jobSpecification", *_AUTO_POOL), ("jobSpecification", *_MANAGER)),
        _OPEN,
    ),
)


def use_of(call: Call, client: BatchClient, application: str, version: str, *, is_default: bool) -> str:
    """What has it put on nodes, in words; "" where nothing has.

    Args:
        is_default: a reference without a version means this one.

    Raises:
        RequestError
    """

    def means(reference: Mapping[str, Any]) -> bool:
        form = SCALARS["application"].form
        if form(str(reference.get("applicationId"))) != form(application):
            return False
        named = reference.get("version")
        return is_default if named is None else str(named).casefold() == version.casefold()

    return "; ".join(words for place in _PLACES for words in _used(call, client, place, means))


def _used(call: Call, client: BatchClient, place: _Place, means: Callable[[Mapping[str, Any]], bool]) -> Iterator[str]:
    found: dict[tuple[str, ...], list[str]] = {path: [] for path in place.within}
    for entity in client.list_all(place.operation, select=place.select, filter=place.filter, deadline=call.deadline):
        if entity.get("state") == "deleting":
            continue
        for path, ids in found.items():
            if any(means(reference) for reference in reach(entity, *path, _REFERENCES) or ()):
                ids.append(place.id(entity["id"]))
    for path, ids in found.items():
        if ids:
            rest = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
            where = f" in `{'.'.join(path)}`" if path else ""
            yield f"{', '.join(ids[:_NAMED])}{rest} {'refers' if len(ids) == 1 else 'refer'} to it{where}"

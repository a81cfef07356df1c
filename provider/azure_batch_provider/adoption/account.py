"""What there is in an account, and what of it is not taken into a program, with the reason.

Follows the REST pages Pools - List, Jobs - List, Job Schedules - List, Tasks - List.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from azure_batch_provider import registry
from azure_batch_provider.batch.operations import (
    LIST_JOB_SCHEDULES,
    LIST_JOBS,
    LIST_POOLS,
    LIST_TASKS,
    Operation,
)
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.resources.ids import job_id, job_schedule_id, pool_id, task_id

DELETING: Final = "it is being deleted"


@dataclass(frozen=True)
class Found:
    """A resource as an import reads it.

    Attributes:
        kind: the last part of its type's token.
        id: by which it is imported.
        name: what it is called in the account, for the name of the resource: ids without what is the same for all.
        inputs: what a program declares of it.
    """

    kind: str
    id: str
    name: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class LeftOut:
    """What is not taken: the id, and why."""

    id: str
    why: str


@dataclass(frozen=True)
class Selection:
    """What is asked for.

    Attributes:
        patterns: of resource ids, `jobs/nightly*`; none for all. A job that is taken comes with its tasks.
        with_completed: also jobs and job schedules that are completed.
        collection_from: how many tasks of a job become one TaskCollection instead of a Task each.
    """

    patterns: Sequence[str] = ()
    with_completed: bool = False
    collection_from: int = 10

    def has(self, id: str) -> bool:
        """Ids are compared as the service compares them, without case."""
        return not self.patterns or any(fnmatchcase(id.casefold(), text.casefold()) for text in self.patterns)


class Account:
    """Walks an account. `left_out` grows while it is walked."""

    def __init__(self, session: Session, call: Call, selection: Selection) -> None:
        self._session = session
        self._call = call
        self._selection = selection
        self.left_out: list[LeftOut] = []

    def found(self) -> Iterator[Found]:
        """All that is taken, what others refer to first.

        Raises:
            RequestError, Refused
        """
        jobs = list(self._listed(LIST_JOBS, job_id, self._why_no_job))
        automatic = {
            str((job.get("executionInfo") or {}).get("poolId")).casefold(): str(job["id"])
            for job in jobs
            if "autoPoolSpecification" in (job.get("poolInfo") or {})
        }
        for pool in self._listed(LIST_POOLS, pool_id, lambda pool: _why_no_pool(pool, automatic)):
            for found in self._read("PoolProperties", pool_id(pool["id"]), str(pool["id"])):
                if found.inputs.keys() <= {"poolId"}:
                    self.left_out.append(LeftOut(found.id, "it has no start task, metadata or application package"))
                else:
                    yield found
        for schedule in self._listed(LIST_JOB_SCHEDULES, job_schedule_id, self._why_not):
            yield from self._read("JobSchedule", job_schedule_id(schedule["id"]), str(schedule["id"]))
        for job in jobs:
            yield from self._read("Job", job_id(job["id"]), str(job["id"]))
            yield from self._tasks(job)

    def _listed(
        self,
        operation: Operation,
        resource_id: Callable[[Any], str],
        why_not: Callable[[Mapping[str, Any]], str | None],
    ) -> Iterator[dict[str, Any]]:
        for entity in self._session.client.list_all(operation, deadline=self._call.deadline):
            id = resource_id(entity["id"])
            if not self._selection.has(id):
                continue
            why = why_not(entity)
            if why is None:
                yield entity
            else:
                self.left_out.append(LeftOut(id, why))

    def _why_not(self, entity: Mapping[str, Any]) -> str | None:
        if entity.get("state") == "deleting":
            return DELETING
        if entity.get("state") in ("completed", "terminating") and not self._selection.with_completed:
            return f"it is {entity['state']}"
        return None

    def _why_no_job(self, job: Mapping[str, Any]) -> str | None:
        schedule, by_schedule, _ = str(job["id"]).partition(":")
        return f"{job_schedule_id(schedule)} has made it" if by_schedule else self._why_not(job)

    def _tasks(self, job: Mapping[str, Any]) -> Iterator[Found]:
        name = str(job["id"])
        listed = self._session.client.list_all(LIST_TASKS, name, select="id", deadline=self._call.deadline)
        ids = [str(task["id"]) for task in listed]
        if not ids:
            return
        if job.get("jobManagerTask"):
            self.left_out.append(LeftOut(f"{job_id(name)}/tasks", f"its {len(ids):,} tasks are its job manager's"))
        elif len(ids) >= self._selection.collection_from:
            yield from self._read("TaskCollection", f"{job_id(name)}/tasks", f"{name}-tasks")
        else:
            for id in ids:
                yield from self._read("Task", task_id(name, id), f"{name}-{id}")

    def _read(self, kind: str, id: str, name: str) -> Iterator[Found]:
        token = f"{registry.PACKAGE}:index:{kind}"
        self._call.status(f"reading {id}")
        state = registry.lifecycle(token, self._session, self._call).read(State(id, {}, {}, {}))
        if state is None:
            self.left_out.append(LeftOut(id, "it is gone by now"))
            return
        yield Found(kind, id, name, state.inputs)


def _why_no_pool(pool: Mapping[str, Any], automatic: Mapping[str, str]) -> str | None:
    if pool.get("state") == "deleting":
        return DELETING
    job = automatic.get(str(pool["id"]).casefold())
    return None if job is None else f"it is made for {job_id(job)}, by its `autoPoolSpecification`"

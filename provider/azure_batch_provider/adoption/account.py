"""What there is in an account, and what of it is not taken into a program, with the reason.

Follows the REST pages Pools - List, Jobs - List, Job Schedules - List, Tasks - List.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from azure_batch_provider import registry
from azure_batch_provider.adoption.selection import Selection
from azure_batch_provider.adoption.unseen import implied, is_write_only
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
from azure_batch_provider.resources.pool import has_identity
from azure_batch_provider.validation.check import check
from azure_batch_provider.values.paths import Path, spell

DELETING: Final = "it is being deleted"


@dataclass(frozen=True)
class Found:
    """A resource as an import reads it.

    Attributes:
        kind: the last part of its type's token.
        id: by which it is imported.
        name: what it is called in the account, for the name of the resource: ids without what is the same for all.
        inputs: what a program declares of it, as far as the service shows it.
        unseen: where it has to declare more, which the service never returns.
    """

    kind: str
    id: str
    name: str
    inputs: Mapping[str, Any]
    unseen: Sequence[Path] = ()


@dataclass(frozen=True)
class LeftOut:
    """What is not taken: the id, and why."""

    id: str
    why: str


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
        jobs = list(self._listed(LIST_JOBS))
        yield from self._pools(_automatic_pools(jobs))
        for schedule in self._taken(self._listed(LIST_JOB_SCHEDULES), job_schedule_id, self._why_not):
            yield from self._read("JobSchedule", job_schedule_id(schedule["id"]), str(schedule["id"]))
        for job in self._taken(jobs, job_id, self._why_no_job, self._selection.reaches_into):
            if self._selection.has(job_id(job["id"])):
                yield from self._read("Job", job_id(job["id"]), str(job["id"]))
            yield from self._tasks(job)

    def _listed(self, operation: Operation) -> Iterator[dict[str, Any]]:
        return self._session.client.list_all(operation, deadline=self._call.deadline)

    def _taken(
        self,
        entities: Iterable[dict[str, Any]],
        resource_id: Callable[[Any], str],
        why_not: Callable[[Mapping[str, Any]], str | None],
        wanted: Callable[[str], bool] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Those of a list that are wanted, and that nothing is against."""
        for entity in entities:
            id = resource_id(entity["id"])
            if not (wanted or self._selection.has)(id):
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

    def _pools(self, automatic: Mapping[str, str]) -> Iterator[Found]:
        for pool in self._taken(self._listed(LIST_POOLS), pool_id, lambda pool: _why_no_pool(pool, automatic)):
            whole = self._whole_pool(pool) if self._selection.whole_pools else None
            if whole is not None:
                yield whole
                continue
            for found in self._read("PoolProperties", pool_id(pool["id"]), str(pool["id"])):
                if found.inputs.keys() <= {"poolId"}:
                    self.left_out.append(LeftOut(found.id, "it has no start task, metadata or application package"))
                else:
                    yield found

    def _whole_pool(self, pool: Mapping[str, Any]) -> Found | None:
        """A pool as a Pool, None where it cannot be one."""
        id = pool_id(pool["id"])
        if has_identity(pool):
            found: Found | LeftOut = LeftOut(
                id, "it has a managed identity, which only Azure Resource Manager can give"
            )
        else:
            found = self._one("Pool", id, str(pool["id"]))
        if isinstance(found, Found):
            return found
        self.left_out.append(LeftOut(f"{id} as a Pool (as PoolProperties it is taken)", found.why))
        return None

    def _tasks(self, job: Mapping[str, Any]) -> Iterator[Found]:
        name = str(job["id"])
        listed = self._session.client.list_all(LIST_TASKS, name, select="id", deadline=self._call.deadline)
        all_ids = [str(task["id"]) for task in listed]
        ids = [id for id in all_ids if self._selection.has(task_id(name, id), within=job_id(name))]
        if not ids:
            return
        if job.get("jobManagerTask"):
            self.left_out.append(LeftOut(f"{job_id(name)}/tasks", f"they are its job manager's: {len(ids):,}"))
        elif len(ids) >= self._selection.collection_from and ids == all_ids:
            yield from self._read("TaskCollection", f"{job_id(name)}/tasks", f"{name}-tasks")
        else:
            for id in ids:
                yield from self._read("Task", task_id(name, id), f"{name}-{id}")

    def _read(self, kind: str, id: str, name: str) -> Iterator[Found]:
        found = self._one(kind, id, name)
        if isinstance(found, Found):
            yield found
        else:
            self.left_out.append(found)

    def _one(self, kind: str, id: str, name: str) -> Found | LeftOut:
        token = f"{registry.PACKAGE}:index:{kind}"
        self._call.status(f"reading {id}")
        state = registry.lifecycle(token, self._session, self._call).read(State(id, {}, {}, {}))
        if state is None:
            return LeftOut(id, "it is gone by now")
        model, configuration = registry.model(token), self._session.configuration
        by_key = configuration.account_key is not None
        missing: list[Path] = []
        for violation in check(model, state.inputs, configuration.api_version, by_key=by_key).violations:
            if not is_write_only(model, violation.path):
                return LeftOut(id, f"the provider refuses it: `{spell(violation.path)}` {violation.reason}")
            missing.append(violation.path)
        return Found(kind, id, name, state.inputs, (*missing, *implied(model, state.inputs)))


def _automatic_pools(jobs: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """By id in lower case, the pools that the service has made for a job, each with that job's id."""
    return {
        str((job.get("executionInfo") or {}).get("poolId")).casefold(): str(job["id"])
        for job in jobs
        if "autoPoolSpecification" in (job.get("poolInfo") or {})
    }


def _why_no_pool(pool: Mapping[str, Any], automatic: Mapping[str, str]) -> str | None:
    if pool.get("state") == "deleting":
        return DELETING
    job = automatic.get(str(pool["id"]).casefold())
    return None if job is None else f"it is made for {job_id(job)}, by its `autoPoolSpecification`"

"""How far the tasks that are waited for have come, and whether one of them can never complete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.batch.operations import GET_JOB, GET_POOL
from azure_batch_provider.http.errors import Cancelled, RequestError, ServiceError, TimedOut
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.resources.completion_failure import NAMED
from azure_batch_provider.resources.completion_obstacles import Dependencies, of_job, of_pool, of_task, pool_of
from azure_batch_provider.resources.completion_watch import Look, Watch
from azure_batch_provider.resources.ids import job_id, pool_id, task_id

_SOONEST: Final = 1.0
_LATEST: Final = 30.0
"""Seconds between two looks for what keeps tasks from ever completing."""


class NeverCompletes(Exception):
    """Tasks can never complete, for these reasons: whole sentences."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


class Progress:
    """What one wait has seen so far. Every look raises RequestError."""

    def __init__(self, session: Session, call: Call, job: str, tasks: Watch) -> None:
        self._client = session.client
        self._call = call
        self._job = job
        self._tasks = tasks
        self._last = Look(None, {}, 0)
        self._pause = _SOONEST
        self._due = call.deadline.now()

    def look(self) -> bool | None:
        """True when all tasks have completed, None while they have not.

        Raises:
            NeverCompletes
        """
        before, self._last = self._last, self._tasks.look()
        if self._last.left == 0:
            return True
        now = self._call.deadline.now()
        if self._last.active and (now >= self._due or self._last.failed > before.failed):
            self._pause = min(2 * self._pause, _LATEST)
            self._due = now + self._pause
            found = self._obstacles(self._last)
            # What was seen of the tasks may be older than what was seen of job and pool.
            still = self._confirmed(found) if found else {}
            if still:
                raise NeverCompletes(list(sentences(self._job, still)))
        return None

    def _confirmed(self, found: Mapping[str, str]) -> dict[str, str]:
        self._last = self._tasks.look()
        return {id: why for id, why in found.items() if id.casefold() in self._last.active}

    def _obstacles(self, look: Look) -> dict[str, str]:
        """Task ids and why they never complete: of active tasks, as far as they were seen."""
        try:
            job = self._client.get(GET_JOB, self._job, deadline=self._call.deadline)
            why = of_job(job) or self._of_pool(job)
            ids = [str(look.unfinished[key]["id"]) for key in sorted(look.active)]
            if isinstance(why, str):
                return dict.fromkeys(ids, why)
            waiting = list(self._tasks.waiting())
            waits = job.get("usesTaskDependencies") is True and any(task.get("dependsOn") for task in waiting)
            failed = list(self._tasks.failures_in_job()) if waits else []
            dependencies = Dependencies(failed, self._tasks.waiting_in_job() if failed else ())
            found = ((str(task["id"]), of_task(task, why) or dependencies.of(task)) for task in waiting)
            return {id: cause for id, cause in found if cause is not None}
        except (Cancelled, TimedOut):
            raise
        except RequestError as error:
            self._call.debug(f"what keeps tasks of {job_id(self._job)} from completing is not known: {error}")
            return {}

    def _of_pool(self, job: Mapping[str, Any]) -> str | dict[str, Any]:
        """Why the job's pool never runs a task, or else the pool; nothing of it when the job has none."""
        id = pool_of(job)
        if id is None:
            return {}
        try:
            pool = self._client.get(GET_POOL, id, deadline=self._call.deadline)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            return f"{pool_id(id)} does not exist"
        return of_pool(pool) or pool

    def status(self) -> str:
        """For the user, while it is waited."""
        return f"waiting: {self._counted()}"

    def left(self, when: str) -> str:
        """Which tasks had not completed by then, and in which states they were: a sentence without its period."""
        ids, last = self._tasks.ids, self._last
        states = Counter(str(task.get("state")) for task in last.unfinished.values())
        shown = ", ".join(f"{count:,} {state}" for state, count in states.most_common())
        if len(ids) == 1:
            (id,) = ids.values()
            state = next(iter(states), None)
            return f"{task_id(self._job, id)} had not completed {when}{f' (it was {state})' if state else ''}"
        count = f"{last.left:,}" if last.left is not None else f"At least {max(1, len(last.unfinished)):,}"
        who = f"{count} of {len(ids):,} tasks of {job_id(self._job)}"
        return f"{who} had not completed {when}{f' ({shown})' if shown else ''}"

    def _counted(self) -> str:
        ids, last = self._tasks.ids, self._last
        if len(ids) == 1:
            (id,) = ids.values()
            state = next((str(task.get("state")) for task in last.unfinished.values()), "not seen yet")
            return f"{task_id(self._job, id)} is {state}"
        failed = f", {last.failed:,} failed" if last.failed else ""
        if last.left is not None:
            return f"{len(ids) - last.left:,} of {len(ids):,} completed{failed}"
        known = self._hinted()
        if known is not None:
            return known
        return f"at least {max(1, len(last.unfinished)):,} of {len(ids):,} not completed{failed}"

    def _hinted(self) -> str | None:
        """By the job's own counts, which lag behind, if it has no other tasks."""
        try:
            counts = self._client.task_counts(self._job, deadline=self._call.deadline)
        except RequestError:
            return None
        total = sum(counts.get(name, 0) for name in ("active", "running", "completed"))
        if total != len(self._tasks.ids):
            return None
        failed = f", {counts['failed']:,} failed" if counts.get("failed") else ""
        return f"{counts.get('completed', 0):,} of {total:,} completed{failed}"


def sentences(job: str, found: Mapping[str, str]) -> Iterator[str]:
    """Tasks by id and why they can never complete, as few sentences."""
    by_reason: dict[str, list[str]] = {}
    for id, why in found.items():
        by_reason.setdefault(why, []).append(id)
    for why, ids in list(by_reason.items())[:NAMED]:
        if len(ids) == 1:
            yield f"{task_id(job, ids[0])} can never complete: {why}."
        else:
            named = ", ".join(ids[:NAMED]) + (f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else "")
            yield f"{len(ids):,} tasks of {job_id(job)} can never complete: {why}. They are {named}."
    if len(by_reason) > NAMED:
        rest = sum(len(ids) for ids in list(by_reason.values())[NAMED:])
        yield f"{rest:,} more tasks of {job_id(job)} can never complete, for other reasons like these."

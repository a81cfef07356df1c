"""What a collection is going to run into, said before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.properties.task_set import TaskSet
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.collection_changes import Changes
from azure_batch_provider.resources.collection_work import BODY, OLD_RESULT, difference, has_completed
from azure_batch_provider.resources.completion import Completion
from azure_batch_provider.resources.ids import job_id, split_collection_id
from azure_batch_provider.resources.task_absence import NAMED, named
from azure_batch_provider.resources.task_job import ENDED, IN_VAIN, ends_in_vain, job_of, must_fit
from azure_batch_provider.values.unknown import UNKNOWN


class CollectionForecast:
    """What one call knows of the tasks that are to be added, and of the job they go to."""

    def __init__(self, session: Session, call: Call) -> None:
        self._session = session
        self._call = call

    def of_completion(self, job: str, inputs: Mapping[str, Any], tasks: TaskSet) -> None:
        """Say what would keep the tasks from ever completing, if that is waited for."""
        if inputs.get("awaitCompletion") is not None:
            Completion(self._session, self._call, job).foresee(tasks.known())

    def must_not_differ(
        self, job: str, tasks: TaskSet, ids: Sequence[str], *, awaited: bool, ours: Set[str] = frozenset()
    ) -> None:
        """Say which of the tasks that are to be added are there already.

        Args:
            awaited: one that has completed will not do, unless an earlier attempt may have added it (`ours`).

        Raises:
            Refused: one of them is not what is declared.
            RequestError
        """
        if not ids:
            return
        there: list[str] = []
        differing: list[str] = []
        for server in self._session.client.read_tasks(job, ids, select=BODY, deadline=self._call.deadline):
            body = tasks.body(server["id"])
            different = None if body is UNKNOWN else difference(body, server)
            if different is None and awaited and has_completed(server) and server["id"] not in ours:
                different = f"it {OLD_RESULT}"
            if different is None:
                there.append(server["id"])
            else:
                differing.append(f"{server['id']}: {different}")
        if differing:
            raise refusals.TASKS_EXIST_AND_DIFFER(
                count=f"{len(differing):,}", job=job_id(job), tasks="; ".join(differing[:NAMED])
            )
        if there:
            self._call.info(f"{len(there):,} tasks of {job_id(job)} exist already and will be adopted: {named(there)}.")

    def must_fit(self, job: str, tasks: TaskSet, due: Changes) -> None:
        if not due.brings:
            return
        there = job_of(self._session, self._call, job)
        if there.get("state") in ENDED:
            raise refusals.JOB_ENDED_FOR_COLLECTION(job=job_id(job), state=there["state"], counted=due.counted())
        ending: list[str] = []
        for id in (*due.added, *due.again):
            body = tasks.body(id)
            if body is not UNKNOWN and ("dependsOn" in body or "exitConditions" in body):
                must_fit({**body, "jobId": job}, there)
                if any(ends_in_vain(body, there)):
                    ending.append(id)
        if ending:
            self._call.warn(f"Exit conditions of {named(ending)}: {IN_VAIN}")

    def say(self, id: str, due: Changes) -> None:
        """How many tasks an operation changes, and who does not wait for those that are added again."""
        what = id or f"the collection {self._call.name}"
        if due:
            self._call.info(f"{what} {due.counted()}")
        if due.dependents:
            self._call.warn(
                f"{what}: these tasks depend on tasks that are added again, and are not: {named(due.dependents)}. "
                "With `rerunDependents: true` they are."
            )
        if due.unheld:
            self._call.warn(
                f"{what}: the service remembers the id of a task that has completed, so these tasks may start before "
                f"those that are added again have run: {named(due.unheld)}."
            )
        others = self._session.dependents.again_all(split_collection_id(id), due.again) if id and due.again else []
        if others:
            self._call.warn(
                f"{what}: the service remembers the id of a task that has completed, so these tasks of other resources "
                f"do not wait for those that are added again: {named(others)}."
            )

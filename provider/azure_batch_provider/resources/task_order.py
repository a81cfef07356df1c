"""What a user is told of tasks that wait for others: one that is added again under its id is not waited for."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from azure_batch_provider.batch.operations import LIST_TASKS
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.resources.ids import job_id, task_id
from azure_batch_provider.resources.task_absence import named
from azure_batch_provider.resources.task_job import job_of

_LISTED: Final = 1000
"""Tasks in a page of a list."""


class TaskOrder:
    """Tells `Session.dependents` what one call comes to know, and the user what follows from it."""

    def __init__(self, session: Session, call: Call) -> None:
        self._session = session
        self._dependents = session.dependents
        self._call = call

    def was_there(self, job: str, task: str, server: Mapping[str, Any]) -> None:
        """The service has shown a task."""
        self._dependents.was_there(job, task)
        self._note(job, server)

    def planned(self, job: str, task: str, new: Mapping[str, Any]) -> None:
        """A task of the state is planned with."""
        self._dependents.was_there(job, task)
        if not self._dependents.has_ended(job, task):
            self._warn_of_order(new)

    def warn_of_dependents(self, id: str, inputs: Mapping[str, Any]) -> None:
        """Of a task that is added, say who does not wait for it if its id was there before in the same job."""
        self._warn_of_order(inputs)
        job, task = str(inputs["jobId"]), str(inputs.get("taskId"))
        if not id or self._session.ledger.is_created(job_id(job)) or not self._dependents.is_known(job, task):
            return
        if self._call.preview and self._uses_dependencies(job) and not self._dependents.is_listed(job):
            tasks = self._session.client.list_all(
                LIST_TASKS, job, select="id,state,dependsOn", deadline=self._call.deadline
            )
            for server in islice(tasks, _LISTED):  # what others have added, as far as one request shows it
                self._note(job, server)
        found = self._dependents.again(job, task)
        if found:
            self._call.warn(_out_of_order(id, named([task_id(job, name) for name in found])))

    def _uses_dependencies(self, job: str) -> bool:
        return bool(job_of(self._session, self._call, job).get("usesTaskDependencies"))

    def _note(self, job: str, server: Mapping[str, Any]) -> None:
        """What a task on the server waits for, unless it has ended."""
        if server.get("state") == "completed":
            self._dependents.ended(job, str(server.get("id")))
        else:
            self._dependents.waits(job, str(server.get("id")), server.get("dependsOn"))

    def _warn_of_order(self, inputs: Mapping[str, Any]) -> None:
        """Say that a task does not wait for one that is added again."""
        job, task = inputs.get("jobId"), inputs.get("taskId")
        if isinstance(job, str) and isinstance(task, str):
            again = self._dependents.waits(job, task, inputs.get("dependsOn"))
            if again:
                self._call.warn(_out_of_order(named([task_id(job, id) for id in again]), task_id(job, task)))


def _out_of_order(again: str, dependents: str) -> str:
    return (
        f"{again}: added again under an id that the service remembers, so what depends on it does not wait for it: "
        f"{dependents}. A task with another `taskId`, or without one in the program, is waited for."
    )

"""Job: what tasks live in. The service lets some of it change (PATCH); for the rest a new job is needed.

Follows the REST pages Jobs - Create, Get, Update (PATCH), Delete, Terminate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from azure_batch_provider.batch.operations import CREATE_JOB, DELETE_JOB, GET_JOB, LIST_TASKS, TERMINATE_JOB, UPDATE_JOB
from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.models.base import Violation
from azure_batch_provider.models.common import ends
from azure_batch_provider.models.job import Job
from azure_batch_provider.properties.compare import Difference
from azure_batch_provider.resources.ids import job_id, split_job_id
from azure_batch_provider.resources.job_move import MovedJob
from azure_batch_provider.resources.job_quota import create_job
from azure_batch_provider.resources.task_job import END_TWICE
from azure_batch_provider.validation.check import Findings

if TYPE_CHECKING:
    from azure_batch_provider.http.answer import Reply

_END: Final = "onAllTasksComplete"


class JobLifecycle(MovedJob):
    """A completed job is no drift; a deleted one is, unless `onMissing` says otherwise."""

    model = Job
    token = "azure-batch:index:Job"
    noun = "job"
    id_parts: ClassVar[tuple[str, ...]] = ("jobId",)
    exists = frozenset({"JobExists"})
    being_deleted = frozenset({"JobBeingDeleted"})
    over = frozenset({"JobCompleted", "JobBeingTerminated"})

    def identity(self, inputs: Mapping[str, Any]) -> str:
        return job_id(inputs.get("jobId"))

    def id_inputs(self, id: str) -> dict[str, str]:
        return {"jobId": split_job_id(id)}

    def inspected(self, inputs: Mapping[str, Any], *, sound: bool) -> Findings:
        """Also a job that is not to end by itself, where a collection of its tasks says that it does."""
        found = super().inspected(inputs, sound=sound)
        job, end = inputs.get("jobId"), inputs.get(_END)
        if isinstance(job, str) and isinstance(end, str) and not ends(end):
            for urn in self.ledger.declares_end(self.call.urn, job, end):
                found.violations.append(Violation((_END,), END_TWICE.format(urn=urn)))
        return found

    # requests

    def get(self, id: str, select: str | None = None) -> dict[str, Any]:
        return self.client.get(GET_JOB, split_job_id(id), select=select, deadline=self.call.deadline)

    def post(self, inputs: Mapping[str, Any]) -> tuple[Reply, dict[str, Any]]:
        request = self.request(inputs)
        return create_job(self.call, self.client, CREATE_JOB, request), request

    def patch(self, id: str, request: Mapping[str, Any], etag: str) -> None:
        self.client.call(UPDATE_JOB, split_job_id(id), body=request, if_match=etag, deadline=self.call.deadline)

    def send_delete(self, id: str) -> None:
        self.client.call(DELETE_JOB, split_job_id(id), deadline=self.call.deadline)

    def send_terminate(self, id: str) -> None:
        self.client.call(TERMINATE_JOB, split_job_id(id), deadline=self.call.deadline)

    def remembered(self, server: Mapping[str, Any]) -> dict[str, Any]:
        told = {"created": server.get("creationTime"), "state": server.get("state")}
        return {**told, **{name: server.get(name) or "" for name in ("displayName", _END)}}

    def noted(self, id: str, server: dict[str, Any]) -> None:
        super().noted(id, server)
        self.ledger.keep_job(id, server)

    # plans

    def replaces(self, item: Difference, old: State) -> bool:
        if item.path[0] == "networkConfiguration":
            return item.path == ("networkConfiguration",) and item.kind == "delete"  # PATCH cannot take it away
        if item.path[0] == _END:
            return ends(item.old) and not self.is_let_go(item)  # the service never takes that back
        return super().replaces(item, old)

    def further(self, old: State, new: Mapping[str, Any], found: Sequence[Difference]) -> list[Difference]:
        """Also a job that ends by itself, which nobody declared, and from now on is declared not to."""
        due = super().further(old, new, found)
        wanted = new.get(_END)
        takes_back = ends(old.private.get(_END)) and isinstance(wanted, str) and not ends(wanted)
        if not takes_back or any(item.path[0] == _END for item in found):
            return due
        return [*due, Difference((_END,), "update", "terminatejob", wanted)]

    # what is said

    def announce(self, id: str, inputs: Mapping[str, Any]) -> None:
        self._warn_of_end(id or f"the job of {self.call.name}", inputs)

    def announce_change(self, id: str, inputs: Mapping[str, Any], found: Sequence[Difference]) -> None:
        changed = any(item.path[0] == _END for item in found)
        if changed and ends(inputs.get(_END)) and not self._has_tasks(str(inputs["jobId"])):
            self._warn_of_end(id, inputs)

    def _warn_of_end(self, what: str, inputs: Mapping[str, Any]) -> None:
        """Say that a job without tasks that is to end when all its tasks have ended does so at once."""
        if inputs.get("jobManagerTask") is None and ends(inputs.get(_END)):
            self.call.warn(
                f"`onAllTasksComplete: terminatejob` ends {what} at once, because it has no tasks yet, and no task can "
                "be added then: leave it out until the tasks are there, or declare a `jobManagerTask`."
            )

    def _has_tasks(self, job: str) -> bool:
        try:
            return any(True for _ in self.client.list_all(LIST_TASKS, job, select="id", deadline=self.call.deadline))
        except ServiceError as error:
            if not error.is_not_found:
                raise
            return True  # there is no job that could end

    def tell_what_goes(self, id: str) -> None:
        try:
            counts = self.client.task_counts(split_job_id(id), deadline=self.call.deadline)
        except ServiceError as error:
            if error.is_not_found:
                return
            raise
        found = {state: counts.get(state, 0) for state in ("active", "running", "completed")}
        if any(found.values()):
            told = ", ".join(f"{count:,} {state}" for state, count in found.items())
            self.call.warn(
                f"replacing {id} deletes every task in it, those of others too: {sum(found.values()):,} by the "
                f"service's count ({told})."
            )

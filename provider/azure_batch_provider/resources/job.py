"""Job: what tasks live in. The service lets some of it change (PATCH); for the rest a new job is needed.

Follows the REST pages Jobs - Create, Get, Update (PATCH), Delete, Terminate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from azure_batch_provider.batch.operations import DELETE_JOB, GET_JOB, LIST_TASKS, TERMINATE_JOB, UPDATE_JOB
from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle.naming import auto_name, resolve_name
from azure_batch_provider.lifecycle.patched import Patched
from azure_batch_provider.lifecycle.results import Plan, State
from azure_batch_provider.models.base import Violation
from azure_batch_provider.models.job import Job
from azure_batch_provider.properties.compare import Difference
from azure_batch_provider.properties.plan import without_ignored
from azure_batch_provider.properties.secrets import has_unknown
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.ids import job_id, split_job_id
from azure_batch_provider.resources.job_quota import create_job
from azure_batch_provider.resources.task_job import END_TWICE, ends
from azure_batch_provider.validation.check import Findings
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.paths import spell

if TYPE_CHECKING:
    from azure_batch_provider.http.answer import Reply

_ENDED: Final = ("completed", "terminating")
_END: Final = "onAllTasksComplete"


class JobLifecycle(Patched):
    """A completed job is no drift; a deleted one is, unless `onMissing` says otherwise."""

    model = Job
    token = "azure-batch:index:Job"
    noun = "job"
    id_parts: ClassVar[tuple[str, ...]] = ("jobId",)
    exists = "JobExists"
    being_deleted = frozenset({"JobBeingDeleted"})

    def identity(self, inputs: Mapping[str, Any]) -> str:
        return job_id(inputs.get("jobId"))

    def id_inputs(self, id: str) -> dict[str, str]:
        return {"jobId": split_job_id(id)}

    def named(self, olds: Mapping[str, Any], news: Inputs) -> dict[str, Any]:
        if news.values.get("jobId") is not None:
            return news.values
        automatic = auto_name(self.call.name, self.call.urn)
        return {**news.values, "jobId": resolve_name(self.call.naming, olds.get("jobId"), automatic, "jobId")}

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
        return create_job(self.call, self.client, request), request

    def patch(self, id: str, request: Mapping[str, Any], etag: str) -> None:
        self.client.call(UPDATE_JOB, split_job_id(id), body=request, if_match=etag, deadline=self.call.deadline)

    def send_delete(self, id: str) -> None:
        self.client.call(DELETE_JOB, split_job_id(id), deadline=self.call.deadline)

    def remembered(self, server: Mapping[str, Any]) -> dict[str, Any]:
        told = {"created": server.get("creationTime"), "state": server.get("state")}
        return {**told, **{name: server.get(name) or "" for name in ("displayName", _END)}}

    def noted(self, id: str, server: dict[str, Any]) -> None:
        self.ledger.keep_job(id, server)

    def missing(self, old: State, error: ServiceError) -> State | None:
        return old if old.inputs.get("onMissing") == "ignore" else None

    # plans

    def replaces(self, item: Difference, old: State) -> bool:
        if item.path[0] == "networkConfiguration":
            return item.path == ("networkConfiguration",) and item.kind == "delete"  # PATCH cannot take it away
        if item.path[0] == _END:
            return ends(item.old) and not self.is_let_go(item)  # the service never takes that back
        if item.path[0] != "poolInfo":
            return super().replaces(item, old)
        movable = item.path in (("poolInfo", "poolId"), ("poolInfo", "autoPoolSpecification", "keepAlive"))
        return not (movable and item.kind == "update" and old.private.get("state") == "disabled")

    def further(self, old: State, new: Mapping[str, Any], found: Sequence[Difference]) -> list[Difference]:
        """Also a job that ends by itself, which nobody declared, and from now on is declared not to."""
        due = super().further(old, new, found)
        wanted = new.get(_END)
        takes_back = ends(old.private.get(_END)) and isinstance(wanted, str) and not ends(wanted)
        if not takes_back or any(item.path[0] == _END for item in found):
            return due
        return [*due, Difference((_END,), "update", "terminatejob", wanted)]

    def planned(self, old: State, new: Mapping[str, Any], plan: Plan, ignored: Sequence[str]) -> None:
        """Refuses a replacement that would find the old job in its way, before its tasks are deleted for it, and says
        what a job keeps that is not declared: no plan will name it."""
        fixed = [f"`{spell(change.path)}`" for change in plan.changes if change.replace]
        policy = old.recorded("deletionPolicy") or "delete"
        if fixed and plan.delete_first and policy != "delete" and not has_unknown(new):
            id = self.identity(old.inputs)
            raise refusals.JOB_NOT_DELETED_FIRST(id=id, policy=policy, properties=", ".join(fixed))
        # A replacement has what is declared. An update says itself what does not come of it.
        told_later = fixed or any(self.traits(change).fixed for change in plan.changes)
        if told_later or "displayName" not in old.private:
            return
        id = self.identity(new)
        for item in without_ignored(self.fixed(old.private, new), ignored):
            if self.ledger.says_first(id, spell(item.path)):
                self.call.info(f"`{spell(item.path)}` of {id} is not what is declared; an update does not change it.")

    # what is said

    def must_be_open(self, id: str, server: Mapping[str, Any], way_out: str = "") -> None:
        if server.get("state") in _ENDED:
            raise refusals.JOB_HAS_ENDED(id=id, state=server["state"], also=way_out)

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
        running = int(counts.get("running", 0))
        total = int(counts.get("active", 0)) + running + int(counts.get("completed", 0))
        if total:
            self.call.warn(
                f"replacing {id} deletes every task in it, those of others too: {total} by the service's count, "
                f"{running} of them running."
            )

    def remove(self, old: State) -> None:
        """Delete it with its tasks, end it, or leave it, as `deletionPolicy` says."""
        policy = old.recorded("deletionPolicy") or "delete"
        if policy == "delete":
            super().remove(old)
        if policy != "terminate":
            return
        try:
            self.client.call(TERMINATE_JOB, split_job_id(old.id), deadline=self.call.deadline)
        except ServiceError as error:
            if not error.is_not_found and error.code not in ("JobBeingDeleted", "JobCompleted", "JobBeingTerminated"):
                raise

"""Task: create-only. It is added once, it runs, and whatever it ran to is no drift.

Follows the REST pages Task - Add, Get, Delete.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar

from azure_batch_provider.batch.operations import CREATE_TASK, DELETE_TASK, GET_TASK, JOB_NOT_FOUND
from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle.imported import is_never_shown
from azure_batch_provider.lifecycle.naming import auto_name, resolve_name
from azure_batch_provider.lifecycle.results import Plan, State
from azure_batch_provider.models.common import OnMissing
from azure_batch_provider.models.task import Task
from azure_batch_provider.properties.compare import Difference, differences, normal, same
from azure_batch_provider.properties.secrets import concealed, has_unknown, wrapped
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.completion import Completion
from azure_batch_provider.resources.ids import job_id, split_task_id, task_id
from azure_batch_provider.resources.task_absence import KEPT, why_gone
from azure_batch_provider.resources.task_completion import AwaitedTask
from azure_batch_provider.resources.task_job import IN_VAIN, ends_in_vain, job_of, must_fit
from azure_batch_provider.resources.task_order import TaskOrder
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.instants import parse_instant
from azure_batch_provider.values.unknown import UNKNOWN

if TYPE_CHECKING:
    from azure_batch_provider.http.answer import Reply


class TaskLifecycle(AwaitedTask):
    """Every input change is a replacement; Update only looks again."""

    model = Task
    token = "azure-batch:index:Task"
    noun = "task"
    id_parts: ClassVar[tuple[str, ...]] = ("jobId", "taskId")
    exists = frozenset({"TaskExists"})

    @property
    def _order(self) -> TaskOrder:
        return TaskOrder(self.session, self.call)

    def identity(self, inputs: Mapping[str, Any]) -> str:
        return task_id(inputs.get("jobId"), inputs.get("taskId"))

    def id_inputs(self, id: str) -> dict[str, str]:
        job, task = split_task_id(id)
        return {"jobId": job, "taskId": task}

    def named(self, olds: Mapping[str, Any], news: Inputs) -> dict[str, Any]:
        new = news.values
        if new.get("taskId") is not None:
            return new
        if has_unknown(new):
            return {**new, "taskId": UNKNOWN}
        apart = {"taskId": None, **dict.fromkeys(Task.mutable)}
        # What the service never shows is no reason for another name: the task may have been imported.
        found = differences(Task, {**olds, **apart}, {**new, **apart})
        kept = olds.get("taskId") if all(is_never_shown(Task, item) for item in found) else None
        # Signatures fall out of the normal form, passwords and what the program marks do here: the name must not
        # tell anything about a secret, nor change with one.
        public = concealed(wrapped(Task, normal(Task, {**concealed(news), **apart})))
        automatic = auto_name(self.call.name, self.call.urn, public)
        return {**new, "taskId": resolve_name(self.call.naming, kept, automatic, "taskId")}

    # requests

    def get(self, id: str, select: str | None = None) -> dict[str, Any]:
        return self.client.get(GET_TASK, *split_task_id(id), select=select, deadline=self.call.deadline)

    def post(self, inputs: Mapping[str, Any]) -> tuple[Reply, dict[str, Any]]:
        request = self.request(inputs)
        try:
            return self.client.call(CREATE_TASK, inputs["jobId"], body=request, deadline=self.call.deadline), request
        except ServiceError as error:
            self.was_refused(error)
            raise

    def send_delete(self, id: str) -> None:
        try:
            self.client.call(DELETE_TASK, *split_task_id(id), deadline=self.call.deadline)
        except ServiceError as error:
            if error.code != "JobBeingDeleted":  # it goes with its job
                raise

    def watched(self, id: str) -> AbstractContextManager[Callable[[], str | None]]:
        return self.client.watch_task(*split_task_id(id), deadline=self.call.deadline)

    def ids(self, id: str, server: Mapping[str, Any]) -> dict[str, Any]:
        return {"jobId": _echoed(server, split_task_id(id)[0])}

    def remembered(self, server: Mapping[str, Any]) -> dict[str, Any]:
        return {"created": server.get("creationTime")}

    def make(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> State:
        self._must_fit(inputs, inputs["jobId"])
        return self.completed(super().make(id, inputs, private))

    def _must_fit(self, inputs: Mapping[str, Any], job: str) -> None:
        found = job_of(self.session, self.call, job)
        must_fit(inputs, found)
        for path in ends_in_vain(inputs, found):
            self.call.warn(f"`{path}`: {IN_VAIN}")

    def remove(self, old: State) -> None:
        self.session.dependents.was_there(*split_task_id(old.id))
        super().remove(old)

    # plans

    def further(self, old: State, new: Mapping[str, Any], found: Sequence[Difference]) -> list[Difference]:
        """A job that this operation makes again has lost its tasks, also those that were there when it was read."""
        if self.runs_again(old, new) and not any(item.path == ("onFailure",) for item in found):
            return [Difference(("onFailure",), "update", old.outputs.get("onFailure"), new.get("onFailure"))]
        job, task = old.outputs.get("jobId"), old.outputs.get("taskId")
        remade = self.ledger.is_created(job_id(job)) and not self.ledger.is_created(task_id(job, task))
        if not remade or found or OnMissing.IGNORE.matches(new.get("onMissing")):
            return []
        return [Difference(("jobId",), "update", job, new.get("jobId"))]

    def planned(self, old: State, new: Mapping[str, Any], plan: Plan, ignored: Sequence[str]) -> None:
        """Notes what the task depends on, for what is said of a task that is added again."""
        job, task = old.inputs.get("jobId"), old.inputs.get("taskId")
        if isinstance(job, str) and isinstance(task, str):
            self._order.planned(job, task, new)

    def foresee(self, id: str, inputs: Mapping[str, Any], *, replacing: bool) -> None:
        job = inputs.get("jobId")
        if isinstance(job, str) and not self.ledger.is_created(job_id(job)):
            try:
                self._must_fit(inputs, job)
            except ServiceError as error:
                if not error.is_not_found:
                    raise
                self.call.warn(
                    f"{job_id(job)} does not exist: `pulumi up` fails here unless something creates it before."
                )
            else:
                super().foresee(id, inputs, replacing=replacing)
                if inputs.get("awaitCompletion") is not None:
                    name = inputs.get("taskId")
                    name = name if isinstance(name, str) else self.call.name
                    Completion(self.session, self.call, job).foresee({name: inputs})
        self._order.warn_of_dependents(id, inputs)

    def announce(self, id: str, inputs: Mapping[str, Any]) -> None:
        if not self.call.preview:
            self._order.warn_of_dependents(id, inputs)

    def update(self, old: State, news: Mapping[str, Any]) -> State:
        self.goes_on = old.may_be_absent
        return super().update(old, news)

    def change(self, old: State, news: Mapping[str, Any]) -> State:
        """A task is never changed: record what is declared for it, or look again after an init failure, and wait on."""
        state = self._looked_at(old, news)
        return state if self.call.preview else self.completed(state)

    def _looked_at(self, old: State, news: Mapping[str, Any]) -> State:
        if self.call.preview or not same(Task, old.inputs, news):
            return self.state(old.id, news, old.private)
        try:
            server = self.get(old.id)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            state = self.state(old.id, news, old.private)
            if self.missing(state, error) is not None:
                return state
            raise refusals.TASK_IS_GONE(id=old.id) from error
        differing = self.different(news, server)
        if differing:
            raise refusals.TASK_DIFFERS(id=old.id, differences=self.listed(differing))
        return self.state(old.id, news, {**old.private, **self.remembered(server)})

    def noted(self, id: str, server: dict[str, Any]) -> None:
        self.seen_task = server
        self._order.was_there(*split_task_id(id), server)

    def missing(self, old: State, error: ServiceError) -> State | None:
        """What a task that is not there means: a task is an execution, and executions end and are cleaned up."""
        id, (job, task) = old.id, split_task_id(old.id)
        if error.code == JOB_NOT_FOUND:
            self.call.warn(f"{job_id(job)} is gone, and {id} with it. The task counts as done; its state is kept.")
            return old
        try:
            parent = job_of(self.session, self.call, job)
        except ServiceError as of_job:
            if not of_job.is_not_found:
                raise
            return self.missing(old, of_job)
        over, added = OnMissing.IGNORE.matches(old.inputs.get("onMissing")), old.private.get("created")
        why = why_gone(parent, first=added, last=added, now=parse_instant(error.time))
        if why == "ended":
            self.call.warn(f"{id} is gone and {job_id(job)} is {parent['state']}: the task counts as done.")
            return old
        if why == "aged":
            self.call.warn(
                f"{id} is gone and was added more than {KEPT.days} days ago; the service deletes tasks after "
                f"{KEPT.days + 1}: the task counts as done."
            )
            return old
        if why == "younger":
            then = "the task counts as done, by `onMissing`" if over else "the task is added again"
            self.call.warn(f"{job_id(job)} is another job than the one that {id} was added to: {then}.")
        else:
            self.session.dependents.was_there(job, task)
        return old if over else None


def _echoed(server: Mapping[str, Any], job: str) -> str:
    """The job's id in the service's casing, which the task's URL shows."""
    parts = str(server.get("url", "")).split("/")
    return parts[-3] if len(parts) > 3 and parts[-3].casefold() == job.casefold() else job

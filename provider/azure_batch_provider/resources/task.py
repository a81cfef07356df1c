"""Task: create-only. It is added once, it runs, and whatever it ran to is no drift.

Follows the REST pages Task - Add, Get, Delete.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar, Final

from azure_batch_provider.batch.operations import CREATE_TASK, DELETE_TASK, GET_TASK, JOB_NOT_FOUND
from azure_batch_provider.http.errors import RequestError, ServiceError
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.lifecycle.entity import Entity
from azure_batch_provider.lifecycle.imported import is_never_shown
from azure_batch_provider.lifecycle.naming import auto_name, resolve_name
from azure_batch_provider.lifecycle.results import Plan, State
from azure_batch_provider.lifecycle.unfinished import Unfinished
from azure_batch_provider.models.completion import OnFailure
from azure_batch_provider.models.task import Task
from azure_batch_provider.properties.compare import Difference, differences, normal, same
from azure_batch_provider.properties.secrets import concealed, has_unknown, wrapped
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.completion import FAILED, WAITING, Completion
from azure_batch_provider.resources.completion_failure import has_failed
from azure_batch_provider.resources.ids import job_id, split_task_id, task_id
from azure_batch_provider.resources.task_job import ENDED, job_of, must_fit
from azure_batch_provider.resources.task_order import TaskOrder
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.instants import parse_instant
from azure_batch_provider.values.unknown import UNKNOWN

if TYPE_CHECKING:
    from azure_batch_provider.http.answer import Reply

_KEPT: Final = timedelta(days=179)
"""The service deletes tasks 180 days after they were added."""


class TaskLifecycle(Entity):
    """Every input change is a replacement; Update only looks again."""

    model = Task
    token = "azure-batch:index:Task"
    noun = "task"
    id_parts: ClassVar[tuple[str, ...]] = ("jobId", "taskId")
    exists = "TaskExists"

    def __init__(self, session: Session, call: Call) -> None:
        super().__init__(session, call)
        self._began = call.deadline.now()
        self._ours_since: datetime | None = None
        self._goes_on = False
        self._seen: Mapping[str, Any] | None = None

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
            now = parse_instant(error.time)
            if error.uncertain and now is not None:
                self._ours_since = now - timedelta(seconds=self.call.deadline.now() - self._began)
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
        must_fit(inputs, job_of(self.session, self.call, inputs["jobId"]))
        return self._completed(super().make(id, inputs, private))

    def must_stand_for(self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any]) -> None:
        """One that had completed before this call began has the result of an earlier execution. It may have been
        added, and have completed, since then, by an attempt of this call, or of an earlier one, that got no answer."""
        if inputs.get("awaitCompletion") is None or server.get("state") != "completed" or self._goes_on:
            return
        ended = str((server.get("executionInfo") or {}).get("endTime") or server.get("stateTransitionTime"))
        when, since = parse_instant(ended), self._ours_since
        if when is None or since is None or when < since:
            importing = f" To take its result: `pulumi import {self.token} {self.call.name} {id}`."
            raise refusals.TASK_ENDED_BEFORE(id=id, time=ended, importing=importing if self.call.imports else "")

    def _completed(self, state: State) -> State:
        """The state once the task has completed, if that is waited for.

        Raises:
            InitFailed
        """
        options = state.inputs.get("awaitCompletion")
        if options is None:
            return state
        job, task = split_task_id(state.id)
        outcome = Completion(self.session, self.call, job).wait([task], options)
        unfinished, reasons = outcome.unfinished, outcome.reasons
        if outcome.gone:
            if self._counts_as_done(state):
                return state
            unfinished, reasons = WAITING, (refusals.TASK_IS_GONE.says(id=state.id),)
        if unfinished is None:
            return state
        raise self.init_failed(state.id, state.inputs, state.private, unfinished, *reasons)

    def _counts_as_done(self, state: State) -> bool:
        """Whether a task that was found to be gone had ended, as far as that can be known."""
        try:
            self.get(state.id)
        except ServiceError as error:
            return error.is_not_found and self.missing(state, error) is not None
        except RequestError as error:
            self.call.debug(f"{state.id} could not be read: {error}")
        return False

    def remove(self, old: State) -> None:
        self.session.dependents.was_there(*split_task_id(old.id))
        super().remove(old)

    # plans

    def further(self, old: State, new: Mapping[str, Any], found: Sequence[Difference]) -> list[Difference]:
        """A job that this operation makes again has lost its tasks, also those that were there when it was read."""
        rerun = self._reruns(old) and _says_rerun(new.get("onFailure")) and new.get("awaitCompletion") is not None
        if rerun and not any(item.path == ("onFailure",) for item in found):
            return [Difference(("onFailure",), "update", old.outputs.get("onFailure"), new.get("onFailure"))]
        job, task = old.outputs.get("jobId"), old.outputs.get("taskId")
        remade = self.ledger.is_created(job_id(job)) and not self.ledger.is_created(task_id(job, task))
        if not remade or found or new.get("onMissing") == "ignore":
            return []
        return [Difference(("jobId",), "update", job, new.get("jobId"))]

    def replaces(self, item: Difference, old: State) -> bool:
        rerun = item.path == ("onFailure",) and self._reruns(old) and _says_rerun(item.new)
        return rerun or super().replaces(item, old)

    def _reruns(self, old: State) -> bool:
        """Whether there is a failure that was waited for, and that `onFailure` is about."""
        return old.unfinished is not None and old.unfinished.what == FAILED

    def planned(self, old: State, new: Mapping[str, Any], plan: Plan, ignored: Sequence[str]) -> None:
        """Notes what the task depends on, for what is said of a task that is added again."""
        job, task = old.inputs.get("jobId"), old.inputs.get("taskId")
        if isinstance(job, str) and isinstance(task, str):
            self._order.planned(job, task, new)

    def foresee(self, id: str, inputs: Mapping[str, Any], *, replacing: bool) -> None:
        job = inputs.get("jobId")
        if isinstance(job, str) and not self.ledger.is_created(job_id(job)):
            try:
                must_fit(inputs, job_of(self.session, self.call, job))
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
        self._goes_on = old.may_be_absent
        return super().update(old, news)

    def change(self, old: State, news: Mapping[str, Any]) -> State:
        """A task is never changed: record what is declared for it, or look again after an init failure, and wait on."""
        state = self._looked_at(old, news)
        return state if self.call.preview else self._completed(state)

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
        self._seen = server
        self._order.was_there(*split_task_id(id), server)

    def still_unfinished(
        self, id: str, left: Unfinished, declared: Mapping[str, Any], seen: State
    ) -> Unfinished | None:
        still = super().still_unfinished(id, left, declared, seen)
        options, server = declared.get("awaitCompletion"), self._seen
        if still is not None or options is None or server is None:
            return still
        if left.what == FAILED and has_failed(server) and options.get("failOnError") is not False:
            return left  # with the end of its standard error, which may not be there any more
        outcome = Completion(self.session, self.call, split_task_id(id)[0]).outcome(server, options)
        return None if outcome.unfinished is None else Unfinished(outcome.unfinished, " ".join(outcome.reasons))

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
        if parent.get("state") in ENDED:
            self.call.warn(f"{id} is gone and {job_id(job)} is {parent['state']}: the task counts as done.")
            return old
        born = parse_instant(str(parent.get("creationTime")))
        recorded = parse_instant(str(old.private.get("created")))
        over = old.inputs.get("onMissing") == "ignore"
        if born and recorded and born > recorded:
            then = "the task counts as done, by `onMissing`" if over else "the task is added again"
            self.call.warn(f"{job_id(job)} is another job than the one that {id} was added to: {then}.")
            return old if over else None
        if recorded and (parse_instant(error.time) or datetime.now(timezone.utc)) - recorded > _KEPT:
            self.call.warn(
                f"{id} is gone and was added more than {_KEPT.days} days ago; the service deletes tasks after "
                f"{_KEPT.days + 1}: the task counts as done."
            )
            return old
        self.session.dependents.was_there(job, task)
        return old if over else None


def _says_rerun(value: Any) -> bool:
    return isinstance(value, str) and value.casefold() == OnFailure.RERUN.value


def _echoed(server: Mapping[str, Any], job: str) -> str:
    """The job's id in the service's casing, which the task's URL shows."""
    parts = str(server.get("url", "")).split("/")
    return parts[-3] if len(parts) > 3 and parts[-3].casefold() == job.casefold() else job

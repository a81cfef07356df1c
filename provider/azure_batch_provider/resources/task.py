"""Task: create-only. It is added once, it runs, and whatever it ran to is no drift.

Follows the REST pages Task - Add, Get, Delete.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import Any, ClassVar, Final

from azure_batch_provider.batch.operations import JOB_NOT_FOUND
from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle.context import Call
from azure_batch_provider.lifecycle.imported import is_never_shown
from azure_batch_provider.lifecycle.naming import auto_name, resolve_name
from azure_batch_provider.lifecycle.resource import PRIVATE, Lifecycle
from azure_batch_provider.lifecycle.results import Plan, Refused, State
from azure_batch_provider.lifecycle.waiting import until_gone
from azure_batch_provider.models.base import UNKNOWN
from azure_batch_provider.models.task import Task
from azure_batch_provider.properties.compare import Difference, differences, normal, same
from azure_batch_provider.properties.plan import listed
from azure_batch_provider.properties.read_back import project, undeclared
from azure_batch_provider.properties.request_body import body
from azure_batch_provider.properties.secrets import conceal, has_unknown, unwrap, wrap
from azure_batch_provider.resources.ids import job_id, split_task_id, task_id
from azure_batch_provider.values.instants import instant_of_etag, parse_instant
from azure_batch_provider.values.paths import spell

_OVER = ("completed", "terminating", "deleting")
_KEPT: Final = timedelta(days=179)
"""The service deletes tasks 180 days after they were added."""
_LISTED: Final = 1000
"""Tasks in a page of a list."""


class TaskLifecycle(Lifecycle):
    """Every input change is a replacement; Update only looks again."""

    model = Task
    token = "azure-batch:index:Task"
    noun = "task"
    id_parts: ClassVar[tuple[str, ...]] = ("jobId", "taskId")

    def identity(self, inputs: Mapping[str, Any]) -> str:
        return task_id(inputs.get("jobId"), inputs.get("taskId"))

    def id_inputs(self, id: str) -> dict[str, str]:
        job, task = split_task_id(id)
        return {"jobId": job, "taskId": task}

    def named(
        self, call: Call, old: Mapping[str, Any], plain: dict[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        if plain.get("taskId") is not None:
            return plain
        if has_unknown(plain):
            return {**plain, "taskId": UNKNOWN}
        apart = {"taskId": None, "onMissing": None}
        # What the service never shows is no reason for another name: the task may have been imported.
        found = differences(Task, {**old, **apart}, {**plain, **apart})
        kept = old.get("taskId") if all(is_never_shown(Task, item) for item in found) else None
        # Signatures fall out of the normal form, passwords and what the program marks do here: the name must not
        # tell anything about a secret, nor change with one.
        public = conceal(wrap(Task, normal(Task, {**conceal(news), **apart}), normal(Task, {**plain, **apart})))
        return {**plain, "taskId": resolve_name(call.naming, kept, auto_name(call.name, call.urn, public), "taskId")}

    def further(
        self, call: Call, old_state: Mapping[str, Any], new: Mapping[str, Any], found: Sequence[Difference]
    ) -> list[Difference]:
        """A job that this operation makes anew has lost its tasks, also those that were there when it was read."""
        job, task = old_state.get("jobId"), old_state.get("taskId")
        remade = self.ledger.is_created(job_id(job)) and not self.ledger.is_created(task_id(job, task))
        if not remade or found or new.get("onMissing") == "ignore":
            return []
        return [Difference(("jobId",), "update", job, new.get("jobId"))]

    def diff(
        self,
        call: Call,
        old_inputs: Mapping[str, Any],
        old_state: Mapping[str, Any],
        news: Mapping[str, Any],
        ignored: Sequence[str] = (),
    ) -> Plan:
        """Also notes what the task depends on, for what is said of a task that is added again."""
        plan = super().diff(call, old_inputs, old_state, news, ignored)
        old, new = unwrap(old_inputs), unwrap(news)
        job, task = old.get("jobId"), old.get("taskId")
        if isinstance(job, str) and isinstance(task, str):
            self.session.dependents.was_there(job, task)
            if not self.session.dependents.has_ended(job, task):
                self._warn_of_order(call, new)
        return plan

    def _note(self, job: str, server: Mapping[str, Any]) -> None:
        """What a task on the server waits for, unless it has ended."""
        if server.get("state") == "completed":
            self.session.dependents.ended(job, str(server.get("id")))
        else:
            self.session.dependents.waits(job, str(server.get("id")), server.get("dependsOn"))

    def _warn_of_order(self, call: Call, plain: Mapping[str, Any]) -> None:
        """Say that a task does not wait for one that is added again."""
        job, task = plain.get("jobId"), plain.get("taskId")
        if isinstance(job, str) and isinstance(task, str):
            again = self.session.dependents.waits(job, task, plain.get("dependsOn"))
            if again:
                call.warn(_out_of_order(", ".join(task_id(job, id) for id in again), task_id(job, task)))

    def _warn_of_dependents(self, call: Call, id: str, plain: Mapping[str, Any]) -> None:
        """Of a task that is added, say who does not wait for it if its id was there before in the same job."""
        self._warn_of_order(call, plain)
        job, task = str(plain["jobId"]), str(plain.get("taskId"))
        dependents = self.session.dependents
        if not id or self.ledger.is_created(job_id(job)) or not dependents.is_known(job, task):
            return
        if call.preview and self._job(call, job).get("usesTaskDependencies") and not dependents.is_listed(job):
            listed = self.client.list_tasks(job, select="id,state,dependsOn", deadline=call.deadline)
            for server in islice(listed, _LISTED):  # what others have added, as far as one request shows it
                self._note(job, server)
        found = dependents.again(job, task)
        if found:
            call.warn(_out_of_order(id, ", ".join(task_id(job, name) for name in found)))

    def make(self, call: Call, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> State:
        """Add the task; one that is there already and is the same is adopted."""
        plain = unwrap(inputs)
        self._fits(call, plain, self._job(call, plain["jobId"]))

        def add() -> State:
            reply = self.client.add_task(
                plain["jobId"], {"id": plain["taskId"], **body(Task, plain)}, deadline=call.deadline
            )
            self.ledger.wrote(id, created=True)
            self._warn_of_dependents(call, id, plain)
            return self.state(id, inputs, {"created": instant_of_etag(reply.headers.get("ETag"))})

        return self.make_or_adopt(id, inputs, add, "TaskExists", lambda: self._adopt(call, id, inputs))

    def foresee(self, call: Call, id: str, plain: Mapping[str, Any], *, replacing: bool) -> None:
        self._foresee(call, id, plain, replacing)
        self._warn_of_dependents(call, id, plain)

    def _foresee(self, call: Call, id: str, plain: Mapping[str, Any], replacing: bool) -> None:
        """Say in preview what up would run into, as far as the ids are known."""
        job = plain.get("jobId")
        if not isinstance(job, str) or self.ledger.is_created(job_id(job)):
            return
        try:
            self._fits(call, plain, self._job(call, job))
        except ServiceError as error:
            if not error.is_not_found:
                raise
            call.warn(f"{job_id(job)} does not exist: `pulumi up` fails here unless something creates it before.")
            return
        if not id or replacing:
            return
        try:
            server = self.client.get_task(job, plain["taskId"], deadline=call.deadline)
        except ServiceError as error:
            if error.is_not_found:
                return
            raise
        found = self.different(plain, server)
        if found:
            raise self.conflict_error(call, id, found)
        call.info(f"{id} exists already, is what is declared, and will be adopted.")

    def _job(self, call: Call, job: str) -> dict[str, Any]:
        """The job, read once in an operation for all its tasks."""
        known = self.ledger.job(job_id(job))
        if known is None:
            known = self.client.get_job(job, deadline=call.deadline)
            self.ledger.keep_job(job_id(job), known)
        return known

    def _fits(self, call: Call, plain: Mapping[str, Any], job: Mapping[str, Any]) -> None:
        """The rules that join a task to its job.

        Raises:
            Refused: the service would refuse the task, or never run it.
        """
        where = job_id(str(plain["jobId"]))
        if job.get("state") in _OVER:
            raise Refused(
                f"{where} is {job['state']}: no task can be added to it. Declare another `jobId`, or delete the job so "
                "that it can be made again."
            )
        if plain.get("dependsOn") and job.get("usesTaskDependencies") is not True:
            raise Refused(
                f"`dependsOn` is given, but {where} has no `usesTaskDependencies: true`. That can only be set when a "
                "job is created (TaskDependenciesNotSpecifiedOnJob)."
            )
        if str(job.get("onTaskFailure", "noaction")).casefold() == "noaction":
            for path in _job_actions(plain.get("exitConditions") or {}):
                raise Refused(
                    f"`{path}` is given, but {where} has `onTaskFailure: noaction`. Remove it, or create the job "
                    "with `onTaskFailure: performexitoptionsjobaction`."
                )

    def _adopt(self, call: Call, id: str, inputs: Mapping[str, Any]) -> State:
        plain = unwrap(inputs)
        server = self.client.get_task(plain["jobId"], plain["taskId"], deadline=call.deadline)
        found = self.different(plain, server)
        if found:
            raise self.conflict_error(call, id, found)
        self.ledger.wrote(id)
        ended = (server.get("executionInfo") or {}).get("exitCode")
        call.info(
            f"{id} has existed since {server.get('creationTime')} and is what is declared: adopted. It is "
            f"{server.get('state')}{'' if ended is None else f', exit code {ended}'}.{self.uncompared(plain)}"
        )
        return self.state(id, inputs, {"created": server.get("creationTime")})

    def find(self, call: Call, id: str, inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> State | None:
        ids = self.id_inputs(id)
        importing = not properties
        try:
            server = self.client.get_task(ids["jobId"], ids["taskId"], deadline=call.deadline)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            if importing or self.may_be_absent(properties):
                return None
            return self._missing(call, id, ids["jobId"], error, inputs, properties)
        self.ledger.read(id)
        self.session.dependents.was_there(ids["jobId"], ids["taskId"])
        self._note(ids["jobId"], server)
        private = {**self.private(properties), "created": server.get("creationTime")}
        if importing:
            private["imported"] = True
            plain = {**ids, "jobId": _echoed(server, ids["jobId"]), "taskId": server["id"], **undeclared(Task, server)}
            return self.state(task_id(plain["jobId"], plain["taskId"]), wrap(Task, plain), private)
        declared = self.recorded(inputs, properties)
        return self.state(id, wrap(Task, project(Task, declared, server), inputs), private)

    def _missing(
        self,
        call: Call,
        id: str,
        job: str,
        error: ServiceError,
        inputs: Mapping[str, Any],
        properties: Mapping[str, Any],
    ) -> State | None:
        """What a task that is not there means: a task is an execution, and executions end and are cleaned up."""
        kept = State(id, dict(inputs), dict(properties))
        if error.code == JOB_NOT_FOUND:
            call.warn(f"{job_id(job)} is gone, and {id} with it. The task counts as done; its state is kept.")
            return kept
        try:
            parent = self._job(call, job)
        except ServiceError as of_job:
            if not of_job.is_not_found:
                raise
            return self._missing(call, id, job, of_job, inputs, properties)
        if parent.get("state") in _OVER:
            call.warn(f"{id} is gone and {job_id(job)} is {parent['state']}: the task counts as done.")
            return kept
        born = parse_instant(str(parent.get("creationTime")))
        recorded = parse_instant(str(self.private(properties).get("created")))
        over = unwrap(inputs.get("onMissing")) == "ignore"
        if born and recorded and born > recorded:
            then = "the task counts as done, by `onMissing`" if over else "the task is added again"
            call.warn(f"{job_id(job)} is another job than the one that {id} was added to: {then}.")
            return kept if over else None
        if recorded and (parse_instant(error.time) or datetime.now(timezone.utc)) - recorded > _KEPT:
            call.warn(
                f"{id} is gone and was added more than {_KEPT.days} days ago; the service deletes tasks after "
                f"{_KEPT.days + 1}: the task counts as done."
            )
            return kept
        self.session.dependents.was_there(job, self.id_inputs(id)["taskId"])
        return kept if over else None

    def change(
        self, call: Call, id: str, old: Mapping[str, Any], private: Mapping[str, Any], news: Mapping[str, Any]
    ) -> State:
        """A task is never changed: record what is declared for it, or look again after an init failure."""
        if call.preview or not same(Task, old, unwrap(news)):
            return self.state(id, news, private)
        ids = self.id_inputs(id)
        try:
            server = self.client.get_task(ids["jobId"], ids["taskId"], deadline=call.deadline)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            if self._missing(call, id, ids["jobId"], error, news, {PRIVATE: private}) is not None:
                return self.state(id, news, private)
            raise Refused(f"{id} is not there any more. `pulumi up --refresh` adds it again.") from error
        differing = self.different(unwrap(news), server)
        if differing:
            raise Refused(
                f"{id} is not what is declared any more: {listed(Task, differing, call.hides)}. `pulumi up --refresh` "
                "plans the replacement."
            )
        return self.state(id, news, {**private, "created": server.get("creationTime")})

    def remove(self, call: Call, id: str, inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
        ids = self.id_inputs(id)
        self.session.dependents.was_there(ids["jobId"], ids["taskId"])
        try:
            self.client.delete_task(ids["jobId"], ids["taskId"], deadline=call.deadline)
        except ServiceError as error:
            if error.is_not_found:
                return
            if error.code != "JobBeingDeleted":
                raise
        until_gone(call, id, lambda: self._state_of(call, ids["jobId"], ids["taskId"]))

    def _state_of(self, call: Call, job: str, task: str) -> str:
        found = self.client.get_task(job, task, select="id,state", deadline=call.deadline)
        return str(found.get("state", ""))


def _job_actions(conditions: Mapping[str, Any]) -> Iterator[str]:
    for name, value in conditions.items():
        if isinstance(value, Mapping) and value.get("jobAction") is not None:
            yield spell(("exitConditions", name, "jobAction"))
        for index, item in enumerate(value if isinstance(value, list) else []):
            if isinstance(item, Mapping) and (item.get("exitOptions") or {}).get("jobAction") is not None:
                yield spell(("exitConditions", name, index, "exitOptions", "jobAction"))


def _echoed(server: Mapping[str, Any], job: str) -> str:
    """The job's id in the service's casing, which the task's URL shows."""
    parts = str(server.get("url", "")).split("/")
    return parts[-3] if len(parts) > 3 and parts[-3].casefold() == job.casefold() else job


def _out_of_order(again: str, dependents: str) -> str:
    return (
        f"{again}: added again under an id that the service remembers, so what depends on it does not wait for it: "
        f"{dependents}. A task with another `taskId`, or without one in the program, is waited for."
    )

"""TaskCollection: many tasks of a job. Adds and removes what differs, and touches nothing else.

Follows the REST pages Tasks - Create Task Collection, List Tasks, Delete Task and Jobs - Update Job.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from azure_batch_provider.batch.operations import LIST_TASKS, UPDATE_JOB
from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle import refusals as shared
from azure_batch_provider.lifecycle.imported import IMPORTED
from azure_batch_provider.lifecycle.naming import auto_name
from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.lifecycle.verbs import Lifecycle
from azure_batch_provider.models.base import Violation
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.models.task_collection import TaskCollection
from azure_batch_provider.properties.compare import Difference, differences
from azure_batch_provider.properties.read_back import undeclared
from azure_batch_provider.properties.sweep import task_id_format
from azure_batch_provider.properties.task_set import SOURCES, TaskSet
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.collection_changes import Changes, changes
from azure_batch_provider.resources.collection_check import inspected
from azure_batch_provider.resources.collection_sight import look
from azure_batch_provider.resources.collection_work import BODY, Work, difference
from azure_batch_provider.resources.ids import collection_id, job_id, split_collection_id, task_id
from azure_batch_provider.resources.task_absence import NAMED, count_as_done, named
from azure_batch_provider.resources.task_job import END_TWICE, ENDED, ends, job_of, must_fit
from azure_batch_provider.resources.task_record import TASKS, Entry, TaskRecord, recorded_tasks
from azure_batch_provider.validation.check import Findings
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.unknown import UNKNOWN

_END: Final = "onAllTasksComplete"
_FIRST: Final = "first"
_LAST: Final = "last"


class TaskCollectionLifecycle(Lifecycle):
    """Which tasks exist is known from what the state remembers and from the service, never from old inputs alone:
    after an update that failed these are older than what is there."""

    model = TaskCollection
    token = "azure-batch:index:TaskCollection"
    noun = "collection"
    id_parts: ClassVar[tuple[str, ...]] = ("jobId",)

    def identity(self, inputs: Mapping[str, Any]) -> str:
        return collection_id(inputs.get("jobId"), auto_name(self.call.name, self.call.urn))

    def id_inputs(self, id: str) -> dict[str, str]:
        return {"jobId": split_collection_id(id)}

    # Check

    def inspected(self, inputs: Mapping[str, Any], *, sound: bool) -> Findings:
        if not sound:
            return Findings([], [])
        found = inspected(inputs)
        job, end = inputs["jobId"], inputs.get(_END)
        if isinstance(job, str) and ends(end):
            for urn in self.ledger.declares_end(self.call.urn, job, str(end)):
                found.violations.append(Violation((_END,), END_TWICE.format(urn=urn)))
        return found

    def named(self, olds: Mapping[str, Any], news: Inputs) -> dict[str, Any]:
        """With the format of the sweep's ids that was chosen first: another one would be other tasks."""
        sweep = news.values.get("sweep")
        if not isinstance(sweep, Mapping) or sweep.get("taskIdFormat") is not None:
            return news.values
        before = olds.get("sweep")
        kept = before.get("taskIdFormat") if isinstance(before, Mapping) else None
        return {**news.values, "sweep": {**sweep, "taskIdFormat": task_id_format(sweep, kept)}}

    # Diff

    def compared(self, old: State, news: Mapping[str, Any]) -> Iterable[Difference]:
        """Differences that change a task; what only says the same otherwise is none."""
        found = list(differences(TaskCollection, old.inputs, news))
        of_tasks = [item for item in found if item.path[0] in SOURCES]
        rest = [item for item in found if item.path[0] not in SOURCES]
        due = self._changes(old, news)
        self._hold_recorded(old)
        if not due:
            return rest
        told = {str(item.path[1]).casefold() for item in of_tasks if item.path[0] == "tasks" and len(item.path) > 1}
        if any(item.path[0] != "tasks" for item in of_tasks) or ("tasks",) in [item.path for item in of_tasks]:
            return [*of_tasks, *rest]
        return [*of_tasks, *_by_task(due, told), *rest]

    def _changes(self, old: State, news: Mapping[str, Any]) -> Changes:
        imported = self._imports or old.private.get(IMPORTED) is True
        return changes(old.inputs, recorded_tasks(old.private), news, imported=imported)

    def further(self, old: State, new: Mapping[str, Any], found: Sequence[Difference]) -> list[Difference]:
        """A job that this operation makes again has lost its tasks."""
        job = old.recorded("jobId")
        remade = self.ledger.is_created(job_id(job)) and not self.ledger.is_created(old.id)
        if not remade or any(item.path[0] == "jobId" for item in found) or new.get("onMissing") == "ignore":
            return []
        return [Difference(("jobId",), "update", job, new.get("jobId"))]

    # whose the tasks are

    def _hold_recorded(self, old: State) -> None:
        job = old.recorded("jobId")
        self.ledger.parts.hold(old.id, self.call.urn, _parts(job, self._ids(old)))

    def _hold(self, id: str, job: str, tasks: TaskSet) -> None:
        taken = self.ledger.hold(self.call.urn, id, _parts(job, tasks))
        if taken is not None:
            raise shared.ID_TAKEN(id=taken[0], urn=taken[1])

    def _ids(self, old: State) -> Iterable[str]:
        record = recorded_tasks(old.private)
        return TaskSet(old.inputs) if record is None else [entry.id for entry in record]

    # Create

    def foresee(self, id: str, inputs: Mapping[str, Any], *, replacing: bool) -> None:
        tasks, job = TaskSet(inputs), inputs.get("jobId")
        due = Changes(added=list(tasks), open=tasks.open)
        self._say(id, due)
        if not isinstance(job, str):
            return
        self._hold(id, job, tasks)
        if self.ledger.is_created(job_id(job)):
            return
        try:
            self._must_fit(job, tasks, due)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            self.call.warn(f"{job_id(job)} does not exist: `pulumi up` fails here unless something creates it before.")
            return
        self.ledger.plan(id)
        if not replacing:
            self._must_not_differ(job, tasks)

    def _must_not_differ(self, job: str, tasks: TaskSet) -> None:
        there: list[str] = []
        differing: list[str] = []
        for server in self.client.read_tasks(job, list(tasks), select=BODY, deadline=self.call.deadline):
            body = tasks.body(server["id"])
            different = None if body is UNKNOWN else difference(body, server)
            if different is None:
                there.append(server["id"])
            else:
                differing.append(f"{server['id']}: {different}")
        if differing:
            raise refusals.TASKS_EXIST_AND_DIFFER(
                count=f"{len(differing):,}", job=job_id(job), tasks="; ".join(differing[:NAMED])
            )
        if there:
            self.call.info(f"{len(there):,} tasks of {job_id(job)} exist already and will be adopted: {named(there)}.")

    def make(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> State:
        tasks, job = TaskSet(inputs), str(inputs["jobId"])
        due = Changes(added=list(tasks))
        self._must_fit(job, tasks, due)
        self._hold(id, job, tasks)
        work = Work(self.client, self.call, job, tasks)
        work.carry_out(due)
        self.ledger.wrote(id, created=True)
        if not work.is_done and not work.came and not work.unsure:
            if work.stopped is not None:
                raise work.stopped
            raise refusals.TASKS_FAILED(job=job_id(job), reasons="; ".join(work.reasons()))
        return self._finished(id, inputs, private, work, ())

    # Update

    _imports = False

    def update(self, old: State, news: Mapping[str, Any]) -> State:
        self._imports = old.private.get(IMPORTED) is True  # the mark is taken off before anything is compared
        return super().update(old, news)

    def change(self, old: State, news: Mapping[str, Any]) -> State:
        tasks, job = TaskSet(news), news.get("jobId")
        due = self._changes(old, news)
        if due or not self.call.preview:
            self._say(old.id, due)
        if isinstance(job, str):
            if due and not self.ledger.is_created(job_id(job)):
                self._must_fit(job, tasks, due)
            self._hold(old.id, job, tasks)
        if self.call.preview:
            return self.state(old.id, news, old.private)
        work = Work(self.client, self.call, str(job), tasks)
        record = recorded_tasks(old.private)
        work.carry_out(due)
        return self._finished(old.id, news, old.private, work, _entries(old, record))

    def _must_fit(self, job: str, tasks: TaskSet, due: Changes) -> None:
        if not due.brings:
            return
        there = job_of(self.session, self.call, job)
        if there.get("state") in ENDED:
            raise refusals.JOB_ENDED_FOR_COLLECTION(job=job_id(job), state=there["state"], counted=due.counted())
        for id in (*due.added, *due.again):
            body = tasks.body(id)
            if body is not UNKNOWN and ("dependsOn" in body or "exitConditions" in body):
                must_fit({**body, "jobId": job}, there)

    def _finished(
        self,
        id: str,
        inputs: Mapping[str, Any],
        private: Mapping[str, Any],
        work: Work,
        before: Iterable[Entry],
    ) -> State:
        """The state after work that is done; otherwise the failure that keeps what exists."""
        kept = {name: value for name, value in private.items() if name != TASKS}
        kept[_FIRST] = min(filter(None, (private.get(_FIRST), work.first)), default=None)
        kept[_LAST] = max(filter(None, (private.get(_LAST), work.last)), default=None)
        if work.is_done:
            self._end_job(inputs)
            return self.state(id, inputs, kept)
        # Bodies stay out: a failure travels in a message that has to be small. Digests say what exists.
        small = {name: value for name, value in inputs.items() if name not in ("tasks", "defaults")}
        state = State(id, {}, small, {**kept, TASKS: work.account(before).text()})
        raise InitFailed(state, work.reasons()) from work.stopped

    def _end_job(self, inputs: Mapping[str, Any]) -> None:
        """Have the job end when its tasks have, now that they are in."""
        if not ends(inputs.get(_END)):
            return
        job = str(inputs["jobId"])
        there = job_of(self.session, self.call, job)
        if ends(there.get(_END)) or there.get("state") in ENDED:
            return
        try:
            self.client.call(UPDATE_JOB, job, body={_END: "terminatejob"}, deadline=self.call.deadline)
        except ServiceError as error:
            if error.code not in ("JobCompleted", "JobTerminating"):
                raise
        self.ledger.wrote(job_id(job))

    def _say(self, id: str, due: Changes) -> None:
        """How many tasks an operation changes, and who does not wait for those that are added again."""
        what = id or f"the collection {self.call.name}"
        if due:
            self.call.info(f"{what} {due.counted()}")
        if due.dependents:
            self.call.warn(
                f"{what}: these tasks depend on tasks that are added again, and are not: {named(due.dependents)}. "
                "With `rerunDependents: true` they are."
            )
        if due.unheld:
            self.call.warn(
                f"{what}: the service remembers the id of a task that has completed, so these tasks may start before "
                f"those that are added again have run: {named(due.unheld)}."
            )

    # Read

    def find(self, old: State) -> State | None:
        if old.is_import:
            return self._imported(old)
        job = str(old.recorded("jobId"))
        try:
            sight = look(self.client, job, old, recorded_tasks(old.private), self.call.deadline)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            self.call.warn(f"{job_id(job)} is gone, and the tasks of {old.id} with it. They count as done.")
            return old
        self.ledger.read(old.id)
        if sight.missing and self._are_over(job, old, sight.missing):
            sight.missing = []
        inputs, record = sight.inputs_seen(), sight.record_seen()
        if ends(inputs.get(_END)):
            parent = job_of(self.session, self.call, job)
            if not ends(parent.get(_END)) and parent.get("state") not in ENDED:
                inputs[_END] = parent.get(_END)
        private = {name: value for name, value in old.private.items() if name != TASKS}
        if record is not None:
            private[TASKS] = record.text()
        return self.state(old.id, inputs, private)

    def _are_over(self, job: str, old: State, ids: list[str]) -> bool:
        ignored = old.inputs.get("onMissing") == "ignore"
        first, last = old.private.get(_FIRST), old.private.get(_LAST)
        return count_as_done(self.session, self.call, job, ids, first=first, last=last, ignored=ignored)

    def _imported(self, old: State) -> State | None:
        job = split_collection_id(old.id)
        try:
            listed = self.client.list_all(LIST_TASKS, job, select=BODY, deadline=self.call.deadline)
            tasks = {server["id"]: undeclared(TaskBody, server) for server in listed}
        except ServiceError as error:
            if not error.is_not_found:
                raise
            return None
        inputs = {"jobId": job, "tasks": tasks}
        return self.state(self.identity(inputs), inputs, {IMPORTED: True})

    # Delete

    def remove(self, old: State) -> None:
        job = str(old.recorded("jobId"))
        ids = list(self._ids(old))
        self.ledger.parts.drop(old.id)
        others = dict(self.ledger.parts.shared(old.id, _parts(job, ids)))
        if others:
            self.call.warn(
                f"{len(others):,} tasks are not deleted, because they belong to {next(iter(others.values()))} as well."
            )
            ids = [id for id in ids if task_id(job, id).casefold() not in others]
        work = Work(self.client, self.call, job, TaskSet({}))
        work.carry_out(Changes(removed=ids))
        if work.stopped is not None:
            raise work.stopped
        if work.failed:
            raise refusals.TASKS_NOT_DELETED(
                count=f"{len(work.failed):,}", job=job_id(job), reasons="; ".join(work.reasons())
            )


def _entries(old: State, record: TaskRecord | None) -> Iterable[Entry]:
    if record is not None:
        return record
    tasks = TaskSet(old.inputs)
    return (Entry(id, tasks.digest(id)) for id in tasks)


def _parts(job: Any, ids: Iterable[str]) -> frozenset[str]:
    return frozenset(task_id(job, id).casefold() for id in ids) if isinstance(job, str) else frozenset()


def _by_task(due: Changes, told: set[str]) -> list[Difference]:
    """A difference for each task that no difference of the inputs names."""
    kinds: tuple[tuple[Any, list[str]], ...] = (("add", due.added), ("delete", due.removed), ("update", due.again))
    return [
        Difference(("tasks", id), kind, None if kind == "add" else {}, None if kind == "delete" else {})
        for kind, ids in kinds
        for id in ids
        if id.casefold() not in told
    ]

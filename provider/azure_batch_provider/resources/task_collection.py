"""TaskCollection: many tasks of a job. Adds and removes what differs, and touches nothing else.

Follows the REST pages Tasks - Create Task Collection, List Tasks, Delete Task and Jobs - Update Job.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from azure_batch_provider.batch.operations import UPDATE_JOB
from azure_batch_provider.http.errors import RequestError, ServiceError
from azure_batch_provider.lifecycle.imported import IMPORTED
from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.lifecycle.unfinished import mark
from azure_batch_provider.models.common import ends
from azure_batch_provider.properties.task_set import TaskSet, digest_of
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.collection_changes import Changes
from azure_batch_provider.resources.collection_plan import END, FAILED_TASKS
from azure_batch_provider.resources.collection_reading import FIRST, LAST, CollectionReading
from azure_batch_provider.resources.collection_work import BODY, Work
from azure_batch_provider.resources.completion import Completion, Outcome
from azure_batch_provider.resources.ids import job_id
from azure_batch_provider.resources.task_absence import named
from azure_batch_provider.resources.task_job import ENDED, job_of
from azure_batch_provider.resources.task_record import TASKS, Entry, TaskRecord, recorded_tasks


class TaskCollectionLifecycle(CollectionReading):
    """Its tasks are added and deleted many at a time; the state says which exist, also where an operation failed."""

    def make(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> State:
        tasks, job = TaskSet(inputs), str(inputs["jobId"])
        due = Changes(added=list(tasks))
        self.forecast.must_fit(job, tasks, due)
        self.hold(id, job, tasks)
        work = Work(self.client, self.call, job, tasks, awaited=inputs.get("awaitCompletion") is not None)
        work.carry_out(due)
        self.ledger.wrote(id, created=True)
        if not work.is_done and not work.came and not work.unsure:
            if work.stopped is not None:
                raise work.stopped
            raise refusals.TASKS_FAILED(job=job_id(job), reasons="; ".join(work.reasons()))
        return self._finished(id, inputs, private, work, ())

    # Update

    def update(self, old: State, news: Mapping[str, Any]) -> State:
        # These marks are taken off before anything is compared.
        self.imports, self.left = old.private.get(IMPORTED) is True, old.unfinished
        return super().update(old, news)

    def change(self, old: State, news: Mapping[str, Any]) -> State:
        tasks, job = TaskSet(news), news.get("jobId")
        due = self.due(old, news)
        if not due and self.left is None and not (self.imports or self.call.preview):
            # The credentials of the last deployment may have been refused: then nobody has looked yet.
            old = self.find(old) or old
            due = self.due(old, news)
        if due or not self.call.preview:
            self.forecast.say(old.id, due)
        if isinstance(job, str):
            if due and not self.ledger.is_created(job_id(job)):
                self.forecast.must_fit(job, tasks, due)
            self.hold(old.id, job, tasks)
        record = recorded_tasks(old.private)
        awaited = news.get("awaitCompletion") is not None
        ours = frozenset(entry.id for entry in record or () if not entry.sure)
        if self.call.preview:
            if isinstance(job, str) and not self.ledger.is_created(job_id(job)):
                self.forecast.must_not_differ(job, tasks, due.added, awaited=awaited, ours=ours)
            return self.state(old.id, news, old.private)
        work = Work(self.client, self.call, str(job), tasks, awaited=awaited, ours=ours)
        removed = set(due.removed)
        due.removed = self.unshared(old.id, str(job), due.removed)
        others = removed.difference(due.removed)
        work.carry_out(due)
        before = (entry for entry in _entries(old, record) if entry.id not in others)
        return self._finished(old.id, news, old.private, work, before)

    def _finished(
        self,
        id: str,
        inputs: Mapping[str, Any],
        private: Mapping[str, Any],
        work: Work,
        before: Iterable[Entry],
    ) -> State:
        """The state after work that is done, and waited for; otherwise the failure that keeps what exists."""
        kept = {name: value for name, value in private.items() if name not in (TASKS, FAILED_TASKS)}
        kept[FIRST] = min(filter(None, (private.get(FIRST), work.first)), default=None)
        kept[LAST] = max(filter(None, (private.get(LAST), work.last)), default=None)
        reasons: Sequence[str] = work.reasons()
        if work.is_done:
            try:
                self._end_job(inputs)
                outcome = self._awaited(inputs, work.tasks)
            except RequestError as error:
                reasons = [str(error)]
            else:
                if outcome.unfinished is None:
                    return self.state(id, inputs, kept)
                reasons = outcome.reasons
                kept = mark({**kept, FAILED_TASKS: [*outcome.failed]}, outcome.unfinished, " ".join(reasons))
        # Bodies stay out: a failure travels in a message that has to be small. Digests say what exists.
        small = {name: value for name, value in inputs.items() if name not in ("tasks", "defaults")}
        state = State(id, {}, small, {**kept, TASKS: work.account(before).text()})
        raise InitFailed(state, reasons) from work.stopped

    def _awaited(self, inputs: Mapping[str, Any], tasks: TaskSet) -> Outcome:
        options = inputs.get("awaitCompletion")
        if options is None:
            return Outcome()
        return Completion(self.session, self.call, str(inputs["jobId"])).wait(list(tasks), options)

    def _end_job(self, inputs: Mapping[str, Any]) -> None:
        """Have the job end when its tasks have, now that they are in."""
        if not ends(inputs.get(END)):
            return
        job = str(inputs["jobId"])
        there = job_of(self.session, self.call, job)
        if ends(there.get(END)) or there.get("state") in ENDED:
            return
        try:
            self.client.call(UPDATE_JOB, job, body={END: "terminatejob"}, deadline=self.call.deadline)
        except ServiceError as error:
            if error.code not in ("JobCompleted", "JobTerminating"):
                raise
        self.ledger.wrote(job_id(job))

    # Delete

    def remove(self, old: State) -> None:
        job = str(old.recorded("jobId"))
        ids = self._own(job, old)
        self.ledger.parts.drop(old.id)
        work = Work(self.client, self.call, job, TaskSet({}))
        work.carry_out(Changes(removed=self.unshared(old.id, job, ids)))
        if work.stopped is not None:
            raise work.stopped
        if work.failed:
            raise refusals.TASKS_NOT_DELETED(
                count=f"{len(work.failed):,}", job=job_id(job), reasons="; ".join(work.reasons())
            )

    def _own(self, job: str, old: State) -> list[str]:
        """The tasks to delete: of those that may have been added, such as are what would have been."""
        record = recorded_tasks(old.private)
        unsure = [entry.id for entry in record if not entry.sure] if record is not None else []
        if record is None or not unsure:
            return list(self.ids(old))
        theirs: list[str] = []
        tasks = TaskSet(old.inputs)  # older than what an update that failed has added
        try:
            for server in self.client.read_tasks(job, unsure, select=BODY, deadline=self.call.deadline):
                entry = record.get(server["id"])
                declared = tasks.body(server["id"]) if server["id"] in tasks else {}
                if entry is not None and digest_of(server, declared) != entry.digest:
                    theirs.append(entry.id)
        except ServiceError as error:
            if not error.is_not_found:
                raise
        if theirs:
            self.call.warn(
                f"tasks of {job_id(job)} that are not deleted, because they may be another client's: {named(theirs)}."
            )
        return [entry.id for entry in record if entry.id not in theirs]


def _entries(old: State, record: TaskRecord | None) -> Iterable[Entry]:
    if record is not None:
        return record
    tasks = TaskSet(old.inputs)
    return (Entry(id, tasks.digest(id)) for id in tasks)

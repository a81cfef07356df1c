"""Read and import of a collection: what the service has of its tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from azure_batch_provider.batch.operations import LIST_TASKS
from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle.imported import IMPORTED
from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.lifecycle.unfinished import Unfinished
from azure_batch_provider.models.common import OnMissing, ends
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.properties.read_back import undeclared
from azure_batch_provider.resources.collection_plan import END, CollectionPlan
from azure_batch_provider.resources.collection_sight import Sight, look
from azure_batch_provider.resources.collection_work import BODY, Progress
from azure_batch_provider.resources.completion import FAILED, WAITING, Completion
from azure_batch_provider.resources.ids import job_id, split_collection_id
from azure_batch_provider.resources.task_absence import count_as_done, named
from azure_batch_provider.resources.task_job import ENDED, job_of
from azure_batch_provider.resources.task_record import TASKS, recorded_tasks

FIRST: Final = "first"
"""In what a state remembers: when the first of the tasks was added."""
LAST: Final = "last"
"""And the last."""


class CollectionReading(CollectionPlan):
    """The part of a collection's lifecycle that only looks."""

    _sight: Sight | None = None

    def find(self, old: State) -> State | None:
        if old.is_import:
            return self._imported(old)
        job = str(old.recorded("jobId"))
        try:
            record, ended = recorded_tasks(old.private), old.unfinished is not None
            sight = look(self.client, job, old, record, self.call, ends=ended)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            self.call.warn(f"{job_id(job)} is gone, and the tasks of {old.id} with it. They count as done.")
            return old
        self._sight = sight
        self.ledger.read(old.id)
        if sight.missing and self._are_over(job, old, sight.missing):
            sight.missing = []
        if sight.changed:
            self.call.info(
                f"tasks of {job_id(job)} that are not what was added: {named(list(sight.changed))}. They are deleted "
                "and added again."
            )
        inputs, record = sight.inputs_seen(), sight.record_seen()
        if ends(inputs.get(END)):
            parent = job_of(self.session, self.call, job)
            if not ends(parent.get(END)) and parent.get("state") not in ENDED:
                inputs[END] = parent.get(END)
        private = {name: value for name, value in old.private.items() if name != TASKS}
        if record is not None:
            private[TASKS] = record.text()
        return self.state(old.id, inputs, private)

    def still_unfinished(
        self, id: str, left: Unfinished, declared: Mapping[str, Any], seen: State
    ) -> Unfinished | None:
        still = super().still_unfinished(id, left, declared, seen)
        options, sight = declared.get("awaitCompletion"), self._sight
        if still is not None or options is None or sight is None:
            return still
        if sight.running:
            return Unfinished(WAITING, f"{sight.running:,} of {len(sight.tasks):,} tasks of {id} have not completed.")
        if left.what == FAILED and sight.failed and options.get("failOnError") is not False:
            return left  # with the end of their standard error, which may not be there any more
        outcome = Completion(self.session, self.call, str(seen.inputs["jobId"])).ended(sight.failed, options)
        return None if outcome.unfinished is None else Unfinished(outcome.unfinished, " ".join(outcome.reasons))

    def _are_over(self, job: str, old: State, ids: list[str]) -> bool:
        ignored = OnMissing.IGNORE.matches(old.inputs.get("onMissing"))
        first, last = old.private.get(FIRST), old.private.get(LAST)
        return count_as_done(self.session, self.call, job, ids, first=first, last=last, ignored=ignored)

    def _imported(self, old: State) -> State | None:
        job = split_collection_id(old.id)
        try:
            listed = self.client.list_all(LIST_TASKS, job, select=BODY, deadline=self.call.deadline)
            tasks, progress = {}, Progress(self.call, "read")
            for server in listed:
                tasks[server["id"]] = undeclared(TaskBody, server)
                progress(len(tasks), None)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            return None
        inputs = {"jobId": job, "tasks": tasks}
        return self.state(self.identity(inputs), inputs, {IMPORTED: True})

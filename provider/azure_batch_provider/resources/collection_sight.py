"""What a collection finds when it looks: which of its tasks are there, and which are not what they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.properties.read_back import project
from azure_batch_provider.properties.task_set import Likeness, TaskSet, digest_of
from azure_batch_provider.resources.collection_work import BODY, Progress
from azure_batch_provider.resources.completion_failure import has_failed
from azure_batch_provider.resources.task_record import Entry, TaskRecord

if TYPE_CHECKING:
    from azure_batch_provider.lifecycle.context import Call
    from azure_batch_provider.lifecycle.results import State


@dataclass
class Sight:
    """The tasks of a collection at the service.

    Attributes:
        inputs: that what exists was made from, unless there is a record of it.
        record: what the state remembers of the tasks.
        missing: ids of tasks that are not there.
        changed: tasks that are not what they were, as the service shows them.
        settled: ids of tasks that may have been added, and are there as declared.
        running: how many have not completed.
        failed: those that have failed, if their ends were looked at.
    """

    inputs: Mapping[str, Any]
    record: TaskRecord | None
    tasks: TaskSet
    missing: list[str] = field(default_factory=list)
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)
    settled: list[str] = field(default_factory=list)
    running: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)

    def inputs_seen(self) -> dict[str, Any]:
        """The inputs, with the tasks of the map as they are there."""
        own = self.inputs.get("tasks")
        if not isinstance(own, Mapping):
            return dict(self.inputs)
        defaults = self.inputs.get("defaults") or {}
        gone = {id.casefold() for id in self.missing}
        kept = {name: value for name, value in own.items() if name.casefold() not in gone}
        for id, server in self.changed.items():
            name = next((name for name in own if name.casefold() == id.casefold()), None)
            if name is not None:
                seen = project(TaskBody, self.tasks.body(name), server)
                # What is as the defaults say goes without saying, as it did before.
                kept[name] = {
                    part: value for part, value in seen.items() if part in own[name] or value != defaults.get(part)
                }
        return {**self.inputs, "tasks": kept}

    def record_seen(self) -> TaskRecord | None:
        """What is to be remembered; None where the inputs say it all."""
        if self.record is None and not self._needs_record():
            return None
        found = TaskRecord(
            iter(self.record) if self.record is not None else (Entry(id, self.tasks.digest(id)) for id in self.tasks)
        )
        for id in self.missing:
            found.drop(id)
        for id, server in self.changed.items():
            found.put(Entry(id, digest_of(server, self.tasks.body(id))))
        for id in self.settled:
            found.put(Entry(id, self.tasks.digest(id)))
        return None if self._is_all_of(found) else found

    def _needs_record(self) -> bool:
        """Whether the inputs cannot say what is there: a sweep cannot lack a task, nor can a task lack a default."""
        own = self.inputs.get("tasks")
        names = {name.casefold() for name in own} if isinstance(own, Mapping) else set()
        of_sweep = any(id.casefold() not in names for id in (*self.missing, *self.changed))
        return of_sweep or bool(self.changed and self.inputs.get("defaults"))

    def _is_all_of(self, record: TaskRecord) -> bool:
        """Whether exactly the declared tasks are there, as declared."""
        return len(record) == len(self.tasks) and all(
            entry.sure and entry.id in self.tasks and self.tasks.digest(entry.id) == entry.digest for entry in record
        )


def look(
    client: BatchClient, job: str, old: State, record: TaskRecord | None, call: Call, *, ends: bool = False
) -> Sight:
    """Ask the service for the tasks that a state has; with `ends`, also how they have ended.

    Raises:
        RequestError
    """
    sight = Sight(old.inputs, record, TaskSet(old.inputs))
    tasks, likeness = sight.tasks, Likeness()
    ids = [entry.id for entry in record] if record is not None else list(tasks)
    missing = {id.casefold(): id for id in ids}
    select, progress = f"{BODY},executionInfo" if ends else BODY, Progress(call, "read")
    for server in client.read_tasks(job, ids, select=select, deadline=call.deadline, progress=progress):
        id = missing.pop(server["id"].casefold(), None)
        if id is None:
            continue
        sight.running += str(server.get("state")).casefold() != "completed"
        if ends and has_failed(server):
            sight.failed.append(server)
        entry = record.get(id) if record is not None else None
        # After an update that failed the inputs are older than some of what is there.
        comparable = entry is None or (id in tasks and tasks.digest(id) == entry.digest)
        if not comparable:
            continue
        same = likeness.same(tasks.body(id), server)
        if entry is not None and not entry.sure:
            if same:
                sight.settled.append(id)
        elif not same:
            sight.changed[id] = server
    sight.missing = list(missing.values())
    return sight

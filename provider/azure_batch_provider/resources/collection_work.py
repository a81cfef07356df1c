"""Adds and removes the tasks of a collection, and keeps the account of which exist, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.http.errors import Cancelled, RequestError
from azure_batch_provider.lifecycle.context import Call
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.properties.compare import differences
from azure_batch_provider.properties.plan import listed
from azure_batch_provider.properties.read_back import project
from azure_batch_provider.properties.task_set import Likeness, TaskSet
from azure_batch_provider.resources.collection_changes import Changes
from azure_batch_provider.resources.ids import job_id, task_id
from azure_batch_provider.resources.task_absence import named
from azure_batch_provider.resources.task_record import Entry, TaskRecord

PATIENCE: Final = 5.0
"""Seconds after which the user is told how far it is."""
EVERY: Final = 2.0
"""Seconds between two such lines."""
BODY: Final = ",".join(("id", "state", "creationTime", *(p.wire_name for p in TaskBody.properties().values())))
"""What has to be read of a task to compare it."""

OLD_RESULT: Final = (
    "completed before this deployment, whose result it is not: declare another id, delete it, or import the tasks of "
    "the job"
)


class Progress:
    """How far it is, for the user, once it takes long: `text` is made of how many are done, of all, and again."""

    def __init__(self, call: Call, done: str, again: str = "") -> None:
        self._call = call
        self._done = done
        self._again = again
        self._due = call.deadline.now() + PATIENCE

    def __call__(self, done: int, total: int | None, again: int = 0) -> None:
        now = self._call.deadline.now()
        if now < self._due:
            return
        self._due = now + EVERY
        retried = f", {again:,} {self._again}" if again and self._again else ""
        of = f"{done:,} of {total:,}" if total is not None else f"{done:,}"
        self._call.status(f"{of} tasks {self._done}{retried}")


class _Requests:
    """The bodies of tasks, made while they are sent."""

    def __init__(self, tasks: TaskSet, ids: list[str]) -> None:
        self._tasks = tasks
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(self._tasks.request, self._ids)


@dataclass
class Work:
    """The tasks of one job, while they are changed.

    Attributes:
        tasks: what is declared.
        gone, came, unsure: what became of tasks: deleted, added or adopted, may have been added.
        failed: why something could not be done, by task.
        doubts: why nothing is known of a task, by task.
        awaited: their results are waited for, so that one that has completed already will not do.
        ours: tasks that an earlier attempt may have added.
        stopped: what ended the work before its end.
        first, last: when the first and the last task were added, if any was.
    """

    client: BatchClient
    call: Call
    job: str
    tasks: TaskSet
    gone: list[str] = field(default_factory=list)
    came: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    awaited: bool = False
    ours: frozenset[str] = frozenset()
    stopped: Exception | None = None
    first: str | None = None
    last: str | None = None

    @property
    def is_done(self) -> bool:
        return not self.failed and not self.unsure and self.stopped is None

    def carry_out(self, found: Changes) -> None:
        """Delete what is not declared any more or is to be added again, wait until it is gone, and add."""
        self._remove([*found.removed, *found.again])
        if self.stopped is None:
            self._add([id for id in (*found.added, *found.again) if id not in self.failed])

    def _remove(self, ids: list[str]) -> None:
        if not ids:
            return
        removed = self.client.delete_tasks(
            self.job, ids, deadline=self.call.deadline, progress=Progress(self.call, "deleted")
        )
        self.gone += removed.gone
        self.failed.update(removed.failed)
        self.stopped = removed.stopped

    def _add(self, ids: list[str]) -> None:
        if not ids:
            return
        requests = _Requests(self.tasks, ids)
        progress = Progress(self.call, "added", "retried")
        added = self.client.add_tasks(self.job, requests, deadline=self.call.deadline, progress=progress)
        self.stopped = added.stopped
        self.failed.update(added.failed)
        for id, time in added.added.items():
            self._is_there(id, time)
        self.unsure += added.uncertain
        self.doubts.update(added.uncertain)
        self._adopt(added.exists)

    def _is_there(self, id: str, time: str) -> None:
        self.came.append(id)
        self.first = min(self.first or time, time)
        self.last = max(self.last or time, time)

    def account(self, before: Iterable[Entry]) -> TaskRecord:
        """Which tasks exist now, given those that did."""
        found = TaskRecord(iter(before))
        for id in self.gone:
            found.drop(id)
        for ids, sure in ((self.came, True), (self.unsure, False)):
            for id in ids:
                found.put(Entry(id, self.tasks.digest(id), sure))
        return found

    def _adopt(self, ids: Iterable[str]) -> None:
        """Take tasks that are there already for those declared, if they are the same."""
        left = {id.casefold(): id for id in ids}
        if not left:
            return
        adopted: list[str] = []
        try:
            for server in self.client.read_tasks(
                self.job, list(left.values()), select=BODY, deadline=self.call.deadline
            ):
                id = left.pop(server["id"].casefold(), None)
                if id is None:
                    continue
                different = difference(self.tasks.body(id), server)
                if different is None and self.awaited and has_completed(server) and id not in self.ours:
                    self.failed[id] = f"exists already, and {OLD_RESULT}"
                elif different is None:
                    adopted.append(id)
                    self._is_there(id, str(server.get("creationTime")))
                else:
                    self.failed[id] = f"exists already and is not what is declared: {different}"
        except (RequestError, Cancelled) as error:
            self.stopped = self.stopped or error
            self.unsure += left.values()
            left.clear()
        for id in left.values():
            self.failed[id] = "existed when it was added, and does not any more"
        if adopted:
            self.call.info(
                f"{len(adopted):,} tasks of {job_id(self.job)} existed already and are what is declared: adopted "
                f"({named(adopted)})."
            )

    def reasons(self) -> list[str]:
        """What the user must know, the first failures by task, and all of them in the log."""
        told = [f"{task_id(self.job, id)}: {reason}" for id, reason in {**self.doubts, **self.failed}.items()]
        for text in told:
            self.call.debug(text)
        shown = told[:20]
        if len(told) > len(shown):
            shown.append(f"and {len(told) - len(shown):,} more tasks failed; the log of `pulumi -v=9` names them all")
        if self.stopped is not None:
            shown.append(str(self.stopped) or "Cancelled.")
        return shown


def has_completed(server: Mapping[str, Any]) -> bool:
    """Whether a task of the service has ended."""
    return str(server.get("state")).casefold() == "completed"


def difference(declared: Mapping[str, Any], server: Mapping[str, Any]) -> str | None:
    """What a task of the service has otherwise than declared, in words; None if nothing."""
    if Likeness().same(declared, server):
        return None
    found = list(differences(TaskBody, project(TaskBody, declared, server), declared))
    return listed(TaskBody, found, lambda path: True, 5)

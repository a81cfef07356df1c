"""Looks for which of many tasks of one job have not completed yet, by few requests.

The job may hold any number of other tasks, also ones that never end, and their tasks do not matter here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.batch.operations import GET_TASK, LIST_TASKS
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.resources.completion_failure import has_failed

FEW: Final = 3
"""So many tasks are asked for one by one."""
UNFINISHED: Final = "state ne 'completed'"
ACTIVE: Final = "state eq 'active'"
FAILURES: Final = "executionInfo/result eq 'failure'"
REASONS: Final = "id,state,executionInfo,exitConditions"
WAITS_FOR: Final = "id,state,dependsOn,requiredSlots,multiInstanceSettings"

Task = dict[str, Any]


@dataclass(frozen=True)
class Look:
    """What one look has shown.

    Attributes:
        left: how many of the tasks have not completed; None if there are more than were counted.
        unfinished: those that were seen, by their ids without case.
        failed: how many have failed, as far as one page shows it.
    """

    left: int | None
    unfinished: Mapping[str, Task]
    failed: int

    @property
    def active(self) -> set[str]:
        """The ids of those that wait to be run."""
        return {key for key, task in self.unfinished.items() if _state(task) == "active"}


class Watch(ABC):
    """Tasks of one job that are waited for. Every method raises RequestError.

    Attributes:
        ids: of the tasks as they were given, by themselves without case.
        gone: the ids of those that are not there any more, where that was seen.
    """

    def __init__(self, client: BatchClient, job: str, ids: Collection[str], deadline: Deadline) -> None:
        self.ids: Final[Mapping[str, str]] = {id.casefold(): id for id in ids}
        self.gone: list[str] = []
        self._client = client
        self._job = job
        self._deadline = deadline

    @abstractmethod
    def look(self) -> Look:
        """Look again."""

    @abstractmethod
    def failures(self) -> list[Task]:
        """Those of the tasks that have failed, in the order of their ids."""

    @abstractmethod
    def waiting(self) -> Iterator[Task]:
        """Tasks that are active, with what they wait for; where there are many, those of the first page."""

    def failures_in_job(self) -> Iterator[Task]:
        """Tasks of the job that have failed, whoever's."""
        return self._list(FAILURES, REASONS)

    def waiting_in_job(self) -> Iterator[Task]:
        """Tasks of the job that are active, whoever's, with what they wait for."""
        return self._list(ACTIVE, WAITS_FOR)

    def _list(self, filter: str, select: str) -> Iterator[Task]:
        return self._client.list_all(LIST_TASKS, self._job, filter=filter, select=select, deadline=self._deadline)

    def _page(self, filter: str, select: str) -> tuple[dict[str, Task], bool]:
        """Those of the tasks that are on the first page of a list, and whether there is another page."""
        listing = self._client.listing(LIST_TASKS, self._job, filter=filter, select=select)
        return self._own(listing.take(self._deadline)), listing.more

    def _own(self, tasks: list[Task]) -> dict[str, Task]:
        return {key: task for task in tasks if (key := str(task["id"]).casefold()) in self.ids}


class Few(Watch):
    """Each task is asked for by itself, until it has completed."""

    def __init__(self, client: BatchClient, job: str, ids: Collection[str], deadline: Deadline) -> None:
        super().__init__(client, job, ids, deadline)
        self._ended: dict[str, Task] = {}
        self._open: dict[str, Task] = {}

    def look(self) -> Look:
        for key, id in self.ids.items():
            if key in self._ended or id in self.gone:
                continue
            try:
                select = f"{REASONS},{WAITS_FOR.removeprefix('id,state,')}"
                task = self._client.get(GET_TASK, self._job, id, select=select, deadline=self._deadline)
            except ServiceError as error:
                if not error.is_not_found:
                    raise
                self.gone.append(id)
                self._open.pop(key, None)
            else:
                self._open.pop(key, None)
                (self._ended if _state(task) == "completed" else self._open)[key] = task
        return Look(len(self._open), dict(self._open), len(self.failures()))

    def failures(self) -> list[Task]:
        return [task for _, task in sorted(self._ended.items()) if has_failed(task)]

    def waiting(self) -> Iterator[Task]:
        return (task for task in self._open.values() if _state(task) == "active")


class Many(Watch):
    """Lists of the job's tasks that have not completed: as long as one of ours is on the first page, no more is asked.
    Where the first page is full of other tasks, one of ours that has been found behind them is asked for by itself from
    then on, until it has completed.

    A task that is deleted while it is waited for is not in the list either, and counts as completed.
    """

    def __init__(self, client: BatchClient, job: str, ids: Collection[str], deadline: Deadline) -> None:
        super().__init__(client, job, ids, deadline)
        self._behind: str | None = None

    def look(self) -> Look:
        left, found = self._unfinished()
        failed, _ = self._page(FAILURES, "id")
        return Look(left, found, len(failed))

    def _unfinished(self) -> tuple[int | None, dict[str, Task]]:
        if self._behind is not None:
            task = self._still(self._behind)
            if task is not None:
                return None, {self._behind: task}
            self._behind = None
        listing = self._client.listing(LIST_TASKS, self._job, filter=UNFINISHED, select="id,state")
        found = self._own(listing.take(self._deadline))
        if not listing.more:
            return len(found), found
        while not found and listing.more:
            found = self._own(listing.take(self._deadline))
            self._behind = next(iter(found), None)
        return (None, found) if found else (0, {})

    def _still(self, key: str, select: str = "id,state") -> Task | None:
        """A task that had not completed, unless it has by now."""
        try:
            task = self._client.get(GET_TASK, self._job, self.ids[key], select=select, deadline=self._deadline)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            return None
        return None if _state(task) == "completed" else task

    def failures(self) -> list[Task]:
        own = (task for task in self._list(FAILURES, REASONS) if str(task["id"]).casefold() in self.ids)
        return sorted(own, key=lambda task: str(task["id"]))

    def waiting(self) -> Iterator[Task]:
        found = self._page(ACTIVE, WAITS_FOR)[0]
        behind = self._still(self._behind, WAITS_FOR) if not found and self._behind is not None else None
        return (task for task in (*found.values(), behind) if task is not None and _state(task) == "active")


def watch(client: BatchClient, job: str, ids: Collection[str], deadline: Deadline) -> Watch:
    return (Few if len(ids) <= FEW else Many)(client, job, ids, deadline)


def _state(task: Mapping[str, Any]) -> str:
    return str(task.get("state")).casefold()

"""Which tasks wait for which, as an operation comes to know it, and which are added again under the id that they had.

The service remembers the id of a task that has completed, also when the task is deleted: what depends on it does not
wait for another task of that id. So a plan that adds one again has to name its dependents. Ids are compared as the
service compares them, without case; ranges hold the ids that are integers, whatever zeros they begin with. Knows
nothing of requests or of how the user is told.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping
from typing import Any


class Dependents:
    """The tasks of all jobs by job and id; safe to use from many calls at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: set[tuple[str, str]] = set()
        self._ended: set[tuple[str, str]] = set()
        self._waiting: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._again: dict[str, dict[str, None]] = {}
        self._batches: dict[str, list[_Batch]] = {}
        self._told: set[tuple[str, str, str]] = set()
        self._listed: set[str] = set()

    def was_there(self, job: str, task: str) -> None:
        """A task of this id is, or was, in the job."""
        with self._lock:
            self._seen.add(_key(job, task))

    def is_known(self, job: str, task: str) -> bool:
        """Whether a task of this id was in the job before."""
        with self._lock:
            return _key(job, task) in self._seen

    def ended(self, job: str, task: str) -> None:
        """The task waits for nothing any more."""
        with self._lock:
            self._ended.add(_key(job, task))

    def has_ended(self, job: str, task: str) -> bool:
        with self._lock:
            return _key(job, task) in self._ended

    def waits(self, job: str, task: str, depends_on: Any) -> list[str]:
        """Note what a task depends on; returns those of them that are added again, unless that was returned before."""
        if not isinstance(depends_on, Mapping):
            return []
        with self._lock:
            self._waiting.setdefault(job.casefold(), {})[task] = depends_on
            again = [id for id in self._again.get(job.casefold(), {}) if _holds(depends_on, id)]
            found = [id for id in again if self._is_news(job, id, task)]
            for batch in self._batches.get(job.casefold(), ()):
                if batch.is_waited_for(task, depends_on) and self._is_news(job, batch.name, task):
                    found += [id for id in batch.tasks if _holds(depends_on, id)]
            return found

    def again(self, job: str, task: str) -> list[str]:
        """Note that a task is added again; returns the tasks that depend on it, unless they were returned before."""
        with self._lock:
            self._again.setdefault(job.casefold(), {})[task] = None
            waiting = self._waiting.get(job.casefold(), {})
            found = [id for id, depends_on in waiting.items() if _holds(depends_on, task)]
            return [id for id in found if self._is_news(job, task, id)]

    def again_all(self, job: str, tasks: Collection[str]) -> list[str]:
        """The same of many tasks: those that depend on any of them and are none of them."""
        with self._lock:
            batches = self._batches.setdefault(job.casefold(), [])
            batch = _Batch(f"/{len(batches)}", tasks)
            batches.append(batch)
            waiting = self._waiting.get(job.casefold(), {})
            found = [id for id, depends_on in waiting.items() if batch.is_waited_for(id, depends_on)]
            return [id for id in found if self._is_news(job, batch.name, id)]

    def is_listed(self, job: str) -> bool:
        """Whether this was asked of the job before: one list is enough."""
        with self._lock:
            listed = job.casefold() in self._listed
            self._listed.add(job.casefold())
            return listed

    def _is_news(self, job: str, task: str, dependent: str) -> bool:
        pair = (job.casefold(), task.casefold(), dependent.casefold())
        news = pair not in self._told and task.casefold() != dependent.casefold()
        self._told.add(pair)
        return news


class _Batch:
    """Tasks that are added again together; its name is no task's id."""

    def __init__(self, name: str, tasks: Collection[str]) -> None:
        self.name = name
        self.tasks = list(tasks)
        self._ids = {task.casefold() for task in tasks}
        self._numbers = sorted(int(task) for task in tasks if is_integer(task))

    def is_waited_for(self, task: str, depends_on: Mapping[str, Any]) -> bool:
        """Whether another task waits for any of these."""
        if task.casefold() in self._ids:
            return False
        ids = depends_on.get("taskIds")
        if isinstance(ids, list) and any(isinstance(id, str) and id.casefold() in self._ids for id in ids):
            return True
        return any(
            bisect_left(self._numbers, start) < bisect_right(self._numbers, end) for start, end in ranges_of(depends_on)
        )


def _key(job: str, task: str) -> tuple[str, str]:
    return job.casefold(), task.casefold()


def _holds(depends_on: Mapping[str, Any], task: str) -> bool:
    """Whether a task is among those that `dependsOn` names."""
    ids = depends_on.get("taskIds")
    if isinstance(ids, list) and any(isinstance(id, str) and id.casefold() == task.casefold() for id in ids):
        return True
    return is_integer(task) and any(start <= int(task) <= end for start, end in ranges_of(depends_on))


def ranges_of(depends_on: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """The ranges of ids in a `dependsOn`, as far as they are known; both ends are included."""
    listed = depends_on.get("taskIdRanges")
    for item in listed if isinstance(listed, list) else ():
        start, end = (item.get("start"), item.get("end")) if isinstance(item, Mapping) else (None, None)
        if isinstance(start, int) and isinstance(end, int):
            yield start, end


def is_integer(id: str) -> bool:
    """Whether a range can hold a task id: zeros in front do not count."""
    return id.isascii() and id.isdigit()

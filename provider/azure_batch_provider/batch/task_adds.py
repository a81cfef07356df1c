"""Adds many tasks to a job: in calls as large as the service takes, several in flight, each task with its own result.

https://learn.microsoft.com/rest/api/batchservice/tasks/create-task-collection
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from azure_batch_provider.batch.at_once import Progress, at_once
from azure_batch_provider.batch.giving_up import GivingUp, may_be_done
from azure_batch_provider.batch.task_results import TaskResult, task_results
from azure_batch_provider.http.call import payload
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import Cancelled, ProtocolError, RequestError, ServiceError, TimedOut
from azure_batch_provider.http.retry import FIRST_BACKOFF

if TYPE_CHECKING:
    from azure_batch_provider.http.answer import Reply

MOST: Final = 100
"""Tasks in a call."""
LARGEST: Final = 1024 * 1024
"""Bytes of a call's body."""
ATTEMPTS: Final = 6
"""How often a task is sent that the service fails at: some twelve seconds."""
_ENVELOPE: Final = len(payload({"value": []}))
_COMMA: Final = 1


@dataclass
class Added:
    """What became of each task, by its id as it was sent. What is in none of these was not added: `stopped` says why.

    Attributes:
        added: when, as the service says it; "" where it does not.
        exists: there is a task of this id, which may be the one that was sent: an earlier attempt may have added it.
        failed: why it was not added, in one line without secrets.
        uncertain: why nothing is known of it: it may have been added.
        stopped: what ended the whole before all were tried: Cancelled, TimedOut, another RequestError, or whatever
            the tasks' own iterator raised.
    """

    added: dict[str, str] = field(default_factory=dict)
    exists: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    uncertain: dict[str, str] = field(default_factory=dict)
    stopped: Exception | None = None


@dataclass(slots=True)
class _Task:
    """`attempts` counts those that were answered with a failure of the service."""

    body: dict[str, Any]
    size: int
    attempts: int = 0

    @property
    def id(self) -> str:
        return str(self.body["id"])


_Chunk = list[_Task]


def add_tasks(
    send: Callable[[dict[str, Any]], Reply],
    tasks: Iterable[dict[str, Any]],
    *,
    deadline: Deadline,
    progress: Progress | None = None,
    limit: int,
) -> Added:
    """Add tasks, given as whole request bodies whose ids differ by more than case.

    They are taken from the iterable as they are sent, and not kept. It never raises what happens to tasks or requests:
    that is in what it returns.

    Args:
        send: carries out one call with this body; it ends soon when the deadline's caller is gone.
        limit: calls in flight at most.
    """
    return _Adding(send, tasks, deadline, progress, limit).run()


class _Adding:
    """All of it but `_send` is used by one thread."""

    def __init__(
        self,
        send: Callable[[dict[str, Any]], Reply],
        tasks: Iterable[dict[str, Any]],
        deadline: Deadline,
        progress: Progress | None,
        limit: int,
    ) -> None:
        self._carry_out = send
        self._tasks = iter(tasks)
        self._total = len(tasks) if isinstance(tasks, Sized) else None
        self._deadline = deadline
        self._progress = progress
        self._limit = limit
        self._result = Added()
        self._giving_up = GivingUp()
        self._in_flight = 0
        self._largest = LARGEST
        self._first: _Task | None = None  # taken, and too large for the chunk before
        self._halves: list[_Chunk] = []
        self._again: list[tuple[float, int, _Task]] = []  # a heap by the time when it is due
        self._count = itertools.count()
        self._repeated = 0

    def run(self) -> Added:
        for chunk, outcome in at_once(self._send, self._chunks(), self._limit):
            self._in_flight -= 1
            self._take(chunk, outcome)
            if self._progress is not None:
                done = len(self._result.added) + len(self._result.exists)
                self._progress(done, self._total, self._repeated)
        return self._result

    def _send(self, chunk: _Chunk) -> tuple[_Chunk, Reply | Exception]:
        try:
            return chunk, self._carry_out({"value": [task.body for task in chunk]})
        except Exception as error:
            return chunk, error

    def _chunks(self) -> Iterator[_Chunk | None]:
        """What to send next, None for nothing before the next answer."""
        while self._result.stopped is None:
            try:
                self._deadline.check()
                chunk = self._halves.pop() if self._halves else self._filled()
                if not chunk and not self._in_flight and self._again:
                    self._deadline.wait(self._again[0][0] - self._deadline.now())
                    continue
            except Exception as error:
                self._result.stopped = error
                return
            if chunk:
                self._in_flight += 1
                yield chunk
            elif self._in_flight:
                yield None
            else:
                return

    def _filled(self) -> _Chunk:
        """As many tasks as a call takes: first those that are due again."""
        chunk: _Chunk = []
        size = _ENVELOPE - _COMMA
        while len(chunk) < MOST:
            task = self._due() or self._fresh()
            if task is None:
                break
            size += task.size + _COMMA
            if chunk and size > self._largest:
                self._put_back(task)
                break
            chunk.append(task)
        return chunk

    def _due(self) -> _Task | None:
        if not self._again or self._again[0][0] > self._deadline.now():
            return None
        return heapq.heappop(self._again)[2]

    def _fresh(self) -> _Task | None:
        if self._first is not None:
            task, self._first = self._first, None
            return task
        if len(self._again) >= MOST * self._limit:
            return None  # those that wait are held, and there is an end to what is held
        for body in self._tasks:
            try:
                size = len(payload(body))
            except RequestError as error:
                self._result.failed[body["id"]] = str(error)
                continue
            if _ENVELOPE + size <= LARGEST:
                return _Task(body, size)
            self._result.failed[body["id"]] = (
                f"The task alone makes a request of {_ENVELOPE + size} bytes, and the service takes at most {LARGEST}:"
                " move resource files into a container or a zip file, and long texts into files."
            )
        return None

    def _put_back(self, task: _Task) -> None:
        if task.attempts:
            heapq.heappush(self._again, (self._deadline.now(), next(self._count), task))
        else:
            self._first = task

    def _take(self, chunk: _Chunk, outcome: Reply | Exception) -> None:
        if not isinstance(outcome, Exception):
            try:
                results = task_results(outcome, [task.id for task in chunk])
            except ProtocolError as error:
                outcome = error
        if isinstance(outcome, Exception):
            self._failed(chunk, outcome)
            return
        self._giving_up.answered()
        for task in chunk:
            self._note(task, results[task.id])

    def _note(self, task: _Task, result: TaskResult) -> None:
        if result.kind == "added":
            self._result.added[task.id] = result.text
        elif result.kind == "exists":
            self._result.exists.append(task.id)
        elif result.kind == "unknown":
            self._result.uncertain[task.id] = result.text
        elif result.kind == "again" and task.attempts + 1 < ATTEMPTS:
            task.attempts += 1
            self._repeated += 1
            pause = FIRST_BACKOFF * 2 ** (task.attempts - 1) * random.uniform(0.5, 1)
            # In steps of the clock, so that tasks which are due at about the same time go together.
            due = math.ceil((self._deadline.now() + pause) / FIRST_BACKOFF) * FIRST_BACKOFF
            heapq.heappush(self._again, (due, next(self._count), task))
        else:
            self._result.failed[task.id] = result.text

    def _failed(self, chunk: _Chunk, error: Exception) -> None:
        """A call that came to nothing, over all its attempts."""
        if isinstance(error, ServiceError) and error.status == 413 and len(chunk) > 1:
            half = len(chunk) // 2
            self._halves += [chunk[:half], chunk[half:]]
            self._largest = min(self._largest, max(_size(chunk[:half]), _size(chunk[half:])))
            return
        ends_all = self._giving_up.after(error)
        if may_be_done(error):
            self._result.uncertain.update(dict.fromkeys((task.id for task in chunk), str(error)))
        elif not ends_all:
            self._result.failed.update(dict.fromkeys((task.id for task in chunk), str(error)))
        if ends_all and (self._result.stopped is None or isinstance(error, (Cancelled, TimedOut))):
            self._result.stopped = error


def _size(chunk: _Chunk) -> int:
    return _ENVELOPE - _COMMA + sum(task.size + _COMMA for task in chunk)

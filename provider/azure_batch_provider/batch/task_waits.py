"""Waits for tasks that are being deleted: one list of a job's tasks answers all that are waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from azure_batch_provider.batch.listing import PAGE, Listing
from azure_batch_provider.http.deadline import SLICE, Deadline
from azure_batch_provider.http.errors import RequestError, ServiceError, TimedOut

FEW: Final = 2
"""Tasks at a time that are looked for one by one."""
WORTH: Final = 4
"""Tasks that have to be looked for at a time for each further page that the list of the job has."""
MOMENT: Final = 1.0
"""Seconds after the last deletion in a job after which nothing is known of how many come at a time."""
AGAIN: Final = 8
"""Deletions in a row after which it is tried again whether several come at a time."""
QUIET: Final = 0.04
LATEST: Final = 0.15
"""Seconds without a deletion sent or answered after which a list is asked for, and seconds at the latest."""
LIST_SECONDS: Final = 30.0
"""How long a page may take, over all attempts; looking for one task has more time."""


@dataclass(frozen=True)
class _Found:
    """What a list has shown: the states of tasks, of all in the job if it is `complete`."""

    began: float
    states: dict[str, str] = field(default_factory=dict)
    complete: bool = False


@dataclass
class _Crowd:
    """The deletions of one job.

    Attributes:
        sent: deletions without an answer.
        watched: tasks that are waited for.
        looking: those of them that somebody is looking for now.
        burst: deletions since the last `MOMENT` without one.
        peak: the most that were sent or watched at a time, lately; or what there may be, which a first list shows.
        active, since: when a deletion was last sent or answered; when the first began to look that is still looking.
        size: tasks that the job has at least.
        unlisted: a list has failed.
        busy: a list is being fetched.
    """

    sent: int = 0
    watched: int = 0
    looking: int = 0
    burst: int = 0
    peak: int = 0
    active: float = 0.0
    since: float = 0.0
    size: int = 0
    unlisted: bool = False
    busy: bool = False
    latest: _Found | None = None

    def grow(self) -> None:
        self.peak = max(self.peak, self.sent + self.watched)

    @property
    def pages(self) -> int:
        """How many pages a list may have to cost less than single requests; 0 for none."""
        return 0 if self.unlisted or self.peak <= FEW else 1 + self.peak // WORTH

    def pause(self, now: float) -> float:
        """Seconds until a list is asked for: soon enough, more of those that come at a time will look for theirs."""
        if self.looking >= self.peak:
            return 0.0
        latest = self.since + LATEST - now
        return max(0.0, latest if self.sent else min(latest, self.active + QUIET - now))


class TaskWaits:
    """Safe to use from many calls at once: the waits of all calls of a client are looked at together.

    After the service has accepted a deletion, a task that is not in the finished list of its job's tasks is gone, and
    one that is there has the state that the list shows. A list answers each wait whose last look, or whose beginning,
    was before it was asked for. Where a list cannot be had, or would have more pages than are worth it, each task is
    looked for by itself.

    Args:
        listing: begins a list of the ids and states of a job's tasks.
        clock: seconds.
    """

    def __init__(self, listing: Callable[[str], Listing], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._listing = listing
        self._clock = clock
        self._changed = threading.Condition()
        self._crowds: dict[str, _Crowd] = {}

    @contextmanager
    def deleting(self, job: str) -> Iterator[None]:
        """While a task's deletion is sent and answered."""
        with self._changed:
            crowd = self._crowds.setdefault(job.lower(), _Crowd())
            if not crowd.sent and not crowd.watched and self._clock() - crowd.active > MOMENT:
                crowd.burst = crowd.peak = 0
            crowd.burst += 1
            crowd.sent += 1
            crowd.active = self._clock()
            crowd.grow()
            if crowd.burst % AGAIN == FEW + 1:
                # They may come faster than the engine lets them overlap: whoever waits a little gets company.
                crowd.peak = max(crowd.peak, FEW + 1)
        try:
            yield
        finally:
            with self._changed:
                crowd.sent -= 1
                crowd.size = max(0, crowd.size - 1)
                crowd.active = self._clock()
                self._changed.notify_all()

    @contextmanager
    def watch(
        self, job: str, task: str, alone: Callable[[], str], deadline: Deadline
    ) -> Iterator[Callable[[], str | None]]:
        """A way to look, as often as one likes, for a task whose deletion was accepted: its state, or None when it is
        gone.

        It raises what `alone` raises, which asks for the task's state by itself, and Cancelled.
        """
        since = self._clock()
        with self._changed:
            crowd = self._crowds.setdefault(job.lower(), _Crowd())
            crowd.watched += 1
            crowd.grow()

        def look() -> str | None:
            nonlocal since
            now = self._clock()
            found = self._found(job, crowd, since, deadline)
            since = now
            state = found.states.get(task.lower()) if found else None
            return alone() if state is None and not (found and found.complete) else state

        try:
            yield look
        finally:
            with self._changed:
                crowd.watched -= 1

    def _found(self, job: str, crowd: _Crowd, since: float, deadline: Deadline) -> _Found | None:
        """What a list shows that was asked for after `since`."""
        with self._changed:
            if not crowd.looking:
                crowd.since = self._clock()
            crowd.looking += 1
            self._changed.notify_all()
        try:
            while True:
                with self._changed:
                    if crowd.latest and crowd.latest.began >= since:
                        return crowd.latest
                    if crowd.size // PAGE >= crowd.pages:
                        return None
                    pause = SLICE if crowd.busy else crowd.pause(self._clock())
                    if pause:
                        self._changed.wait(min(pause, SLICE))
                    else:
                        crowd.busy = True
                if pause:
                    deadline.check()
                else:
                    self._list(job, crowd, deadline)
        except TimedOut:
            return None
        finally:
            with self._changed:
                crowd.looking -= 1

    def _list(self, job: str, crowd: _Crowd, deadline: Deadline) -> None:
        """Fetch a list for all who are looking."""
        began = self._clock()
        found = None
        try:
            found = self._take(self._listing(job), began, crowd.pages, deadline)
        except RequestError:
            deadline.check()  # of this call, and no fault of the list
            crowd.unlisted = True
        finally:
            with self._changed:
                crowd.busy = False
                if found:
                    crowd.latest = found
                    # Of a job that holds more than was listed, a thousand have to go until a list is tried again.
                    crowd.size = len(found.states) + (0 if found.complete else PAGE)
                    crowd.peak = max(crowd.peak - 1, crowd.sent + crowd.watched)
                crowd.since = self._clock()
                self._changed.notify_all()

    def _take(self, listing: Listing, began: float, pages: int, deadline: Deadline) -> _Found:
        states: dict[str, str] = {}
        try:
            for _ in range(pages):
                for item in listing.take(deadline.at_most(LIST_SECONDS)):
                    states[item["id"].lower()] = str(item.get("state", ""))
                if not listing.more:
                    return _Found(began, states, complete=True)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            return _Found(began, complete=True)  # the job is gone, and its tasks with it
        return _Found(began, states)

"""Waits for tasks that are being deleted: one list of a job's tasks answers all that are waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

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
NAMED: Final = 40
"""Tasks that one list is asked for by name: as many long names as a URL has room for."""


@dataclass(frozen=True)
class _Found:
    """What a list has shown.

    Attributes:
        shown: tasks by their ids in small letters.
        complete: they are all that the job has.
        named: the tasks that were asked for by name; those that are not shown are gone.
    """

    began: float
    shown: Mapping[str, Mapping[str, Any]]
    complete: bool = False
    named: Collection[str] = ()

    def tells_of(self, task: str) -> bool:
        """Whether it shows a task, or shows that it is gone."""
        return self.complete or task in self.shown or task in self.named

    def state(self, task: str) -> str | None:
        """The state of a task that it tells of, None when it is gone."""
        return str(self.shown[task].get("state", "")) if task in self.shown else None


@dataclass
class _Crowd:
    """The deletions of one job.

    Attributes:
        sent: deletions without an answer.
        watched: tasks that are waited for.
        looking: how many of them somebody is looking for now.
        spelled: what a list of the whole job has shown lately, and is not gone, as the service writes its ids.
        burst: deletions since the last `MOMENT` without one.
        peak: the most that were sent or watched at a time, lately; or what there may be, which a first list shows.
        active, since: when a deletion was last sent or answered; when the first began to look that is still looking.
        size: tasks that the job has at least.
        unlisted: a list has failed.
        busy: a list is being fetched.
    """

    sent: int = 0
    watched: list[str] = field(default_factory=list)
    looking: int = 0
    spelled: dict[str, str] = field(default_factory=dict)
    burst: int = 0
    peak: int = 0
    active: float = 0.0
    since: float = 0.0
    size: int = 0
    unlisted: bool = False
    busy: bool = False
    latest: _Found | None = None

    def grow(self) -> None:
        self.peak = max(self.peak, self.sent + len(self.watched))

    @property
    def pages(self) -> int:
        """How many pages a list may have to cost less than single requests; 0 for none."""
        return 0 if self.unlisted or self.peak <= FEW else 1 + self.peak // WORTH

    def names(self) -> list[str]:
        """The tasks that the next list is asked for by name; none for a list of the whole job."""
        known = [task for task in self.watched if task in self.spelled]
        # What the last list has shown to be gone needs no other one: whoever waits for it is about to go.
        told = self.latest
        others = any(not (told and told.tells_of(task)) for task in self.watched if task not in self.spelled)
        whole = (others or len(known) > NAMED) and self.size // PAGE < self.pages
        return [] if whole else known[:NAMED]

    def is_listed(self, task: str) -> bool:
        """Whether the next list is worth it, and tells of a task."""
        names = self.names()
        return self.pages > 0 and (task in names if names else self.size // PAGE < self.pages)

    def keep(self, found: _Found, names: list[str]) -> None:
        """Take what a list has shown that was asked for with these names, or as a whole."""
        self.latest = found
        self.peak = max(self.peak - 1, self.sent + len(self.watched))
        if names:
            for task in names:
                if task not in found.shown:  # gone, or left open by a list that breaks off
                    self.spelled.pop(task, None)
            return
        self.spelled = {task: str(item["id"]).replace("'", "''") for task, item in found.shown.items()}
        # Of a job that holds more than was listed, a thousand have to go until a list is tried again.
        self.size = len(found.shown) + (0 if found.complete else PAGE)

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
    was before it was asked for. The first list is one of the whole job. From then on, what it has shown is asked for by
    name, as the service spells it, since nothing is written of whether a filter minds the case of ids. Where a list
    cannot be had, or would have more pages than are worth it, each task is looked for by itself.

    Args:
        listing: begins a list of the ids and states of a job's tasks that a filter lets through, `""` for all.
        clock: seconds.
    """

    def __init__(self, listing: Callable[[str, str], Listing], *, clock: Callable[[], float] = time.monotonic) -> None:
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
                crowd.spelled.clear()
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
        since, key = self._clock(), task.lower()
        with self._changed:
            crowd = self._crowds.setdefault(job.lower(), _Crowd())
            crowd.watched.append(key)
            crowd.grow()

        def look() -> str | None:
            nonlocal since
            now = self._clock()
            found = self._found(job, key, crowd, since, deadline)
            since = now
            return alone() if found is None else found.state(key)

        try:
            yield look
        finally:
            with self._changed:
                crowd.watched.remove(key)

    def _found(self, job: str, task: str, crowd: _Crowd, since: float, deadline: Deadline) -> _Found | None:
        """What a list shows of a task that was asked for after `since`; None where none does."""
        with self._changed:
            if not crowd.looking:
                crowd.since = self._clock()
            crowd.looking += 1
            self._changed.notify_all()
        try:
            while True:
                with self._changed:
                    if crowd.latest and crowd.latest.began >= since and crowd.latest.tells_of(task):
                        return crowd.latest
                    if not crowd.is_listed(task):
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
        with self._changed:
            names = crowd.names()
            wanted = " or ".join(f"id eq '{crowd.spelled[name]}'" for name in names)
        try:
            found = self._take(self._listing(job, wanted), began, crowd.pages, names, deadline)
        except RequestError:
            deadline.check()  # of this call, and no fault of the list
            crowd.unlisted = True
        finally:
            with self._changed:
                crowd.busy = False
                if found:
                    crowd.keep(found, names)
                crowd.since = self._clock()
                self._changed.notify_all()

    def _take(self, listing: Listing, began: float, pages: int, names: list[str], deadline: Deadline) -> _Found:
        shown: dict[str, dict[str, Any]] = {}
        try:
            for _ in range(pages):
                for item in listing.take(deadline.at_most(LIST_SECONDS)):
                    shown[item["id"].lower()] = item
                if not listing.more:
                    return _Found(began, shown, complete=not names, named=names)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            return _Found(began, {}, complete=True)  # the job is gone, and its tasks with it
        return _Found(began, shown)

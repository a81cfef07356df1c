"""Reads of the tasks of one job, made one by one and at about the same time, as pages of the list of its tasks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from azure_batch_provider.batch.answers import mistyped
from azure_batch_provider.batch.listing import Listing
from azure_batch_provider.http.deadline import SLICE, Deadline
from azure_batch_provider.http.errors import Cancelled, RequestError, TimedOut

SINGLE: Final = 2
"""Reads of a round that are asked for one by one: few tasks are not worth a list."""
MOMENT: Final = 1.0
LONGEST: Final = 30.0
"""Seconds without a read, and seconds in all, after which a round is over."""
WORTH: Final = 16
"""Reads that a page has to have answered before another one is fetched: a job may hold far more than is read."""
PAGE_SECONDS: Final = 30.0
"""How long a page may take, over all attempts; single reads have more time."""

REPORT_EVERY: Final = 5.0
"""Seconds that a read waits for a page until its caller is told, and between two reports from then on."""


@dataclass
class _Round:
    """What reads that belong together share.

    Attributes:
        asked: the tasks that were read in this round.
        waiting: those of them that have no answer yet.
        held: what pages have shown of other tasks, until they are read.
        pages, answered: how many pages there were, and how many reads they have answered.
        over: no further page is fetched.
        busy: a page is being fetched.
    """

    listing: Listing
    began: float
    last: float
    asked: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: int = 0
    answered: int = 0
    over: bool = False
    busy: bool = False

    @property
    def goes_on(self) -> bool:
        return not self.over and self.pages <= self.answered // WORTH

    def keep(self, page: list[dict[str, Any]]) -> None:
        self.pages += 1
        for item in page:
            key = item["id"].lower()
            # What cannot be believed is asked for again, by itself.
            if (key not in self.asked or key in self.waiting) and mistyped(item) is None:
                self.held[key] = item


class TaskReads:
    """Safe to use from many calls at once: the reads of all calls of a client are looked at together.

    The engine reads every task by itself, a few at a time, so that a list pays only if it also answers reads that
    have not begun when it is asked for. How old an answer may be is therefore a matter of *rounds*. A round is a run of
    reads of different tasks of one job; it ends with a write to the job or to one of its tasks by this client, with a
    second read of the same task, when no task is read for `MOMENT` seconds, and after `LONGEST` seconds. An answer
    shows the task as it was at some time between the beginning of its read's round and its own arrival: an answer
    that the engine might as well have got by reading the tasks in another order. So it is

    - never older than the last write to the job or to any of its tasks that had ended when the read began,
    - never older than the beginning of any earlier read of the same task,
    - never older than `LONGEST` seconds when the read begins.

    A read that is answered by itself shows the task as it was after the read began.

    The first reads of a round are single ones. A later one fetches a page unless another read is doing so, and those
    that come meanwhile wait for it. Whatever is wrong with a list, a read is never worse off than without: what no
    page shows, or what a page that failed may have shown, is asked for by itself. Only the answer to that says that a
    task is gone, and only that can fail, in its own words and with its own time.

    Args:
        listing: begins a list of a job's tasks.
        clock: seconds.
    """

    def __init__(self, listing: Callable[[str], Listing], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._listing = listing
        self._clock = clock
        self._changed = threading.Condition()
        self._rounds: dict[str, _Round] = {}

    def written(self, job: str) -> None:
        """The job or one of its tasks may have changed: called when the write has been answered."""
        with self._changed:
            self._rounds.pop(job.lower(), None)

    def read(self, job: str, task: str, alone: Callable[[], dict[str, Any]], deadline: Deadline) -> dict[str, Any]:
        """The task, from a page or by `alone`, which asks for it by itself.

        Raises:
            RequestError: what `alone` raises.
            Cancelled: the caller is gone.
        """
        if not (job.isascii() and task.isascii()):
            return alone()
        key = task.lower()
        with self._changed:
            round = self._round(job, key)
            round.asked.add(key)
            round.waiting.add(key)
            is_first = len(round.asked) <= SINGLE
        try:
            found = None if is_first else self._from_pages(round, job, key, deadline)
            return alone() if found is None else found
        finally:
            with self._changed:
                round.waiting.discard(key)
                round.last = self._clock()

    def _round(self, job: str, key: str) -> _Round:
        now = self._clock()
        round = self._rounds.get(job.lower())
        is_late = round is not None and not round.waiting and now - round.last > MOMENT
        if round is None or is_late or key in round.asked or now - round.began > LONGEST:
            round = self._rounds[job.lower()] = _Round(self._listing(job), now, now)
        return round

    def _from_pages(self, round: _Round, job: str, key: str, deadline: Deadline) -> dict[str, Any] | None:
        began, due = self._clock(), REPORT_EVERY
        while True:
            with self._changed:
                if key in round.held:
                    round.answered += 1
                    return round.held.pop(key)
                if not round.goes_on:
                    return None
                is_mine = not round.busy
                round.busy = True
                if not is_mine:
                    self._changed.wait(SLICE)
            if is_mine:
                if not self._fetch(round, deadline):
                    return None
                continue
            try:
                deadline.check()
            except TimedOut:
                return None
            waited = self._clock() - began
            if waited >= due:
                due = waited + REPORT_EVERY
                deadline.report(f"waiting for the list of the tasks of jobs/{job}: {waited:.0f} s so far")

    def _fetch(self, round: _Round, deadline: Deadline) -> bool:
        """Take the next page for all. Returns whether that went well."""
        page = None
        over = True
        try:
            page = round.listing.take(deadline.at_most(PAGE_SECONDS))
            over = not round.listing.more
        except Cancelled:
            over = False  # this call is cancelled; another one takes the page
            raise
        except RequestError:
            over = deadline.remaining() > 0  # else only the time of this call is over
        finally:
            with self._changed:
                if page is not None:
                    round.keep(page)
                round.busy, round.over = False, over
                self._changed.notify_all()
        return page is not None

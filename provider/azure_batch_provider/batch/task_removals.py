"""Deletes many tasks of a job and waits until they are gone: no request for what is not there, and no wait of its own
for each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from azure_batch_provider.batch.answers import id_key
from azure_batch_provider.batch.at_once import Progress, at_once
from azure_batch_provider.batch.giving_up import GivingUp
from azure_batch_provider.batch.operations import JOB_BEING_DELETED, JOB_NOT_FOUND
from azure_batch_provider.batch.task_lists import Look, listed, looked_for
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import ServiceError

if TYPE_CHECKING:
    from azure_batch_provider.batch.listing import Listing

FEW: Final = 4
"""Tasks that are deleted without a list of what is there."""
FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 5.0
"""Seconds between two looks for what is still there."""


@dataclass
class Removed:
    """What became of each task, by its id as it was asked for.

    Attributes:
        gone: it is not there: deleted now, or before, or with its job.
        failed: why it could not be deleted, in one line without secrets.
        left: it is not known to be gone: `stopped` says why. Its deletion may have been asked for.
        stopped: what ended the whole: Cancelled, TimedOut, or another RequestError.
    """

    gone: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    stopped: Exception | None = None


def delete_tasks(
    delete: Callable[[str], object],
    listing: Callable[[], Listing],
    look: Look,
    ids: Iterable[str],
    *,
    deadline: Deadline,
    progress: Progress | None = None,
    limit: int,
) -> Removed:
    """Delete tasks and wait until they are gone. It never raises what happens to tasks or requests: that is in what it
    returns.

    Args:
        delete: asks for the deletion of one task.
        listing: begins a list of the ids and states of the job's tasks.
        look: asks for one task by itself.
        progress: told how many are gone or going.
        limit: how many requests are in flight at most.
    """
    removal = _Removal(delete, listing, look, ids, deadline, progress, limit)
    result = removal.result
    try:
        removal.run()
    except Exception as error:
        if not _ends_with_job(error):
            result.stopped = error
    if result.stopped is None:
        result.gone.update(result.left)
        result.left.clear()
    return result


class _Removal:
    def __init__(
        self,
        delete: Callable[[str], object],
        listing: Callable[[], Listing],
        look: Look,
        ids: Iterable[str],
        deadline: Deadline,
        progress: Progress | None,
        limit: int,
    ) -> None:
        self._ask_for = delete
        self._listing = listing
        self._look = look
        self._deadline = deadline
        self._progress = progress
        self._limit = limit
        self._giving_up = GivingUp()
        self._pages = 0.0  # of the latest list; no end of them if it was not worth it to fetch all
        self._ids = list(ids)
        self.result = Removed(left=set(self._ids))

    def run(self) -> None:
        """Returns when all are gone or failed, or `stopped` says why not. Raises RequestError for what ends it, too."""
        there = self._ids
        if len(there) > FEW:
            missing = {id_key(id): id for id in there}
            present, is_complete = self._list(missing)
            self._is_gone(missing.values() if is_complete else ())
            there = present if is_complete else [*present, *missing.values()]
        going = self._delete(there)
        if self.result.stopped is None:
            self._wait(going)

    def _list(self, missing: dict[str, str]) -> tuple[list[str], bool]:
        """Which are there, and whether the others are not: these stay in `missing`."""
        asked = dict(missing)
        listing = self._listing()
        present = [asked[id_key(item["id"])] for item in listed(listing, missing, self._deadline)]
        self._pages = math.inf if listing.more else listing.pages
        return present, not listing.more

    def _delete(self, ids: list[str]) -> list[str]:
        """Ask for the deletion of each; returns those that are going."""
        going: list[str] = []
        ended: Exception | None = None

        def wanted() -> Iterator[str]:
            for id in ids:
                if ended is not None:
                    return
                yield id

        for id, error in at_once(self._delete_one, wanted(), self._limit):
            if error is None:
                self._giving_up.answered()
                going.append(id)
            elif isinstance(error, ServiceError) and error.is_not_found and error.code != JOB_NOT_FOUND:
                self._giving_up.answered()
                self._is_gone([id])
            elif _ends_with_job(error):
                ended = error
            else:
                is_over = self._giving_up.after(error)
                if not is_over:
                    self.result.failed[id] = str(error)
                    self.result.left.discard(id)
                ended = error if is_over and ended is None else ended
            if self._progress is not None:
                self._progress(len(self.result.gone) + len(going), len(self._ids), 0)
        if ended is not None:
            raise ended
        return going

    def _delete_one(self, id: str) -> tuple[str, Exception | None]:
        try:
            self._ask_for(id)
        except Exception as error:
            return id, error
        return id, None

    def _wait(self, going: list[str]) -> None:
        began, pause = self._deadline.now(), FIRST_PAUSE
        while going := self._still_there(going):
            waited = self._deadline.now() - began
            self._deadline.report(f"waiting for {len(going)} deleted tasks to be gone: {waited:.0f} s")
            self._deadline.wait(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def _still_there(self, ids: list[str]) -> list[str]:
        """By a list unless it has more pages than there are tasks to look for."""
        if not ids:
            return []
        missing = {id_key(id): id for id in ids}
        there: list[str] = []
        if len(ids) >= self._pages:
            there, is_complete = self._list(missing)
            if is_complete:
                self._is_gone(missing.values())
                return there
        for id, found in looked_for(self._look, list(missing.values()), self._limit):
            if found is None:
                self._is_gone([id])
            else:
                there.append(id)
        return there

    def _is_gone(self, ids: Iterable[str]) -> None:
        for id in ids:
            self.result.gone.add(id)
            self.result.left.discard(id)


def _ends_with_job(error: Exception) -> bool:
    """The job is gone or going, and its tasks with it."""
    return isinstance(error, ServiceError) and (
        error.code == JOB_BEING_DELETED or (error.is_not_found and error.code == JOB_NOT_FOUND)
    )

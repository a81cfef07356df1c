"""What this process has done and seen since it was configured, by resource id.

The engine can ask to create an id and then, in the same operation, to delete the same id for the resource it had
before (`--replace`, a taint, a rename without alias). Without a memory the second call would delete what the first one
adopted. Ids are compared as the service compares them, without case.
"""

from __future__ import annotations

import threading
from typing import Any


class Memory:
    """Ids that were read, written, created, planned or deleted; safe to use from many calls at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._there: set[str] = set()
        self._written: set[str] = set()
        self._created: set[str] = set()
        self._planned: set[str] = set()
        self._jobs: dict[str, dict[str, Any]] = {}
        self._said: set[tuple[str, str]] = set()

    def read(self, id: str) -> None:
        """The service has shown this id in this operation."""
        with self._lock:
            self._there.add(id.casefold())

    def deleted(self, id: str) -> None:
        """This process has deleted the id, or found it gone when asked to."""
        with self._lock:
            for known in (self._there, self._written, self._created):
                known.discard(id.casefold())
            self._jobs.pop(id.casefold(), None)

    def wrote(self, id: str, *, created: bool = False) -> None:
        """This process has created (`created`), adopted or changed the id."""
        with self._lock:
            self._written.add(id.casefold())
            if created:
                self._created.add(id.casefold())
            self._jobs.pop(id.casefold(), None)

    def plan(self, id: str) -> None:
        """A preview has announced that this id will be created."""
        with self._lock:
            self._planned.add(id.casefold())

    def is_there(self, id: str) -> bool:
        """Whether the id was seen and not deleted since."""
        with self._lock:
            return id.casefold() in self._there

    def is_written(self, id: str) -> bool:
        """Whether this process created, adopted or changed the id and has not deleted it since."""
        with self._lock:
            return id.casefold() in self._written

    def is_created(self, id: str) -> bool:
        """Whether the id was made anew in this operation, or a preview says that it will be."""
        with self._lock:
            return id.casefold() in self._created or id.casefold() in self._planned

    def job(self, id: str) -> dict[str, Any] | None:
        """The job as it was read in this operation, unless it was written since."""
        with self._lock:
            return self._jobs.get(id.casefold())

    def keep_job(self, id: str, body: dict[str, Any]) -> None:
        """Remember a job for the tasks that go into it."""
        with self._lock:
            self._jobs[id.casefold()] = body

    def says_first(self, id: str, what: str) -> bool:
        """Whether this is the first time in this operation that `what` is to be said of the id."""
        with self._lock:
            said = (id.casefold(), what)
            first = said not in self._said
            self._said.add(said)
            return first

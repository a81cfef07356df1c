"""Ids that belong to a resource which holds many of them, as a collection holds tasks.

What holds them is known by its own id, not by its URN: under an alias it is the same, and no second owner.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Set


class Parts:
    """Which ids are held by what, in this operation. Ids are compared without case; safe to use from many calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[str, Set[str]]] = {}

    def hold(self, id: str, urn: str, parts: Set[str]) -> None:
        """From now on the resource with this id and URN holds exactly these ids, which are in lower case."""
        with self._lock:
            self._held[id.casefold()] = (urn, parts)

    def drop(self, id: str) -> None:
        """The resource holds nothing any more."""
        with self._lock:
            self._held.pop(id.casefold(), None)

    def drop_all(self, id: str) -> None:
        """What belongs to this id is gone with it, and what that held."""
        with self._lock:
            within = f"{id.casefold()}/"
            self._held = {holder: held for holder, held in self._held.items() if not holder.startswith(within)}

    def holder(self, part: str) -> str | None:
        """The URN of what holds an id."""
        part = part.casefold()
        with self._lock:
            return next((urn for urn, parts in self._held.values() if part in parts), None)

    def shared(self, id: str, parts: Set[str]) -> Iterator[tuple[str, str]]:
        """Which of these ids another resource than `id` holds, each with the URN of that."""
        with self._lock:
            others = [held for holder, held in self._held.items() if holder != id.casefold()]
        for urn, theirs in others:
            yield from ((part, urn) for part in sorted(parts & theirs))

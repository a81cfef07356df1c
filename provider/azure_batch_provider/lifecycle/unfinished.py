"""What an operation began and could not see the end of, as a state remembers it.

The engine keeps the id of what failed, and forgets the failure as soon as a read succeeds. So a failure leaves a mark
in what the state remembers for us: the next read looks again, and the next update goes on. Knows plain values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

UNFINISHED: Final = "unfinished"
"""In what a state remembers: the mark."""
CREATE: Final = "create"
"""It was to be created, and no answer says whether it was: what has its id may be another client's."""
WRITE: Final = "write"
"""It is there and was to be changed, and no answer says what it is now: a read does."""


@dataclass(frozen=True)
class Unfinished:
    """`what` is one of the words above, or a resource's own for what it waits for; `reason` is for the user."""

    what: str
    reason: str

    @property
    def is_create(self) -> bool:
        return self.what == CREATE


def mark(private: Mapping[str, Any], what: str, reason: str) -> dict[str, Any]:
    """What is remembered, with a mark in the place of any other."""
    return {**private, UNFINISHED: asdict(Unfinished(what, reason))}


def unfinished(private: Mapping[str, Any]) -> Unfinished | None:
    """The mark in what is remembered."""
    found = private.get(UNFINISHED)
    return Unfinished(str(found.get("what")), str(found.get("reason"))) if isinstance(found, Mapping) else None


def without_mark(private: Mapping[str, Any]) -> dict[str, Any]:
    """What is remembered, as of something that is finished."""
    return {name: value for name, value in private.items() if name != UNFINISHED}

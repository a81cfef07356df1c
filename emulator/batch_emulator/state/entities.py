"""Pools, jobs and tasks as they are kept: the body as accepted, and what the service itself knows of them.

Times are ticks. Nothing here knows HTTP or storage; `to_row` and `from_row` give plain data for whoever stores it.
Bodies are never changed in place, only replaced, so that they can be shared.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import Any

from batch_emulator.state.ids import folded

Body = dict[str, Any]


@dataclass
class Pending:
    """A transition under way: to which state, and how many looks or until when it lasts."""

    to: str
    looks: int = 0
    due: int | None = None
    reason: str | None = None

    def to_row(self) -> dict[str, Any]:
        return {"to": self.to, "looks": self.looks, "due": self.due, "reason": self.reason}


@dataclass
class Entity:
    """`modified` is the time of the user's last change, which also makes the ETag; states move without it."""

    id: str
    body: Body
    created: int
    modified: int
    state: str
    state_since: int
    previous_state: str | None = None
    previous_since: int | None = None
    pending: Pending | None = None

    @property
    def key(self) -> str:
        return folded(self.id)

    def enter(self, state: str, when: int) -> None:
        self.previous_state, self.previous_since = self.state, self.state_since
        self.state, self.state_since = state, when

    def to_row(self) -> dict[str, Any]:
        row = {name: value for name, value in vars(self).items() if name not in _UNSAVED}
        row["pending"] = self.pending.to_row() if self.pending else None
        return row


_UNSAVED = ("pending", "tasks", "order", "waiting", "job_key")


def _without_pending(row: dict[str, Any]) -> tuple[dict[str, Any], Pending | None]:
    pending = row.pop("pending", None)
    return row, Pending(**pending) if pending else None


@dataclass
class Pool(Entity):
    allocation_state: str = "resizing"
    allocation_since: int = 0
    dedicated: int = 0
    low_priority: int = 0
    made_for: str | None = None
    """The key of the job whose auto pool this is, if it ends with that job."""

    def allocate(self, state: str, when: int) -> None:
        self.allocation_state, self.allocation_since = state, when

    @property
    def nodes(self) -> int:
        return self.dedicated + self.low_priority

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Pool:
        fields, pending = _without_pending(row)
        return cls(**fields, pending=pending)


@dataclass
class Task(Entity):
    job_key: str = ""
    execution: dict[str, Any] = field(default_factory=lambda: {"retryCount": 0, "requeueCount": 0})
    node_info: dict[str, Any] | None = None

    @classmethod
    def from_row(cls, row: dict[str, Any], job_key: str) -> Task:
        fields, pending = _without_pending(row)
        return cls(**fields, pending=pending, job_key=job_key)


@dataclass
class Job(Entity):
    """Its tasks are kept by key, with the keys in order beside them, so that a page is found without a sort."""

    execution: dict[str, Any] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    """Keys of the tasks that are in a transition."""

    def enter(self, state: str, when: int) -> None:
        """The state before is the last one that lasted: through `disabling` and `terminating` a job only passes."""
        if self.state in ("disabling", "terminating"):
            self.state, self.state_since = state, when
        else:
            super().enter(state, when)

    def put(self, task: Task) -> None:
        if task.key not in self.tasks:
            insort(self.order, task.key)
        self.tasks[task.key] = task

    def drop(self, key: str) -> None:
        if self.tasks.pop(key, None) is not None:
            del self.order[bisect_left(self.order, key)]
        self.waiting.discard(key)

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Job:
        fields, pending = _without_pending(row)
        return cls(**fields, pending=pending)

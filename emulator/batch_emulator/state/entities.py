"""The kinds of entity as they are kept: the body as accepted, and what the service itself knows of it.

Times are ticks. Nothing here knows HTTP or storage; `to_row` and `from_row` give plain data to store.
Bodies are never changed in place, only replaced, so that they can be shared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, TypeVar

from batch_emulator.state.ids import folded

Body = dict[str, Any]
_E = TypeVar("_E", bound="Entity")


@dataclass
class Pending:
    """A transition under way: to which state, and for how many polls or until when it lasts."""

    to: str
    polls: int = 0
    due: int | None = None
    reason: str | None = None

    def to_row(self) -> dict[str, Any]:
        """`looks` is what polls are called in what is stored."""
        return {"to": self.to, "looks": self.polls, "due": self.due, "reason": self.reason}

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Pending:
        return cls(row["to"], row["looks"], row["due"], row["reason"])


class AtRest(NamedTuple):
    """What the account has to know of an entity that stays as it is for long, as long as nobody asks for it."""

    state: str
    weight: int
    """With the state, what it is counted as."""
    modified: int
    until: int | None
    """When the clock moves it, if it does."""


@dataclass
class Entity:
    """`modified` is the time of the user's last change, which also makes the ETag; states move without it."""

    kind: ClassVar[str]
    holder: ClassVar[type[Entity] | None] = None
    """The kind that an entity belongs to, with which it goes."""
    resting: ClassVar[tuple[str, ...]] = ()
    """The states in which there can be so many that they are read only when they are asked for."""

    id: str
    body: Body
    created: int
    modified: int
    state: str
    state_since: int
    previous_state: str | None = None
    previous_since: int | None = None
    pending: Pending | None = None
    parent: str = ""
    """The key of the entity that it belongs to."""

    @classmethod
    def new(cls: type[_E], entity_id: str, body: Body, when: int, **more: Any) -> _E:
        return cls(entity_id, body, when, when, "active", when, **more)

    @property
    def key(self) -> str:
        return folded(self.id)

    @property
    def group(self) -> tuple[str, int]:
        """What it is counted as: a state, and what it weighs."""
        return self.state, 1

    def enter(self, state: str, when: int) -> None:
        self.previous_state, self.previous_since = self.state, self.state_since
        self.state, self.state_since = state, when

    def to_row(self) -> dict[str, Any]:
        row = {name: value for name, value in vars(self).items() if value is not None and name != "parent"}
        if self.pending is not None:
            row["pending"] = self.pending.to_row()
        return row

    def at_rest(self, next_time: int | None) -> AtRest | None:
        """None of one that has to be there from the start; `next_time` is when the clock moves it, if it does."""
        if self.state not in self.resting or self.pending is not None:
            return None
        return AtRest(*self.group, self.modified, next_time)

    @classmethod
    def from_row(cls: type[_E], row: dict[str, Any], parent: str) -> _E:
        pending = row.pop("pending", None)
        return cls(**row, pending=Pending.from_row(pending) if pending else None, parent=parent)


@dataclass
class Pool(Entity):
    kind = "pool"

    allocation_state: str = "resizing"
    allocation_since: int = 0
    dedicated: int = 0
    low_priority: int = 0
    made_for: str | None = None
    """The key of the job whose auto pool this is, if it ends with that job."""
    resize_errors: list[dict[str, Any]] = field(default_factory=list)
    """Why the latest resize did not reach its targets."""
    resize_due: int | None = None
    """When a resize that waits for tasks has waited for its `resizeTimeout`."""
    ordered_resize: dict[str, Any] | None = None
    """How a test wants the next resize to end: its errors, and how many nodes of each kind it leaves at most."""
    autoscale_run: dict[str, Any] | None = None
    """The latest evaluation of its formula, as it is shown."""
    autoscale_next: int | None = None
    """When its formula is evaluated next."""
    autoscale_enabled: int | None = None
    """When automatic scaling was last enabled by a request of its own."""
    samples: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of metrics whose samples a test has given: the time of the last, and the values, None where one is missing."""

    def allocate(self, state: str, when: int) -> None:
        self.allocation_state, self.allocation_since = state, when

    @property
    def nodes(self) -> int:
        return self.dedicated + self.low_priority

    @property
    def windows(self) -> bool:
        """Whether its nodes run Windows, by the `nodeAgentSKUId`, such as `batch.node.windows amd64`."""
        return "windows" in self.body["virtualMachineConfiguration"]["nodeAgentSKUId"].lower()


@dataclass
class Node(Entity):
    """`body` is what it runs: the pool's start task as it was when the node last booted.

    The counts of tasks and `recent_tasks` are kept by what places tasks on nodes.
    """

    kind = "node"
    holder = Pool

    number: int = 0
    """Its place in the pool: its address and its ports follow from it. A place is given again when its node is gone."""
    dedicated: bool = True
    scheduling: str = "enabled"
    unscheduled: str | None = None
    """What was to happen to its tasks when scheduling was disabled."""
    booted: int | None = None
    wiped: int | None = None
    """When its disk was last emptied."""
    start_task_info: dict[str, Any] | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    run: str | None = None
    """The id of the run of its start task, as long as that runs."""
    planned: dict[str, str] | None = None
    """The action, with its option, that waits for the end of the node's tasks. It takes no others meanwhile."""
    retained: int | None = None
    """Until when the files of tasks that have run on it are to be kept."""
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By their names without regard to case; never with a password."""
    tasks_run: int = 0
    tasks_succeeded: int = 0
    running_tasks: int = 0
    running_slots: int = 0
    recent_tasks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """In its pool's network. Azure keeps the first four addresses of a subnet for itself."""
        host = self.number + 4
        return f"10.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}"


@dataclass
class JobSchedule(Entity):
    kind = "schedule"

    latest_run: int | None = None
    """The latest time at which a job was due, whether one was made or not."""
    waiting: int | None = None
    """A time at which a job was due that can still be made: the one before is not over, or the schedule is disabled."""
    next_run: int | None = None
    look_at: int | None = None
    """When there is something to do next, as long as it is active."""
    job_moved: int | None = None
    """When a transition of its latest job began."""
    jobs_made: int = 0
    pool_id: str | None = None
    """The auto pool that its jobs share."""
    ended: int | None = None

    def job_id(self, number: int) -> str:
        return f"{self.id}:job-{number}"


@dataclass
class Job(Entity):
    kind = "job"

    execution: dict[str, Any] = field(default_factory=dict)

    @property
    def schedule(self) -> str:
        """The key of the schedule that has made it; no other job has a colon in its id."""
        return self.key.partition(":")[0] if ":" in self.id else ""

    def enter(self, state: str, when: int) -> None:
        """The state before is the last one that lasted: through `disabling` and `terminating` a job only passes."""
        if self.state in ("disabling", "terminating"):
            self.state, self.state_since = state, when
        else:
            super().enter(state, when)


@dataclass
class JobNode(Entity):
    """What a job's preparation and release task did on a node, whose id it has."""

    kind = "jobnode"
    holder = Job

    pool_id: str = ""
    preparation: dict[str, Any] | None = None
    release: dict[str, Any] | None = None
    run: str | None = None
    """The id of the run of either, as long as it runs."""
    booted: int | None = None
    """When the node had booted on which the latest began."""
    deadline: int | None = None
    """When it is to be ended."""


@dataclass
class Task(Entity):
    kind = "task"
    holder = Job
    resting = ("active", "completed")

    execution: dict[str, Any] = field(default_factory=lambda: {"retryCount": 0, "requeueCount": 0})
    node_info: dict[str, Any] | None = None
    subtasks: list[dict[str, Any]] = field(default_factory=list)
    """Of a multi-instance task, all but the primary, as they are shown but for the URLs in their `nodeInfo`."""
    run: str | None = None
    """The id of its run on a node, as long as it runs there."""

    @property
    def group(self) -> tuple[str, int]:
        """Completed ones are counted by how they ended. A task weighs its slots."""
        if self.state == "completed":
            return self.execution.get("result", "failure"), self.body["requiredSlots"]
        return self.state, self.body["requiredSlots"]


@dataclass
class Satisfied(Entity):
    """The id of a task that was deleted when it had ended so that its dependents can run: they still can."""

    kind = "satisfied"
    holder = Job


@dataclass
class Application(Entity):
    """Its body is what the data plane shows, with the versions that are active. The resource manager changes it."""

    kind = "application"

    allow_updates: bool = True
    default_version: str | None = None
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of versions that came by the resource manager: `name`, `created`, and when they were last `activated`; by the
    version without regard to case."""

    def version(self, name: str) -> str | None:
        """An active version as it was named, None when there is none."""
        return next((version for version in self.body["versions"] if folded(version) == folded(name)), None)


KINDS: tuple[type[Entity], ...] = (Pool, Node, JobSchedule, Job, JobNode, Task, Satisfied, Application)

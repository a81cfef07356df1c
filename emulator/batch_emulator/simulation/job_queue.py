"""The tasks of one job that wait for a node. Rebuilt from the tasks when the state is loaded.

Where tasks do not depend on one another, each active one is ready: they are read only when one can be placed.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

from batch_emulator.simulation.dependencies import Dependencies
from batch_emulator.simulation.task_runs import satisfies_dependents
from batch_emulator.simulation.transitions import GONE
from batch_emulator.state.collection import Collection
from batch_emulator.state.entities import Job, Task
from batch_emulator.state.ids import folded

Shape = tuple[int, int]
"""What a task asks for: slots on each node, and how many nodes, 0 if it is not multi-instance. The manager of a job has
a shape of its own, as it can ask for more."""
_MANAGER = -1


def is_manager(job: Job, task: Task) -> bool:
    manager = job.body.get("jobManagerTask")
    return manager is not None and folded(manager["id"]) == task.key


def instances_of(task: Task) -> int:
    """0 for a task that is not multi-instance."""
    settings = task.body.get("multiInstanceSettings")
    return 0 if settings is None else int(settings["numberOfInstances"])


class JobQueue:
    def __init__(self, job: Job, pool: str, tasks: Collection[Task]) -> None:
        """`pool` is the key of the job's pool."""
        self.job = job
        self.pool = pool
        self._tasks = tasks
        self._ready: dict[str, tuple[int, Shape]] = {}
        """By the key of a task its age and its shape."""
        self._heaps: dict[Shape, list[tuple[int, str]]] = {}
        """By age; what is not ready any more is passed over when its turn comes."""
        self._dependencies = Dependencies() if job.body["usesTaskDependencies"] else None
        self._loaded = False

    def load(self, satisfied: Iterable[str]) -> None:
        """`satisfied` are the keys of deleted tasks on which others can still depend."""
        if self._dependencies is not None:
            for key in satisfied:
                self._dependencies.satisfy(key)
            for task in self._tasks.grouped("success", "failure"):
                if satisfies_dependents(task):
                    self._dependencies.satisfy(task.key)
            self._load()

    def _load(self) -> None:
        self._loaded = True
        for task in self._tasks.grouped("active"):
            self.update(task)

    def __bool__(self) -> bool:
        """Whether a task waits for a node."""
        return bool(self._ready) if self._loaded else self._tasks.count("active") > 0

    def update(self, task: Task) -> None:
        """After a change of a task, or its end."""
        if not self._loaded:
            return
        there = self._tasks.find(task.id) is task
        if not there or task.state != "active" or (task.pending is not None and task.pending.to == GONE):
            self._ready.pop(task.key, None)
            if there and task.state == "completed" and self._dependencies is not None and satisfies_dependents(task):
                for key in self._dependencies.satisfy(task.key):
                    waiting = self._tasks.find(key)
                    if waiting is not None:
                        self.update(waiting)
            return
        shape = self._shape(task)
        if self._ready.get(task.key) != (task.created, shape) and self._is_ready(task):
            self._ready[task.key] = task.created, shape
            heappush(self._heaps.setdefault(shape, []), (task.created, task.key))

    def _is_ready(self, task: Task) -> bool:
        depends_on = task.body.get("dependsOn")
        if not depends_on or self._dependencies is None:
            return True
        blocker = self._dependencies.blocker(depends_on)
        if blocker is not None:
            self._dependencies.watch(task.key, blocker)
        return blocker is None

    def _shape(self, task: Task) -> Shape:
        return task.body["requiredSlots"], _MANAGER if is_manager(self.job, task) else instances_of(task)

    def heads(self, *, most: int) -> list[Task]:
        """The oldest of each shape of which a node could take one that has `most` slots free, oldest first."""
        if not self._loaded:
            self._load()
        heads = [head for shape in list(self._heaps) if shape[0] <= most and (head := self._head(shape)) is not None]
        return sorted(heads, key=lambda task: task.created)

    def _head(self, shape: Shape) -> Task | None:
        heap = self._heaps[shape]
        while heap:
            created, key = heap[0]
            if self._ready.get(key) == (created, shape):
                return self._tasks[key]
            heappop(heap)
        del self._heaps[shape]
        return None

    def take(self, task: Task) -> None:
        """It has got its node."""
        del self._ready[task.key]

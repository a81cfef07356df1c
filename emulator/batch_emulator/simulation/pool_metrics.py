"""What an autoscale formula can know of its pool: metrics, sampled every 30 seconds since the pool was made.

Samples that a test has given are taken as they are. Otherwise they come from the times that tasks and nodes themselves
bear, as far as those still exist. Nothing measures what nodes use, so there are no other samples.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from batch_emulator.simulation.formula.names import DEDICATED, LOW_PRIORITY
from batch_emulator.simulation.formula.samples import PERIOD, History
from batch_emulator.simulation.node_states import USABLE
from batch_emulator.simulation.task_runs import satisfies_dependents
from batch_emulator.state.account import Account
from batch_emulator.state.clock import SECOND
from batch_emulator.state.collection import Collection
from batch_emulator.state.entities import Job, Node, Pool, Task
from batch_emulator.state.ids import folded

LONGEST = 2880
"""Samples of a metric that are kept: those of a day."""
_OF_NODES: dict[str, tuple[str, ...]] = {
    "$CurrentDedicatedNodes": ("dedicated",),
    "$CurrentLowPriorityNodes": ("low priority",),
    "$PreemptedNodeCount": ("preempted",),
    "$SampleNodeCount": ("dedicated", "low priority"),
    "$UsableNodeCount": ("usable",),
}
_OF_TASKS: dict[str, tuple[str, ...]] = {
    "$ActiveTasks": ("active",),
    "$RunningTasks": ("running",),
    "$PendingTasks": ("active", "running"),
    "$SucceededTasks": ("success",),
    "$FailedTasks": ("failure",),
}
_SLOTS = "$TaskSlotsPerNode"


class _Stay(NamedTuple):
    """That a node or a task was in a phase, until another time or still. An active task counts its instances."""

    phase: str
    since: int
    until: int | None
    weight: int = 1


class PoolMetrics:
    def __init__(self, account: Account, pool: Pool, now: int) -> None:
        self.now = now
        self.enough = account.switches.number("autoscale-sample-percent")
        self._account = account
        self._pool = pool
        self._histories: dict[str, History] = {}

    def targets(self) -> dict[str, float]:
        body = self._pool.body
        return {
            DEDICATED: float(body["targetDedicatedNodes"]),
            LOW_PRIORITY: float(body["targetLowPriorityNodes"]),
        }

    def current(self, metric: str) -> float | None:
        if metric in self._pool.samples:
            return None
        if metric == _SLOTS:
            return float(self._pool.body["taskSlotsPerNode"])
        if metric in _OF_NODES:
            return float(sum(stay.weight for stay in self._nodes if stay.phase in _OF_NODES[metric]))
        return None

    def history(self, metric: str) -> History:
        if metric not in self._histories:
            self._histories[metric] = self._history(metric)
        return self._histories[metric]

    def _history(self, metric: str) -> History:
        given = self._pool.samples.get(metric)
        if given is not None:
            end, values = given["end"], given["values"]
            first = end - PERIOD * (len(values) - 1)
            found = [(first + PERIOD * index, value) for index, value in enumerate(values) if value is not None]
            return History([time for time, _ in found], [float(value) for _, value in found])
        if metric == _SLOTS:
            return History(self._times, [float(self._pool.body["taskSlotsPerNode"])] * len(self._times))
        if metric in _OF_NODES:
            return History(self._times, self._counts(self._nodes, _OF_NODES[metric]))
        if metric in _OF_TASKS:
            return History(self._times, self._counts(self._tasks, _OF_TASKS[metric]))
        return History((), ())

    @cached_property
    def _times(self) -> list[int]:
        delay = round(self._account.switches.number("autoscale-sample-delay") * SECOND)
        count = max((self.now - delay - self._pool.created) // PERIOD, 0)
        return [self._pool.created + PERIOD * index for index in range(max(count - LONGEST, 0) + 1, count + 1)]

    def _counts(self, stays: Iterable[_Stay], phases: tuple[str, ...]) -> list[float]:
        changes: list[tuple[int, int]] = []
        for stay in stays:
            if stay.phase in phases:
                changes.append((stay.since, stay.weight))
                if stay.until is not None:
                    changes.append((stay.until, -stay.weight))
        changes.sort()
        times = [time for time, _ in changes]
        totals = [0, *accumulate(change for _, change in changes)]
        return [float(totals[bisect_right(times, time)]) for time in self._times]

    @cached_property
    def _nodes(self) -> list[_Stay]:
        return [stay for node in self._account.store.of(Node, self._pool.key) for stay in _stays_of_node(node)]

    @cached_property
    def _tasks(self) -> list[_Stay]:
        return [stay for job in self._jobs() for stay in _stays_of_tasks(self._account, job)]

    def _jobs(self) -> Iterator[Job]:
        for job in self._account.store.of(Job):
            if folded(str(job.execution.get("poolId", ""))) == self._pool.key:
                yield job


def _stays_of_node(node: Node) -> Iterator[_Stay]:
    yield _Stay("dedicated" if node.dedicated else "low priority", node.created, None)
    if node.state == "preempted":
        yield _Stay("preempted", node.state_since, None)
    elif node.state in USABLE and node.booted is not None:
        yield _Stay("usable", node.booted, None)


def _stays_of_tasks(account: Account, job: Job) -> Iterator[_Stay]:
    """A job that has ended runs none of its tasks that are still active."""
    tasks = account.store.of(Task, job.key)
    dependencies = _Dependencies(tasks)
    closed = job.state_since if job.state == "completed" else None
    for task in tasks:
        began, ended = _times_of(task)
        ready = dependencies.ready(task)
        until = began if began is not None else ended if ended is not None else closed
        if ready is not None and (until is None or ready <= until):
            instances = task.body.get("multiInstanceSettings", {}).get("numberOfInstances", 1)
            yield _Stay("active", ready, until, instances)
        if began is not None:
            yield _Stay("running", began, ended)
        if ended is not None:
            yield _Stay(str(task.execution.get("result", "failure")), ended, None)


def _times_of(task: Task) -> tuple[int | None, int | None]:
    """When it began to run and when it ended."""
    if task.state == "completed":
        ran = task.previous_state in ("preparing", "running")
        return task.previous_since if ran else None, task.state_since
    return (task.state_since if task.state in ("preparing", "running") else None), None


class _Dependencies:
    """When what tasks of one job depend on was done. A range is looked at once, however many tasks name it."""

    def __init__(self, tasks: Collection[Task]) -> None:
        self._tasks = tasks
        self._ranges: dict[tuple[int, int], int | None] = {}

    def ready(self, task: Task) -> int | None:
        """Since when its dependencies are satisfied, None as long as they are not."""
        depends = task.body.get("dependsOn")
        if not depends:
            return task.created
        times = [_done(self._tasks.find(task_id)) for task_id in depends.get("taskIds", ())]
        times += [self._range(numbers["start"], numbers["end"]) for numbers in depends.get("taskIdRanges", ())]
        known = [time for time in times if time is not None]
        return max([task.created, *known]) if len(known) == len(times) else None

    @cached_property
    def _by_number(self) -> dict[int, int]:
        """When the first of the tasks that a number means was done: `4` and `04` are one to a range."""
        found: dict[int, int] = {}
        for task in self._tasks:
            time = _done(task) if task.id.isascii() and task.id.isdigit() else None
            if time is not None:
                number = int(task.id)
                found[number] = min(time, found.get(number, time))
        return found

    def _range(self, start: int, end: int) -> int | None:
        if (start, end) not in self._ranges:
            done = [self._by_number.get(number) for number in range(start, min(end, start + len(self._tasks)) + 1)]
            known = [time for time in done if time is not None]
            self._ranges[start, end] = max(known, default=0) if len(known) == end - start + 1 else None
        return self._ranges[start, end]


def _done(task: Task | None) -> int | None:
    """When it had ended so that its dependents can run, None where it has not."""
    if task is None or task.state != "completed" or not satisfies_dependents(task):
        return None
    return task.state_since

"""What runs on which node, and the counts of the nodes that follow from it."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

from batch_emulator.simulation import node_states, task_runs
from batch_emulator.simulation.runs import Executor, Run
from batch_emulator.state.entities import Entity, Node, Task

if TYPE_CHECKING:
    from batch_emulator.simulation.machine import SimulatedAccount

RECENT = 10
"""Tasks that a node shows as recent."""
Place = tuple[str, str]
"""The key of a pool or a job, and that of a node or a task in it."""


def place_of(entity: Entity) -> Place:
    return entity.parent, entity.key


def new_id() -> str:
    return str(uuid.uuid4())


class NodeRuns:
    def __init__(self, account: SimulatedAccount, executor: Executor) -> None:
        self._account = account
        self.executor = executor
        self._executing: dict[str, Run] = {}
        """What the executor was told to start. What does not last must be here to go on."""
        self._left: dict[Place, Run] = {}
        """Start tasks that have ended on a node which has not booted since: processes of theirs can be left."""
        self.clear()

    def clear(self) -> None:
        self._by_id: dict[str, Run] = {}
        self._of_task: dict[Place, dict[str, Run]] = {}
        self._of_node: dict[Place, dict[str, Run]] = {}
        self._touched: dict[Place, Node] = {}
        """Nodes to save when all is placed."""

    def find(self, run_id: str | None) -> Run | None:
        return self._by_id.get(run_id or "")

    def of_task(self, task: Task) -> list[Run]:
        """That of the task first, those of its further nodes then."""
        return list(self._of_task.get(place_of(task), {}).values())

    def of_node(self, node: Node) -> list[Run]:
        return list(self._of_node.get(place_of(node), {}).values())

    def of_job(self, key: str) -> list[Run]:
        return [run for run in self._by_id.values() if run.job is not None and run.job.key == key]

    def of_pool(self, key: str) -> list[Run]:
        return [run for place, runs in self._of_node.items() if place[0] == key for run in runs.values()]

    def goes_on(self, run_id: str | None) -> bool:
        """Whether one of a state that was loaded still runs."""
        return run_id is not None and (self.executor.lasting or run_id in self._executing)

    def hold(self, run: Run) -> None:
        """Its node has it from now on; it does not run yet."""
        node, task = run.node, run.task
        self._by_id[run.id] = run
        self._of_node.setdefault(place_of(node), {})[run.id] = run
        if task is not None:
            self._of_task.setdefault(place_of(task), {})[run.id] = run
        if run.counts and task is not None:
            node.running_tasks += 1
            node.running_slots += task.body["requiredSlots"]
            self.touch(node)

    def execute(self, run: Run) -> None:
        """Runs what its node has."""
        if run.counts:
            self._show(run)
        if self.executor.lasting:
            self.executor.start(run)
        else:
            self._account.store.after_commit(partial(self._execute, run))

    def start(self, run: Run) -> None:
        self.hold(run)
        self.execute(run)

    def resume(self, run: Run) -> None:
        """One of a state that was loaded."""
        self.hold(run)
        if self.executor.lasting:
            self.executor.resume(run)

    def drop(self, run: Run) -> None:
        """It has ended, and its node has it no longer."""
        node, task = run.node, run.task
        self._executing.pop(run.id, None)
        del self._by_id[run.id]
        _remove(self._of_node, place_of(node), run.id)
        if task is not None:
            _remove(self._of_task, place_of(task), run.id)
        if run.counts and task is not None:
            node.running_tasks -= 1
            node.running_slots -= task.body["requiredSlots"]
            if task.state == "completed":
                node.tasks_run += 1
                node.tasks_succeeded += task.execution.get("result") == "success"
                node.retained = max(node.retained or 0, self._account.clock.now() + task_runs.retention(task))
            self._show(run)

    def stop(self, run: Run) -> None:
        """It ends without an end of its own."""
        self.drop(run)
        self.kill(run)

    def kill(self, run: Run) -> None:
        if self.executor.lasting:
            self.executor.kill(run)
        else:
            self._account.store.after_commit(partial(self._kill, run))

    def leave(self, run: Run) -> None:
        """It has ended, but for what it may have left in the background."""
        self.end_left(run.node)
        if not self.executor.lasting:
            self._left[place_of(run.node)] = run

    def end_left(self, node: Node) -> None:
        run = self._left.get(place_of(node))
        if run is not None:
            self._account.store.after_commit(partial(self._kill_left, run))

    def end_left_nowhere(self) -> None:
        """Nodes are gone, also with their pool."""
        for run in list(self._left.values()):
            if self._account.store.of(Node, run.node.parent).find(run.node.id) is None:
                self.end_left(run.node)

    def _kill_left(self, run: Run) -> None:
        place = place_of(run.node)
        if self._left.get(place) is run:
            del self._left[place]
        self.executor.kill(run)

    def kill_strays(self) -> None:
        """What the executor runs and the state that was loaded does not know."""
        for run in list(self._executing.values()):
            if run.id not in self._by_id:
                self._account.store.after_commit(partial(self._kill, run))
        self.end_left_nowhere()

    def _execute(self, run: Run) -> None:
        if run.id in self._by_id:
            self._executing[run.id] = run
            self.executor.start(run)

    def _kill(self, run: Run) -> None:
        self._executing.pop(run.id, None)
        self.executor.kill(run)

    def touch(self, node: Node) -> None:
        self._touched[place_of(node)] = node

    def forget(self, node: Node) -> None:
        """It is gone."""
        self._touched.pop(place_of(node), None)

    def _show(self, run: Run) -> None:
        task, job, node = run.task, run.job, run.node
        assert task is not None and job is not None
        which = (job.id, task.id, run.instance or None)
        recent: dict[str, Any] = {"jobId": job.id, "taskId": task.id}
        if run.instance:
            recent["subtaskId"] = run.instance
        recent |= {"taskState": task.state, "executionInfo": task.execution}
        others = [item for item in node.recent_tasks if (item["jobId"], item["taskId"], item.get("subtaskId")) != which]
        node.recent_tasks = [recent, *others][:RECENT]
        self.touch(node)

    def save_nodes(self) -> bool:
        """Each once, with its state, however many runs have begun and ended on it. Whether there was one."""
        touched, self._touched = self._touched, {}
        for node in touched.values():
            node_states.follow_tasks(self._account, node)
        return bool(touched)


def _remove(runs: dict[Place, dict[str, Run]], place: Place, run_id: str) -> None:
    of_place = runs[place]
    del of_place[run_id]
    if not of_place:
        del runs[place]

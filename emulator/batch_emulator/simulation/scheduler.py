"""Places active tasks on nodes, and keeps account of what runs there.

It learns from the store what a piece of work has changed, so that nothing walks over all tasks: what a task's owner, a
job or a node did to a run is found here, afterwards. What it keeps is worked out from the entities when the state is
loaded.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from batch_emulator.simulation import job_states, node_states, task_runs
from batch_emulator.simulation.job_queue import JobQueue
from batch_emulator.simulation.placement import choose, weight
from batch_emulator.simulation.runs import Executor, Run
from batch_emulator.simulation.slots import Slots
from batch_emulator.simulation.task_runs import Report
from batch_emulator.simulation.transitions import GONE
from batch_emulator.state.entities import Entity, Job, Node, Pool, Task
from batch_emulator.state.ids import folded

if TYPE_CHECKING:
    from batch_emulator.simulation.machine import SimulatedAccount

RECENT = 10
"""Tasks that a node shows as recent."""
_Place = tuple[str, str]
"""The key of a pool or a job, and that of a node or a task in it."""


def place_of(entity: Entity) -> _Place:
    return entity.parent, entity.key


class Scheduler:
    def __init__(self, account: SimulatedAccount, executor: Executor) -> None:
        self._account = account
        self.executor = executor
        self.runs: dict[str, Run] = {}
        self._executing: dict[str, Run] = {}
        """What the executor was told to start. What does not last must be here to go on."""
        self._clear()

    def _clear(self) -> None:
        self.runs = {}
        self._of_task: dict[_Place, dict[str, Run]] = {}
        self._of_node: dict[_Place, dict[str, Run]] = {}
        self._queues: dict[str, JobQueue] = {}
        self._jobs_of: dict[str, dict[str, JobQueue]] = {}
        """By the keys of pools, which need not exist."""
        self._slots: dict[str, Slots] = {}
        self._unplaced: dict[str, None] = {}
        """Pools where something can have become possible."""
        self._touched: dict[_Place, Node] = {}
        """Nodes to save when all is placed."""

    # What has changed.

    def settle(self) -> None:
        """Places what can be placed. After each piece of work, and after each transition that the clock makes."""
        store = self._account.store
        if self._account.switches.text("scheduling") != "on":
            store.changed = None
            return
        if store.changed is None:
            self._load()
        assert store.changed is not None
        while store.changed or self._unplaced or self._touched:
            changed, store.changed = store.changed, []
            for entity in changed:
                self._note(entity)
            if not changed:
                unplaced, self._unplaced = self._unplaced, {}
                for pool in unplaced:
                    self._place(pool)
                self._save_nodes()

    def _load(self) -> None:
        store = self._account.store
        store.changed = []
        self._clear()
        self.executor.forget()
        counted: dict[_Place, tuple[int, int]] = {}
        for pool in store.of(Pool):
            self._slots[pool.key] = Slots(pool.body["taskSlotsPerNode"])
            for node in store.of(Node, pool.key):
                counted[place_of(node)] = node.running_tasks, node.running_slots
                node.running_tasks = node.running_slots = 0
                self._note(node)
        for job in store.of(Job):
            for task in store.of(Task, job.key).grouped(*job_states.RUNNING):
                self._resume(job, task)
            self._note_job(job)
        for run in [run for run in self._executing.values() if run.id not in self.runs]:
            store.after_commit(partial(self._kill, run))
        for nodes in store.all(Node):
            for node in nodes:
                idle = node.state == "running" and not node.running_tasks
                if idle or counted.get(place_of(node)) != (node.running_tasks, node.running_slots):
                    self._touched[place_of(node)] = node

    def _resume(self, job: Job, task: Task) -> None:
        """A task that ran when the state was written goes on, or, where nothing runs it any more, runs again."""
        if task.run is None:
            return
        pool, node = self._node_of(task)
        if pool is None or node is None or not (self.executor.lasting or task.run in self._executing):
            task_runs.requeue(self._account, task)
            return
        run = Run(task.run, "task", pool, node, task.body, job, task, task.execution["retryCount"])
        self._keep(run)
        self._count_slots(pool, node)
        if self.executor.lasting:
            self.executor.resume(run)

    def _node_of(self, task: Task) -> tuple[Pool | None, Node | None]:
        info, store = task.node_info or {}, self._account.store
        pool = store.of(Pool).find(info.get("poolId", ""))
        return pool, store.of(Node, pool.key).find(info.get("nodeId", "")) if pool is not None else None

    def _note(self, entity: Entity) -> None:
        if isinstance(entity, Task):
            self._note_task(entity)
        elif isinstance(entity, Job):
            self._note_job(entity)
        elif isinstance(entity, Node):
            self._note_node(entity)
        elif isinstance(entity, Pool):
            self._note_pool(entity)

    def _is_there(self, entity: Entity) -> bool:
        return self._account.store.of(type(entity), entity.parent).find(entity.id) is entity

    def _note_task(self, task: Task) -> None:
        runs = self._of_task.get(place_of(task))
        if runs:
            going = self._is_there(task) and task.state in job_states.RUNNING
            going = going and not (task.pending is not None and task.pending.to == GONE)
            for run in list(runs.values()):
                if not (going and run.task is task and task.run == run.id):
                    self._stop(run)
        queue = self._queues.get(task.parent)
        if queue is not None:
            queue.update(task)
            if queue:
                self._unplaced[queue.pool] = None

    def _note_job(self, job: Job) -> None:
        there = self._is_there(job)
        if not there:
            for run in [run for run in self.runs.values() if run.job is not None and run.job.key == job.key]:
                self._stop(run)
        pool = folded(str(job.execution.get("poolId", "")))
        queue = self._queues.get(job.key)
        wanted = there and job.state == "active"
        if queue is not None and (not wanted or queue.job is not job or queue.pool != pool):
            del self._queues[job.key], self._jobs_of[queue.pool][job.key]
            queue = None
        if wanted and queue is None:
            queue = JobQueue(job, pool, self._account.store.of(Task, job.key))
            queue.load(())
            self._queues[job.key] = self._jobs_of.setdefault(pool, {})[job.key] = queue
        if wanted:
            self._unplaced[pool] = None

    def _note_node(self, node: Node) -> None:
        place, pool = place_of(node), self._account.store.of(Pool).find(node.parent)
        there = pool is not None and self._is_there(node)
        if not there or node.state not in node_states.USABLE or node.scheduling != "enabled":
            self._displace(node, pool)
        if pool is None or not there:
            if node.parent in self._slots:
                self._slots[node.parent].drop(node.key)
            self._touched.pop(place, None)
            return
        self._count_slots(pool, node)

    def _count_slots(self, pool: Pool, node: Node) -> None:
        slots = self._slots.setdefault(pool.key, Slots(pool.body["taskSlotsPerNode"]))
        if node.state in node_states.USABLE and node.scheduling == "enabled":
            used = sum(weight(run, slots.each) for run in self._of_node.get(place_of(node), {}).values())
            free = max(slots.each - used, 0)
            if free > slots.free(node.key):
                self._unplaced[pool.key] = None
            slots.set(node.key, free)
        else:
            slots.drop(node.key)

    def _note_pool(self, pool: Pool) -> None:
        if not self._is_there(pool):
            for place in [place for place in self._of_node if place[0] == pool.key]:
                for run in list(self._of_node[place].values()):
                    self._requeue(run)
            self._slots.pop(pool.key, None)
        self._unplaced[pool.key] = None

    def _displace(self, node: Node, pool: Pool | None) -> None:
        """What ran on a node that takes no tasks any more, as the action says that took it away."""
        for run in list(self._of_node.get(place_of(node), {}).values()):
            self._requeue(run)

    def _requeue(self, run: Run) -> None:
        task = run.task
        if task is not None and task.run == run.id:
            self._stop(run)
            task_runs.requeue(self._account, task)

    # What runs.

    def _keep(self, run: Run) -> None:
        """Its node has it from now on."""
        node, task = run.node, run.task
        self.runs[run.id] = run
        self._of_node.setdefault(place_of(node), {})[run.id] = run
        if task is not None:
            self._of_task.setdefault(place_of(task), {})[run.id] = run
            node.running_tasks += 1
            node.running_slots += task.body["requiredSlots"]
            self._touch(run)

    def _drop(self, run: Run) -> None:
        """Its node has it no longer."""
        node, task = run.node, run.task
        del self.runs[run.id]
        for runs, place in ((self._of_node, node), *([(self._of_task, task)] if task is not None else [])):
            of_place = runs[place_of(place)]
            del of_place[run.id]
            if not of_place:
                del runs[place_of(place)]
        if task is not None:
            node.running_tasks -= 1
            node.running_slots -= task.body["requiredSlots"]
            if task.state == "completed":
                node.tasks_run += 1
                node.tasks_succeeded += task.execution.get("result") == "success"
            self._touch(run)

    def _touch(self, run: Run) -> None:
        self._touched[place_of(run.node)] = run.node
        task, job = run.task, run.job
        assert task is not None and job is not None
        recent: dict[str, Any] = {"jobId": job.id, "taskId": task.id, "taskState": task.state}
        recent["executionInfo"] = task.execution
        others = [item for item in run.node.recent_tasks if (item["jobId"], item["taskId"]) != (job.id, task.id)]
        run.node.recent_tasks = [recent, *others][:RECENT]

    def _save_nodes(self) -> None:
        """Each once, with its state, however many runs have begun and ended on it."""
        touched, self._touched = self._touched, {}
        for node in touched.values():
            if self._is_there(node):
                node_states.follow_tasks(self._account, node)

    def _start(self, run: Run) -> None:
        self._keep(run)
        if self.executor.lasting:
            self.executor.start(run)
        else:
            self._account.store.after_commit(partial(self._execute, run))

    def _stop(self, run: Run) -> None:
        """It ends without an end of its own."""
        self._drop(run)
        if self.executor.lasting:
            self.executor.kill(run)
        else:
            self._account.store.after_commit(partial(self._kill, run))

    def awaited(self) -> list[str]:
        """The keys of the pools in which a task waits for a node."""
        return [pool for pool, queues in self._jobs_of.items() if any(queues.values())]

    def _execute(self, run: Run) -> None:
        self._executing[run.id] = run
        self.executor.start(run)

    def _kill(self, run: Run) -> None:
        self._executing.pop(run.id, None)
        self.executor.kill(run)

    def of_task(self, task: Task) -> Run | None:
        return self.runs.get(task.run or "")

    def ended(self, run_id: str, report: Report) -> None:
        """What is not known any more was stopped meanwhile."""
        run = self.runs.get(run_id)
        self._executing.pop(run_id, None)
        if run is None or run.task is None or run.job is None:
            return
        task, job = run.task, run.job
        if task_runs.is_retried(task, report):
            self._drop(run)
            again = replace(run, id=str(uuid.uuid4()), attempt=run.attempt + 1)
            task_runs.retry(self._account, task, again.id)
            self._start(again)
            self._account.store.save(task)
        else:
            task_runs.finish(self._account, task, report)
            self._drop(run)
            if job.state in ("active", "disabling", "disabled"):
                job_states.after_task(self._account, job, task)

    # What is placed.

    def _place(self, pool_key: str) -> None:
        """Jobs of a higher priority first, then the older ones."""
        pool, slots = self._account.store.of(Pool).find(pool_key), self._slots.get(pool_key)
        if pool is None or slots is None or pool.state != "active":
            return
        queues = [queue for queue in self._jobs_of.get(pool_key, {}).values() if queue]
        for queue in sorted(queues, key=lambda queue: (-queue.job.body["priority"], queue.job.created)):
            while slots.most() and queue and self._place_one(pool, slots, queue):
                pass

    def _place_one(self, pool: Pool, slots: Slots, queue: JobQueue) -> bool:
        job, store = queue.job, self._account.store
        most_tasks = job.body["maxParallelTasks"]
        if most_tasks != -1 and store.of(Task, job.key).count(*job_states.RUNNING) >= most_tasks:
            return False
        for task in queue.heads(most=slots.most()):
            node_key = choose(pool, slots, job, task, store.of(Node, pool.key))
            if node_key is not None:
                queue.take(task)
                self._begin(pool, store.of(Node, pool.key)[node_key], job, task)
                return True
        return False

    def _begin(self, pool: Pool, node: Node, job: Job, task: Task) -> None:
        run = Run(str(uuid.uuid4()), "task", pool, node, task.body, job, task, task.execution["retryCount"])
        task_runs.begin(self._account, task, pool, node, run.id)
        self._start(run)
        self._account.store.save(task)
        self._count_slots(pool, node)

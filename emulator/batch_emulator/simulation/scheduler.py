"""Places active tasks on nodes.

It learns from the store what a piece of work has changed, so that nothing walks over all tasks: what the owner of a
task, a job or a node did to a run is found here, afterwards. What it keeps is worked out from the entities when the
state is loaded.
"""

from __future__ import annotations

from functools import partial
from heapq import heapify, heappop, heapreplace
from typing import TYPE_CHECKING

from batch_emulator.simulation import job_states, node_states, task_runs, task_states
from batch_emulator.simulation.job_queue import JobQueue
from batch_emulator.simulation.node_runs import NodeRuns, new_id
from batch_emulator.simulation.placement import choose, weight
from batch_emulator.simulation.preemption import victims, yields
from batch_emulator.simulation.report import Report
from batch_emulator.simulation.runs import Executor, Run
from batch_emulator.simulation.slots import Slots
from batch_emulator.simulation.special_runs import SpecialRuns
from batch_emulator.simulation.task_ends import TaskEnds
from batch_emulator.simulation.transitions import GONE
from batch_emulator.state.entities import Entity, Job, Node, Pool, Satisfied, Task
from batch_emulator.state.ids import folded

if TYPE_CHECKING:
    from batch_emulator.simulation.machine import SimulatedAccount

_MOST_ROUNDS = 200_000
"""Far more than there can be: what does not end is a bug, which must not keep everyone waiting."""


def _is_open(node: Node) -> bool:
    """Whether it takes tasks."""
    return node.state in node_states.USABLE and node.scheduling == "enabled" and node.planned is None


def _option(node: Node, pool: Pool) -> str:
    """What is to become of the tasks of a node that takes no more of them: of two orders, the one that waits less."""
    options: list[str | None] = []
    if node.state in (*node_states.USABLE, "leavingpool"):
        options += [node.planned["option"] if node.planned is not None else None, node.unscheduled]
    if node.state == "leavingpool":
        options.insert(0, pool.pending.reason if pool.pending is not None else None)
    elif node.state not in node_states.USABLE and node.pending is not None:
        options.append(node.pending.reason)
    given = [option for option in options if option is not None]
    return next((option for option in given if option not in node_states.PATIENT), given[0] if given else "requeue")


class Scheduler:
    def __init__(self, account: SimulatedAccount, executor: Executor) -> None:
        self._account = account
        self.runs = NodeRuns(account, executor)
        self.special = SpecialRuns(account, self.runs)
        self.said: list[tuple[str, Report]] = []
        """Ends that an executor said of runs while they were started."""
        self._ends = TaskEnds(account, self.runs, self.special)
        self._clear()

    def _clear(self) -> None:
        self.runs.clear()
        self._queues: dict[str, JobQueue] = {}
        self._jobs_of: dict[str, dict[str, JobQueue]] = {}
        """By the keys of pools, which need not exist."""
        self._slots: dict[str, Slots] = {}
        self._unplaced: dict[str, None] = {}
        """Pools where something can have become possible."""

    @property
    def executor(self) -> Executor:
        return self.runs.executor

    @executor.setter
    def executor(self, executor: Executor) -> None:
        """Before anything was placed."""
        self.runs.executor = executor

    def settle(self) -> None:
        """Places what can be placed. After each piece of work, and after each transition that the clock makes."""
        store = self._account.store
        if self._account.switches.text("scheduling") != "on":
            store.changed = None
            return
        if store.changed is None:
            self._load()
        assert store.changed is not None
        for _ in range(_MOST_ROUNDS):
            if store.changed:
                changed, store.changed = store.changed, []
                for entity in changed:
                    self._note(entity)
            elif self.said:
                said, self.said = self.said, []
                for run_id, report in said:
                    self.ended(run_id, report)
            elif self._unplaced:
                unplaced, self._unplaced = self._unplaced, {}
                for pool in unplaced:
                    self._place(pool)
            elif not self.runs.save_nodes():
                return
        raise RuntimeError("the tasks do not come to rest")

    def awaited(self) -> list[str]:
        """The keys of the pools in which a task waits for a node."""
        return [pool for pool, queues in self._jobs_of.items() if any(queues.values())]

    def ended(self, run_id: str, report: Report) -> None:
        """What is not known any more was stopped meanwhile."""
        run = self.runs.find(run_id)
        if run is not None:
            self._ends.ended(run, report)

    def time_out(self, task: Task) -> None:
        run = self.runs.find(task.run)
        if run is not None:
            self.runs.kill(run)
            self._ends.ended(run, task_runs.timed_out(run.pool))

    def _load(self) -> None:
        store = self._account.store
        store.changed = []
        self._clear()
        self.runs.executor.forget()
        counted: list[tuple[Node, int, int]] = []
        for pool in store.of(Pool):
            self._slots[pool.key] = Slots(pool.body["taskSlotsPerNode"])
            for node in store.of(Node, pool.key):
                counted.append((node, node.running_tasks, node.running_slots))
                node.running_tasks = node.running_slots = 0
                self._note_node(node)
        for job in store.of(Job):
            self.special.resume(job)
            for task in store.of(Task, job.key).grouped(*job_states.RUNNING):
                self._ends.resume(job, task)
            self._note_job(job)
        self.runs.kill_strays()
        for node, tasks, slots in counted:
            self._note_node(node)
            if (node.running_tasks, node.running_slots) != (tasks, slots):
                self.runs.touch(node)

    # What has changed.

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
        if runs := self.runs.of_task(task):
            going = self._is_there(task) and not (task.pending is not None and task.pending.to == GONE)
            for run in runs:
                if not (going and run.of(task.run)):
                    self._stop(run)
        queue = self._queues.get(task.parent)
        if queue is not None:
            queue.update(task)
            if queue:
                self._unplaced[queue.pool] = None

    def _stop(self, run: Run) -> None:
        self.runs.stop(run)
        self._count_slots(run.pool, run.node)

    def _note_job(self, job: Job) -> None:
        there = self._is_there(job)
        if not there or job.state == "deleting":
            for run in self.runs.of_job(job.key):
                if not there or run.task is not None:
                    self._stop(run)
        if there and job.state in ("terminating", "deleting"):
            self.special.release(job)
        pool = folded(str(job.execution.get("poolId", "")))
        queue = self._queues.get(job.key)
        wanted = there and job.state == "active"
        if queue is not None and (not wanted or queue.job is not job or queue.pool != pool):
            del self._queues[job.key], self._jobs_of[queue.pool][job.key]
            queue = None
        if wanted and queue is None:
            queue = JobQueue(job, pool, self._account.store.of(Task, job.key))
            queue.load(self._account.store.of(Satisfied, job.key).keys)
            self._queues[job.key] = self._jobs_of.setdefault(pool, {})[job.key] = queue
        if wanted:
            self._unplaced[pool] = None

    def _note_pool(self, pool: Pool) -> None:
        if not self._is_there(pool):
            for run in self.runs.of_pool(pool.key):
                self._displace(run, "requeue")
            self.runs.end_left_nowhere()
            self._slots.pop(pool.key, None)
        self._unplaced[pool.key] = None

    def _note_node(self, node: Node) -> None:
        pool = self._account.store.of(Pool).find(node.parent)
        if pool is None or not self._is_there(node):
            for run in self.runs.of_node(node):
                self._displace(run, "requeue")
            if node.parent in self._slots:
                self._slots[node.parent].drop(node.key)
            self.runs.forget(node)
            self.runs.end_left_nowhere()
            return
        if node.state not in (*node_states.START_TASK_RUNS, "leavingpool"):
            self.runs.end_left(node)
        if not _is_open(node):
            option = _option(node, pool)
            patient = option in node_states.PATIENT
            stands = node.state in (*node_states.USABLE, "offline") or (patient and node.state == "leavingpool")
            for run in self.runs.of_node(node):
                if run.kind != "start" and not (stands if run.task is None else patient):
                    self._displace(run, option)
        self._run_start_task(pool, node)
        if (node.state == "running") != (node.running_tasks > 0) and node.state in node_states.USABLE:
            self.runs.touch(node)
        self._count_slots(pool, node)

    def _displace(self, run: Run, option: str) -> None:
        """Takes it off its node, with its task on other nodes as well, as the option says."""
        if run.kind in ("preparation", "release"):
            self.special.lost(run)
        elif run.task is None:
            self.runs.stop(run)
        elif not run.of(run.task.run):
            self._stop(run)
        elif option == "terminate":
            task_states.terminate(self._account, run.task)
        else:
            task_runs.requeue(self._account, run.task)

    def _run_start_task(self, pool: Pool, node: Node) -> None:
        wanted = node.state in node_states.START_TASK_RUNS and node_states.start_task_runs(node)
        for run in self.runs.of_node(node):
            if run.kind == "start" and not (wanted and run.id == node.run):
                self.runs.stop(run)
        if wanted and self.runs.find(node.run) is None:
            retries = (node.start_task_info or {}).get("retryCount", 0)
            before, body = node.run, node.body["startTask"]
            if before is not None and self.runs.goes_on(before):
                self.runs.resume(Run(before, "start", pool, node, body, attempt=retries))
            else:
                node.run = new_id()
                self.runs.start(Run(node.run, "start", pool, node, body, attempt=retries))
            self.runs.touch(node)
        if wanted and not self.runs.executor.lasting and node.pending is not None:
            node.pending = None  # its end is said, not waited for
            self.runs.touch(node)

    def _count_slots(self, pool: Pool, node: Node) -> None:
        slots = self._slots.get(pool.key)
        if slots is None:
            slots = self._slots[pool.key] = Slots(pool.body["taskSlotsPerNode"])
        if not _is_open(node):
            slots.drop(node.key)
            return
        free = max(slots.each - sum(weight(run, slots.each) for run in self.runs.of_node(node)), 0)
        if free > slots.free(node.key) or not slots.takes_tasks(node.key):
            self._unplaced[pool.key] = None
        slots.set(node.key, free)

    # What is placed.

    def _place(self, pool_key: str) -> None:
        """Jobs of a higher priority first; of equal ones by turns, or the older ones, as the pool's policy says."""
        pool, slots = self._account.store.of(Pool).find(pool_key), self._slots.get(pool_key)
        if pool is None or slots is None or pool.state != "active":
            return
        by_age = pool.body.get("taskSchedulingPolicy", {}).get("jobDefaultOrder") == "creationtime"
        waiting = [queue for queue in self._jobs_of.get(pool_key, {}).values() if queue]
        turns = [self._turn(queue, by_age=by_age) for queue in waiting]
        heapify(turns)
        while turns and slots.most():
            queue = turns[0][-1]
            if self._place_one(pool, slots, queue) and queue:
                heapreplace(turns, self._turn(queue, by_age=by_age))
            else:
                heappop(turns)
        for queue in sorted(waiting, key=lambda queue: self._turn(queue, by_age=by_age)):
            if queue and self._preempt(pool, slots, queue):
                return

    def _turn(self, queue: JobQueue, *, by_age: bool) -> tuple[int, int, int, str, JobQueue]:
        """Equal jobs get nodes uniformly: the one that runs the fewest tasks is next."""
        job = queue.job
        running = 0 if by_age else self._running(job)
        return -job.body["priority"], running, job.created, job.key, queue

    def _running(self, job: Job) -> int:
        return self._account.store.of(Task, job.key).count(*job_states.RUNNING)

    def _is_full(self, job: Job) -> bool:
        most = job.body["maxParallelTasks"]
        return bool(most != -1 and self._running(job) >= most)

    def _preempt(self, pool: Pool, slots: Slots, queue: JobQueue) -> bool:
        """Requeues what keeps a task of the job from a node, and can be. The task gets it in the next round."""
        job, store = queue.job, self._account.store
        others = self._jobs_of[pool.key].values()
        if self._is_full(job) or not any(yields(other.job, job) for other in others):
            return False
        nodes = store.of(Node, pool.key)
        for task in queue.heads(most=slots.each):
            refuses = partial(self.special.refuses, job)
            found = victims(pool, slots, job, task, nodes, self.runs.of_node, refuses)
            for victim in found:
                task_runs.requeue(self._account, victim)
            if found:
                return True
        return False

    def _place_one(self, pool: Pool, slots: Slots, queue: JobQueue) -> bool:
        job = queue.job
        if self._is_full(job):
            return False
        nodes = self._account.store.of(Node, pool.key)
        for task in queue.heads(most=slots.most()):
            chosen = choose(pool, slots, job, task, nodes, partial(self.special.refuses, job))
            if chosen:
                queue.take(task)
                self._ends.begin(job, task, pool, chosen)
                for node in chosen:
                    self._count_slots(pool, node)
                return True
        return False

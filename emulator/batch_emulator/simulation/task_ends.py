"""How the runs of a task follow one another on its nodes, from the preparation of these to its end.

A multi-instance task has several nodes. Its coordination command runs on all of them, and must succeed there, before
the task itself runs on the first; the others are held until that ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from batch_emulator.simulation import job_states, node_states, task_runs
from batch_emulator.simulation.job_queue import instances_of
from batch_emulator.simulation.node_runs import NodeRuns, new_id
from batch_emulator.simulation.report import Report
from batch_emulator.simulation.runs import Run
from batch_emulator.simulation.special_runs import SpecialRuns
from batch_emulator.state.entities import Job, Node, Pool, Task

if TYPE_CHECKING:
    from batch_emulator.simulation.machine import SimulatedAccount


class TaskEnds:
    def __init__(self, account: SimulatedAccount, runs: NodeRuns, special: SpecialRuns) -> None:
        self._account = account
        self._runs = runs
        self._special = special
        self._coordinated: dict[str, set[int]] = {}
        """By the id of the task's run: the instances whose coordination command has succeeded."""

    def begin(self, job: Job, task: Task, pool: Pool, nodes: Sequence[Node]) -> None:
        """It has got its nodes."""
        task_runs.place(self._account, task, job, pool, nodes, new_id())
        for run in self._runs_of(job, task, pool, nodes):
            self._runs.hold(run)
            self._special.prepare(job, pool, run.node)
        self._go_on(job, task)

    def _runs_of(self, job: Job, task: Task, pool: Pool, nodes: Sequence[Node]) -> list[Run]:
        assert task.run is not None
        attempt, several = task.execution["retryCount"], tuple(nodes) if instances_of(task) else ()
        first = Run(task.run, "task", pool, nodes[0], task.body, job, task, attempt, 0, several)
        others = enumerate(nodes[1:], start=1)
        return [first] + [
            replace(first, id=f"{task.run}.{instance}", kind="coordination", node=node, instance=instance)
            for instance, node in others
        ]

    def _go_on(self, job: Job, task: Task) -> None:
        """Runs it where its nodes are prepared, or lets it wait for that."""
        held = self._runs.of_task(task)
        refusing = [run for run in held if self._special.refuses(job, run.node)]
        if refusing:
            task_runs.take_back(self._account, task)
            return
        if not all(self._special.is_prepared(job, run.node) for run in held):
            task_runs.prepare(self._account, task)
        else:
            task_runs.run(self._account, task)
            if instances_of(task):
                self._coordinate(held)
            else:
                self._runs.execute(held[0])
        self._account.store.save(task)

    def _coordinate(self, held: list[Run]) -> None:
        first, *others = held
        own = replace(first, id=f"{first.id}.0", kind="coordination")
        self._runs.hold(own)
        for run in (own, *others):
            self._runs.execute(run)

    def resume(self, job: Job, task: Task) -> None:
        """A task that ran when the state was written goes on, or, where nothing runs it any more, runs again."""
        if task.run is None:
            return
        pool, nodes = self._nodes_of(task)
        if pool is None or not nodes or not self._runs.goes_on(task.run):
            task_runs.requeue(self._account, task)
            return
        for run in self._runs_of(job, task, pool, nodes):
            if run.instance or task.state == "preparing":
                self._runs.hold(run)
            else:
                self._runs.resume(run)
            self._special.prepare(job, pool, run.node)
        if task.state == "preparing":
            self._go_on(job, task)

    def _nodes_of(self, task: Task) -> tuple[Pool | None, list[Node]]:
        """Empty where one is gone."""
        info, store = task.node_info or {}, self._account.store
        pool = store.of(Pool).find(info.get("poolId", ""))
        if pool is None:
            return None, []
        ids = [info.get("nodeId", ""), *(subtask["nodeInfo"]["nodeId"] for subtask in task.subtasks)]
        nodes = [node for node_id in ids if (node := store.of(Node, pool.key).find(node_id)) is not None]
        return pool, nodes if len(nodes) == len(ids) else []

    def ended(self, run: Run, report: Report) -> None:
        if run.kind == "start":
            self._start_task_ended(run, report)
        elif run.kind in ("preparation", "release"):
            if self._special.ended(run, report) and run.job is not None:
                self._node_is_prepared(run.job, run.node)
        elif run.task is not None and run.job is not None:
            if run.kind == "coordination":
                self._coordination_ended(run, run.job, run.task, report)
            else:
                self._task_ended(run, run.job, run.task, report)

    def _start_task_ended(self, run: Run, report: Report) -> None:
        self._runs.drop(run)
        self._runs.leave(run)
        if self._is_retried(report, run.body["maxTaskRetryCount"], run.attempt):
            node_states.retry_start_task(self._account, run.node)
        else:
            node_states.end_start_task(self._account, run.node, report, run.attempt)

    def _is_retried(self, report: Report, most: int, retries: int) -> bool:
        return report.is_retried(most, retries, out_of_time=self._account.switches.on("retry-out-of-time"))

    def _node_is_prepared(self, job: Job, node: Node) -> None:
        """Or is not to be."""
        for run in self._runs.of_node(node):
            task = run.task
            if task is not None and run.job is not None and run.job.key == job.key and task.state == "preparing":
                self._go_on(run.job, task)

    def _coordination_ended(self, run: Run, job: Job, task: Task, report: Report) -> None:
        if not report.succeeded:
            self._finish(job, task, report)
            return
        self._coordinated.setdefault(run.id.rpartition(".")[0], set()).add(run.instance)
        if run.instance == 0:
            self._runs.drop(run)
        first = self._runs.find(task.run)
        if first is not None and len(self._coordinated.get(first.id, ())) == instances_of(task):
            del self._coordinated[first.id]
            self._runs.execute(first)
            self._account.store.save(task)

    def _task_ended(self, run: Run, job: Job, task: Task, report: Report) -> None:
        if not self._is_retried(report, task.body["constraints"]["maxTaskRetryCount"], task.execution["retryCount"]):
            self._finish(job, task, report)
            return
        held = [other for other in self._runs.of_task(task) if other.kind == "task" or other.instance]
        pool, nodes = run.pool, [other.node for other in held]
        for other in held:
            self._runs.drop(other)
            if other is not run:
                self._runs.kill(other)
        task_runs.retry(self._account, task, new_id())
        for again in self._runs_of(job, task, pool, nodes):
            self._runs.hold(again)
        self._go_on(job, task)

    def _finish(self, job: Job, task: Task, report: Report) -> None:
        """What is left of its runs is stopped when this is noted."""
        run = self._runs.find(task.run)
        task_runs.finish(self._account, task, report)
        if run is not None:
            self._runs.drop(run)
        if job.state in ("active", "disabling", "disabled"):
            job_states.after_task(self._account, job, task)

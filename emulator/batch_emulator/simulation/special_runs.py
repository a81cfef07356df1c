"""Runs of a job's preparation and release task: when a node needs one, and how it goes on.

What a node has done of them is kept as a JobNode. A preparation task runs on a node before the first task of its job
there, and again after a reboot where the job wants that; always again after the disk was lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batch_emulator.protocol.durations import NO_LIMIT, parse_duration
from batch_emulator.simulation import special_tasks, task_runs
from batch_emulator.simulation.node_runs import NodeRuns, new_id
from batch_emulator.simulation.report import Report
from batch_emulator.simulation.runs import Run
from batch_emulator.simulation.special_tasks import SPECIAL, Which
from batch_emulator.state.entities import Job, JobNode, Node, Pool

if TYPE_CHECKING:
    from batch_emulator.simulation.machine import SimulatedAccount

_LOST = {"category": "ServerError", "code": "Unknown", "message": "The node stopped before the task had ended"}


def _which(run: Run) -> Which:
    return "preparation" if run.kind == "preparation" else "release"


class SpecialRuns:
    def __init__(self, account: SimulatedAccount, runs: NodeRuns) -> None:
        self._account = account
        self._runs = runs

    def job_node(self, job: Job, node: Node) -> JobNode | None:
        return self._account.store.of(JobNode, job.key).find(node.id)

    def is_prepared(self, job: Job, node: Node) -> bool:
        """Whether tasks of the job can run there now."""
        task = job.body.get("jobPreparationTask")
        return task is None or not task["waitForSuccess"] or self._has_run(job, node, task) == "success"

    def refuses(self, job: Job, node: Node) -> bool:
        """Whether the job's tasks are not to run there, because its preparation has failed."""
        task = job.body.get("jobPreparationTask")
        return task is not None and task["waitForSuccess"] and self._has_run(job, node, task) == "failure"

    def _has_run(self, job: Job, node: Node, task: dict[str, Any]) -> str | None:
        """The result of its latest run, as far as that still counts."""
        there = self.job_node(job, node)
        said = there.preparation if there is not None else None
        if there is None or said is None or said["state"] != "completed":
            return None
        if node.wiped is not None and there.booted is not None and node.wiped >= there.booted:
            return None
        again = task["rerunOnNodeRebootAfterSuccess"] or said["result"] != "success"
        return None if again and there.booted not in (None, node.booted) else str(said["result"])

    def prepare(self, job: Job, pool: Pool, node: Node) -> None:
        """Begins what is needed there."""
        task = job.body.get("jobPreparationTask")
        if task is None or self._has_run(job, node, task) is not None:
            return
        there = self.job_node(job, node)
        if there is None or self._runs.find(there.run) is None:
            self._run("preparation", job, pool, node)

    def resume(self, job: Job) -> None:
        """What was under way when the state was written goes on, or is forgotten, so that it can begin again."""
        for there in self._account.store.of(JobNode, job.key):
            if there.run is None:
                continue
            which: Which = "preparation" if there.release is None else "release"
            pool, node = self._place_of(there)
            if pool is not None and node is not None and self._runs.goes_on(there.run):
                retries = (there.preparation or {}).get("retryCount", 0) if which == "preparation" else 0
                body = job.body[SPECIAL[which]]
                self._runs.resume(Run(there.run, which, pool, node, body, job, attempt=retries))
            else:
                there.run = there.pending = there.deadline = None
                self._account.store.save(there)

    def _place_of(self, there: JobNode) -> tuple[Pool | None, Node | None]:
        pool = self._account.store.of(Pool).find(there.pool_id)
        return pool, self._account.store.of(Node, pool.key).find(there.id) if pool is not None else None

    def release(self, job: Job) -> None:
        """Of a job that ends: on each node that has run its preparation task, once."""
        if "jobReleaseTask" not in job.body:
            return
        for there in self._account.store.of(JobNode, job.key):
            pool, node = self._place_of(there)
            wanted = there.preparation is not None and (there.release or {}).get("state") != "completed"
            if wanted and self._runs.find(there.run) is None and pool is not None and node is not None:
                self._run("release", job, pool, node)

    def _run(self, which: Which, job: Job, pool: Pool, node: Node) -> None:
        body = job.body[SPECIAL[which]]
        self._begin(which, Run(new_id(), which, pool, node, body, job))

    def _begin(self, which: Which, run: Run) -> None:
        job, node, body = run.job, run.node, run.body
        assert job is not None
        special_tasks.report(self._account, job, node.id, which, Report("running"), run.attempt)
        there = self.job_node(job, node)
        assert there is not None
        there.run, there.booted = run.id, node.booted
        limit = body["maxWallClockTime"] if which == "release" else body["constraints"]["maxWallClockTime"]
        there.deadline = None if limit == NO_LIMIT else self._account.clock.now() + parse_duration(limit)
        self._runs.start(run)
        self._account.store.save(there)

    def ended(self, run: Run, report: Report) -> bool:
        """Whether it is over: a preparation task that fails can have retries."""
        job, which = run.job, _which(run)
        assert job is not None
        self._runs.drop(run)
        there = self._account.store.of(JobNode, job.key)[run.node.key]
        there.run = there.pending = there.deadline = None
        most = run.body["constraints"]["maxTaskRetryCount"] if which == "preparation" else 0
        if report.is_retried(most, run.attempt, out_of_time=self._account.switches.on("retry-out-of-time")):
            self._begin(which, replace(run, id=new_id(), attempt=run.attempt + 1))
            return False
        special_tasks.report(self._account, job, run.node.id, which, report, None)
        return True

    def lost(self, run: Run) -> None:
        """Its node is gone, or does not run it any more."""
        self._runs.kill(run)
        self.ended(run, Report("completed", None, _LOST))

    def time_out(self, there: JobNode) -> None:
        run = self._runs.find(there.run)
        if run is not None:
            self._runs.kill(run)
            self._account.run_ended(run.id, task_runs.timed_out(run.pool))

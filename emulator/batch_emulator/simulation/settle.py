"""An account whose states move.

A transition that a request began goes on when somebody looks, when the clock has passed it, or by hand, as the switch
`states` says. Nothing moves between requests, so that a test sees the same each time.
"""

from __future__ import annotations

from batch_emulator.protocol.durations import NO_LIMIT, parse_duration
from batch_emulator.simulation import job_states, pool_states
from batch_emulator.state.account import Account
from batch_emulator.state.entities import Job, Pool, Task


class SimulatedAccount(Account):
    def pool(self, pool_id: str) -> Pool | None:
        """The pool as it is now, None when there is none. Counts as a look, at what a transition leads to as well."""
        pool = self.store.of(Pool).find(pool_id)
        while pool is not None and self.is_ripe(pool):
            pool_states.settle(self, pool)
            pool = self.store.of(Pool).find(pool_id)
        return pool

    def job(self, job_id: str) -> Job | None:
        """The job as it is now, None when there is none. Counts as a look."""
        job = self.store.of(Job).find(job_id)
        if job is None:
            return None
        if self.is_ripe(job):
            self.settle_job(job)
        self._expire(job)
        return self.store.of(Job).find(job_id)

    def task(self, job: Job, task_id: str) -> Task | None:
        """The task as it is now, None when there is none. Counts as a look."""
        tasks = self.store.of(Task, job.key)
        task = tasks.find(task_id)
        if task is not None and self.is_ripe(task):
            self.store.drop(task)
        return tasks.find(task_id)

    def look_at_pools(self) -> None:
        for pool in self.store.of(Pool).moving():
            self.pool(pool.id)

    def look_at_jobs(self) -> None:
        for job in self.store.of(Job):
            self.job(job.id)

    def look_at_tasks(self, job: Job) -> None:
        for task in self.store.of(Task, job.key).moving():
            self.task(job, task.id)

    def settle_job(self, job: Job) -> None:
        """Ends the transition that the job is in, if any."""
        if job.pending is None:
            return
        pending, job.pending = job.pending, None
        if pending.to == "gone":
            job_states.end_auto_pool(self, job)
            self.store.drop(job)
        elif pending.to == "disabled":
            job_states.settle_disabling(self, job, pending)
        else:
            job_states.complete(self, job, pending.reason or "UserTerminate")

    def settle_all(self) -> None:
        for pool in self.store.of(Pool):
            while pool.pending is not None:
                pool_states.settle(self, pool)
        for job in self.store.of(Job):
            for task in self.store.of(Task, job.key).moving():
                self.store.drop(task)
            self.settle_job(job)

    def _expire(self, job: Job) -> None:
        """A job that has run for its `maxWallClockTime` is terminated."""
        limit = job.body["constraints"]["maxWallClockTime"]
        if limit == NO_LIMIT or job.state not in ("active", "disabled"):
            return
        if self.clock.now() >= job.created + parse_duration(limit):
            job_states.terminate(self, job, "MaxWallClockTimeExpiry")

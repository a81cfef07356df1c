"""An account whose states move.

A transition that a request began goes on when somebody looks, when the clock has passed it, or by hand, as the switch
`states` says. Nothing moves between requests, so that a test sees the same each time.
"""

from __future__ import annotations

from batch_emulator.protocol.durations import NO_LIMIT, parse_duration
from batch_emulator.simulation import job_states, pool_states
from batch_emulator.state.account import Account
from batch_emulator.state.entities import Job, Pool, Task
from batch_emulator.state.ids import folded


class SimulatedAccount(Account):
    def pool(self, pool_id: str) -> Pool | None:
        """The pool as it is now, None when there is none. Counts as a look, at what a transition leads to as well."""
        pool = self.store.pools.get(folded(pool_id))
        while pool is not None and self.is_ripe(pool):
            pool_states.settle(self, pool)
            pool = self.store.pools.get(folded(pool_id))
        return pool

    def job(self, job_id: str) -> Job | None:
        """The job as it is now, None when there is none. Counts as a look."""
        job = self.store.jobs.get(folded(job_id))
        if job is None:
            return None
        if self.is_ripe(job):
            self.settle_job(job)
        self._expire(job)
        return self.store.jobs.get(folded(job_id))

    def task(self, job: Job, task_id: str) -> Task | None:
        """The task as it is now, None when there is none. Counts as a look."""
        task = job.tasks.get(folded(task_id))
        if task is not None and self.is_ripe(task):
            self.store.drop_task(job, task)
        return job.tasks.get(folded(task_id))

    def look_at_pools(self) -> None:
        for pool in [pool for pool in self.store.pools.values() if pool.pending]:
            self.pool(pool.id)

    def look_at_jobs(self) -> None:
        for job in list(self.store.jobs.values()):
            self.job(job.id)

    def look_at_tasks(self, job: Job) -> None:
        for key in list(job.waiting):
            self.task(job, key)

    def settle_job(self, job: Job) -> None:
        """Ends the transition that the job is in, if any."""
        if job.pending is None:
            return
        pending, job.pending = job.pending, None
        if pending.to == "gone":
            job_states.end_auto_pool(self, job)
            self.store.drop_job(job)
        elif pending.to == "disabled":
            job_states.settle_disabling(self, job, pending)
        else:
            job_states.complete(self, job, pending.reason or "UserTerminate")

    def settle_all(self) -> None:
        for pool in list(self.store.pools.values()):
            while pool.pending is not None:
                pool_states.settle(self, pool)
        for job in list(self.store.jobs.values()):
            for key in list(job.waiting):
                self.store.drop_task(job, job.tasks[key])
            self.settle_job(job)

    def _expire(self, job: Job) -> None:
        """A job that has run for its `maxWallClockTime` is terminated."""
        limit = job.body["constraints"]["maxWallClockTime"]
        if limit == NO_LIMIT or job.state not in ("active", "disabled"):
            return
        if self.clock.now() >= job.created + parse_duration(limit):
            job_states.terminate(self, job, "MaxWallClockTimeExpiry")

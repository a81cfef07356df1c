"""The account's pools and jobs in memory, with every change passed on to the journal.

Ids are kept as given and found without regard to case.
"""

from __future__ import annotations

from .clock import Clock
from .entities import Entity, Job, Pool, Task
from .journal import Journal


class Store:
    def __init__(self, journal: Journal, clock: Clock) -> None:
        """Loads what an earlier run wrote."""
        self._journal = journal
        self._clock = clock
        self.pools: dict[str, Pool] = {}
        self.jobs: dict[str, Job] = {}
        self._load()

    def _load(self) -> None:
        for _, _, row in self._journal.rows("clock"):
            self._clock.restore(row)
        for _, key, row in self._journal.rows("pool"):
            self.pools[key] = Pool.from_row(row)
        for _, key, row in self._journal.rows("job"):
            self.jobs[key] = Job.from_row(row)
        for parent, _, row in self._journal.rows("task"):
            job = self.jobs[parent]
            task = Task.from_row(row, parent)
            job.put(task)
            if task.pending:
                job.waiting.add(task.key)
        entities: list[Entity] = [*self.pools.values(), *self.jobs.values()]
        entities += [task for job in self.jobs.values() for task in job.tasks.values()]
        self._clock.not_before(max((entity.modified for entity in entities), default=0))

    def save_pool(self, pool: Pool) -> None:
        self.pools[pool.key] = pool
        self._journal.put("pool", "", pool.key, pool.to_row())

    def drop_pool(self, pool: Pool) -> None:
        self.pools.pop(pool.key, None)
        self._journal.drop("pool", "", pool.key)

    def save_job(self, job: Job) -> None:
        self.jobs[job.key] = job
        self._journal.put("job", "", job.key, job.to_row())

    def drop_job(self, job: Job) -> None:
        self.jobs.pop(job.key, None)
        self._journal.drop_children(job.key)
        self._journal.drop("job", "", job.key)

    def save_task(self, job: Job, task: Task) -> None:
        job.put(task)
        if task.pending:
            job.waiting.add(task.key)
        self._journal.put("task", job.key, task.key, task.to_row())

    def drop_task(self, job: Job, task: Task) -> None:
        job.drop(task.key)
        self._journal.drop("task", job.key, task.key)

    def save_clock(self) -> None:
        self._journal.put("clock", "", "", dict(self._clock.saved()))

    def clear(self) -> None:
        self.pools.clear()
        self.jobs.clear()
        self._journal.clear()

    def commit(self) -> None:
        self._journal.commit()

    def recover(self) -> None:
        """After a failure in the middle of a change: what is shown is what was committed, where something was."""
        if self._journal.roll_back():
            self.pools.clear()
            self.jobs.clear()
            self._load()

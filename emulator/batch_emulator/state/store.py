"""The account's pools and jobs in memory, with every change passed on to the journal.

Ids are kept as given and found without regard to case.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from batch_emulator.state.clock import Clock
from batch_emulator.state.entities import Entity, Job, Pool, Task
from batch_emulator.state.journal import Journal, StorageError


class Store:
    def __init__(self, journal: Journal, clock: Clock) -> None:
        """Loads what an earlier run wrote. Raises StorageError when it cannot be read."""
        self._journal = journal
        self._clock = clock
        self._loaded = False
        self.pools: dict[str, Pool] = {}
        self.jobs: dict[str, Job] = {}
        self._load()

    def check(self) -> None:
        """Loads what is written where that failed the last time. Raises StorageError as long as it does."""
        if not self._loaded:
            self.recover()

    def _load(self) -> None:
        self._loaded = False
        self.pools.clear()
        self.jobs.clear()
        self._clock.restore({})
        for kind, parent, key, row in self._journal.rows():
            with _reading(kind, f"{parent}/{key}" if parent else key):
                self._take(kind, parent, key, row)
        entities: list[Entity] = [*self.pools.values(), *self.jobs.values()]
        entities += [task for job in self.jobs.values() for task in job.tasks.values()]
        self._clock.not_before(max((entity.modified for entity in entities), default=0))
        self._loaded = True

    def _take(self, kind: str, parent: str, key: str, row: dict[str, Any]) -> None:
        if kind == "clock":
            self._clock.restore(row)
        elif kind == "pool":
            self.pools[key] = Pool.from_row(row)
        elif kind == "job":
            self.jobs[key] = Job.from_row(row)
        else:
            job = self.jobs[parent]  # a task whose job is not there is damage as well
            task = Task.from_row(row, parent)
            job.put(task)
            if task.pending:
                job.waiting.add(task.key)

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
        """After a failure in the middle of a change: what is shown is what was committed, where something was.

        Raises StorageError when that cannot be read now; `check` tries again.
        """
        self._loaded = False
        if self._journal.roll_back():
            self._load()
        self._loaded = True


@contextmanager
def _reading(kind: str, key: str) -> Iterator[None]:
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StorageError(f"cannot read its state: the {kind} {key!r} in it is damaged") from error

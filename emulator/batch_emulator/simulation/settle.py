"""An account whose states move.

A transition that a request began goes on when somebody looks, when the clock has passed it, or by hand, as the switch
`states` says. Nothing moves between requests, so that a test sees the same each time.
"""

from __future__ import annotations

from batch_emulator.protocol.durations import NO_LIMIT, parse_duration
from batch_emulator.simulation import job_states, pool_states
from batch_emulator.state.account import Account
from batch_emulator.state.collection import E
from batch_emulator.state.entities import Entity, Job, Pool, Task


class SimulatedAccount(Account):
    def find(self, kind: type[E], entity_id: str, parent: str = "") -> E | None:
        """The entity as it is now, None when there is none. Counts as a poll, of what a transition leads to as well."""
        entities = self.store.of(kind, parent)
        entity = entities.find(entity_id)
        while entity is not None and self.is_ripe(entity):
            pending = entity.pending
            self._settle(entity)
            if entity.pending is pending:
                break
            entity = entities.find(entity_id)
        if isinstance(entity, Job):
            self._expire(entity)
        return entities.find(entity_id)

    def poll_all(self, kind: type[Entity], parent: str = "") -> None:
        entities = self.store.of(kind, parent)
        for entity in entities if kind is Job else entities.moving():
            self.find(kind, entity.id, parent)

    def _settle(self, entity: Entity) -> None:
        if isinstance(entity, Pool):
            pool_states.settle(self, entity)
        elif isinstance(entity, Job):
            self.settle_job(entity)
        else:
            self.store.drop(entity)

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

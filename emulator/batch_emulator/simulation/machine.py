"""An account whose states move, as the tables of transitions say.

A transition that waits ends when the entity was polled often enough, when the clock has passed it, or by hand, as the
switch `states` says. What the clock has passed moves by itself, before the next piece of work of the loop.
"""

from __future__ import annotations

from typing import Any

from batch_emulator.simulation import (
    job_states,
    node_states,
    pool_nodes,
    pool_states,
    schedule_states,
    special_tasks,
    task_states,
)
from batch_emulator.simulation.lag import LateCounts
from batch_emulator.simulation.report import Report
from batch_emulator.simulation.scheduler import Scheduler
from batch_emulator.simulation.scripts import ScriptedExecutor
from batch_emulator.simulation.transitions import Transition
from batch_emulator.state.account import Account
from batch_emulator.state.clock import SECOND
from batch_emulator.state.collection import E
from batch_emulator.state.entities import (
    KINDS,
    Application,
    Entity,
    Job,
    JobNode,
    JobSchedule,
    Node,
    Pool,
    Satisfied,
    Task,
)
from batch_emulator.state.files import Files
from batch_emulator.state.journal import Journal
from batch_emulator.state.switches import Switches

TABLES: dict[type[Entity], tuple[Transition[Any], ...]] = {
    Pool: pool_states.TRANSITIONS,
    Node: node_states.TRANSITIONS,
    JobSchedule: schedule_states.TRANSITIONS,
    Job: job_states.TRANSITIONS,
    JobNode: special_tasks.TRANSITIONS,
    Task: task_states.TRANSITIONS,
    Satisfied: (),
    Application: (),
}
MOST_AT_ONCE = 20_000
"""What one piece of work makes up for, of a leap of the clock."""
MOST_DRAINED = 1_000
"""How many ends follow from one another at once."""
STUCK_SECONDS = 1.0
"""How often to try what is due and cannot move."""
_ROWS = {(kind, row.due, state, row.to): row for kind, rows in TABLES.items() for row in rows for state in row.states}
_BY_CLOCK = {kind: [row for row in rows if row.due == "clock"] for kind, rows in TABLES.items()}


class SimulatedAccount(Account):
    def __init__(self, journal: Journal, switches: Switches, files: Files | None = None) -> None:
        super().__init__(journal, switches, self._next_time, files)
        self._ticked = 0
        """What was due before has moved, or could not."""
        self._behind = False
        """Whether more was due than one piece of work makes up for."""
        self.late_counts = LateCounts()
        self.scripted = ScriptedExecutor(self)
        self.scheduler = Scheduler(self, self.scripted)
        if pool_nodes.restock(self):
            self.store.commit()

    def find(self, kind: type[E], entity_id: str, parent: str = "") -> E | None:
        """The entity as it is now, None when there is none. Counts as a poll, of what a transition leads to as well."""
        entities = self.store.of(kind, parent)
        entity = entities.find(entity_id)
        if entity is None or entity.pending is None:
            return entity
        while entity is not None and self._polled(entity) and self._end(entity):
            entity = entities.find(entity_id)
        if entity is not None:
            self._pass(entity)
        return entities.find(entity_id)

    def poll_all(self, kind: type[Entity], parent: str = "") -> None:
        for entity in self.store.of(kind, parent).moving():
            self.find(kind, entity.id, parent)

    def tick(self) -> None:
        """Moves what the clock has passed, in its order and each at its own time. The rest waits."""
        now, reached = self.clock.now(), 0
        most = MOST_DRAINED if self.scripted.draining else MOST_AT_ONCE
        for moved, (time, entity) in enumerate(self.store.passed(now), start=1):
            reached = min(max(time, self._ticked), now)
            with self.clock.at(reached):
                self._pass(entity)
                self.scheduler.settle()
            if moved == most:
                self._ticked, self._behind = max(self._ticked, reached), True
                return
        self._ticked, self._behind = now, False

    def settle(self) -> None:
        """Places tasks after a piece of work, and ends what is over at the same moment."""
        self.scheduler.settle()
        if self.scripted.draining:
            self.tick()
            self.scripted.draining = self._behind

    def shown(self, *, tasks: bool) -> None:
        """A caller is about to read: runs that only last until they were shown end.

        Where it is `tasks` or jobs that are read, what these wait for counts as polled, pools and their nodes.
        """
        for pool in self.scheduler.awaited() if tasks else ():
            self.find(Pool, pool)
            self.poll_all(Node, pool)
        self.scheduler.settle()
        self.scripted.poll()
        self.settle()

    def idle_seconds(self) -> float | None:
        """How long until the clock moves something by itself, None if it does not."""
        due = self.store.next_due()
        if due is None or self.clock.frozen:
            return None
        if self._behind:
            return 0.0
        wait = (due - self.clock.now()) / SECOND
        return wait if wait > 0 else STUCK_SECONDS

    def run_ended(self, run_id: str, report: Report) -> None:
        self.scheduler.ended(run_id, report)

    def start_task_report(self, node: Node) -> Report:
        """What a script says that its start task ends with; without one, the switch does."""
        said = self.scripted.report_of(node.run or "")
        return said or Report("completed", self.switches.integer("start-task-exit-code"))

    def end_script(self, run_id: str | None) -> None:
        run = self.scheduler.runs.find(run_id)
        if run is not None:
            self.scripted.end(run)

    def settle_all(self) -> None:
        """Ends every transition that waits, and those that they lead to."""
        for kind in KINDS:
            for entity in [entity for entities in self.store.all(kind) for entity in entities.moving()]:
                while entity.pending is not None and self._end(entity):
                    pass

    def happened(self, entity: Entity, to: str, said: Any) -> None:
        _ROWS[type(entity), "event", entity.state, to].effect(self, entity, said)

    @property
    def _by_hand(self) -> bool:
        return self.switches.text("states") == "by-hand"

    def _next_time(self, entity: Entity) -> int | None:
        """When the clock moves it next, None as long as something else must happen first."""
        times = [row.at(entity) for row in _BY_CLOCK[type(entity)] if row.at and entity.state in row.states]
        if entity.pending is not None and not self._by_hand:
            times.append(entity.pending.due)
        return min((time for time in times if time is not None), default=None)

    def _pass(self, entity: Entity) -> None:
        """Ends what the clock has passed of its transitions."""
        now, pending = self.clock.now(), entity.pending
        if pending is not None and pending.due is not None and pending.due <= now and not self._by_hand:
            self._end(entity)
        for row in _BY_CLOCK[type(entity)]:
            time = row.at(entity) if row.at and entity.state in row.states else None
            if time is not None and time <= now:
                row.effect(self, entity, None)

    def _polled(self, entity: Entity) -> bool:
        """Counts a poll; whether the wait is over with it."""
        pending = entity.pending
        if pending is None or pending.due is not None or self._by_hand:
            return False
        if isinstance(entity, Task) and pending.to == "completed":  # it goes by what is read, whatever that is
            return False
        pending.polls -= 1
        return pending.polls < 0

    def _end(self, entity: Entity) -> bool:
        """Ends the wait; False when it cannot end yet."""
        pending, entity.pending = entity.pending, None
        assert pending is not None
        _ROWS[type(entity), "wait", entity.state, pending.to].effect(self, entity, pending)
        return entity.pending is not pending

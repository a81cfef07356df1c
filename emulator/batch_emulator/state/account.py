"""The emulated Batch account: what it holds, its clock, and its switches. Knows no rule of how states move."""

from __future__ import annotations

from batch_emulator.state.clock import SECOND, Clock
from batch_emulator.state.entities import Entity, Pending
from batch_emulator.state.journal import Journal
from batch_emulator.state.store import Store
from batch_emulator.state.switches import Switches


class Account:
    def __init__(self, journal: Journal, switches: Switches) -> None:
        self.clock = Clock()
        self.switches = switches
        self.store = Store(journal, self.clock)

    def transition(self, to: str, delay_switch: str | None = None, reason: str | None = None) -> Pending:
        """A transition that begins now. `delay_switch` names its own delay, if it has one."""
        delay = self.switches.number(delay_switch) if delay_switch else 0.0
        if self.switches.text("states") == "by-clock" and not delay:
            delay = self.switches.number("transition-delay")
        due = self.clock.now() + round(delay * SECOND) if delay else None
        return Pending(to, self.switches.whole("looks"), due, reason)

    def is_ripe(self, entity: Entity) -> bool:
        """Whether the transition that an entity is in may end now; counts as a look."""
        pending = entity.pending
        if pending is None or self.switches.text("states") == "by-hand":
            return False
        if pending.due is not None:
            return self.clock.now() >= pending.due
        if pending.looks > 0:
            pending.looks -= 1
            return False
        return True

    def reset(self) -> None:
        self.store.clear()
        self.switches.reset()
        self.clock.reset()
        self.store.save_clock()

"""The emulated Batch account: what it holds, its clock, and its switches. Knows no rule of how states move."""

from __future__ import annotations

from collections.abc import Callable

from batch_emulator.state.clock import Clock
from batch_emulator.state.entities import Entity
from batch_emulator.state.journal import Journal
from batch_emulator.state.store import Store
from batch_emulator.state.switches import Switches


class Account:
    def __init__(self, journal: Journal, switches: Switches, next_time: Callable[[Entity], int | None]) -> None:
        """`next_time` says when the clock moves an entity next, if it does."""
        self.name = ""
        """Set by the server, which knows as whom it answers."""
        self.clock = Clock()
        self.switches = switches
        self.store = Store(journal, self.clock, next_time)

    def reset(self) -> None:
        self.store.clear()
        self.switches.reset()
        self.clock.reset()
        self.store.save_clock()

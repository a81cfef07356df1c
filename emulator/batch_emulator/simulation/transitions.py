"""What a row of a table of transitions says, and how a transition begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal

from batch_emulator.state.account import Account
from batch_emulator.state.clock import SECOND
from batch_emulator.state.collection import E
from batch_emulator.state.entities import Pending

GONE = "gone"


@dataclass(frozen=True)
class Transition(Generic[E]):
    """From one of `states` to the state `to`, when it is `due`; `effect` makes it.

    A `wait` was begun before, and ends by polls, by the clock or by hand, as the switch `states` says. What is due by
    the `clock` comes at its own time, whatever that switch says. An `event` is reported.
    """

    states: tuple[str, ...]
    to: str
    due: Literal["wait", "clock", "event"]
    effect: Callable[[Any, E, Any], None]
    """Given the account, the entity, and the pending transition or what was said of the event. One that cannot end yet
    puts the pending transition back."""
    delay: str | None = None
    """The switch with the delay of this wait, if it has one of its own."""
    polls: str = "polls"
    """The switch with the polls of this wait."""
    patience: int = 1
    """How many times those polls it lasts."""
    at: Callable[[E], int | None] | None = None
    """The time of a transition that is due by the clock."""


def begin(account: Account, entity: E, transition: Transition[E], reason: str | None = None) -> None:
    """The wait starts now. The caller saves the entity."""
    assert entity.state in transition.states
    switches = account.switches
    delay = switches.number(transition.delay) if transition.delay else 0.0
    if switches.text("states") == "by-clock" and not delay:
        delay = switches.number("transition-delay")
    due = account.clock.now() + round(delay * SECOND) if delay else None
    entity.pending = Pending(transition.to, switches.integer(transition.polls) * transition.patience, due, reason)

"""The account's entities in memory, by kind, with every change passed on to the journal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from batch_emulator.state.clock import Clock
from batch_emulator.state.collection import Collection, E
from batch_emulator.state.entities import KINDS, AtRest, Entity
from batch_emulator.state.journal import Journal, StorageError
from batch_emulator.state.timetable import Timetable

_KINDS = {kind.kind: kind for kind in KINDS}
_CLOCK = "clock"


class Store:
    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        next_time: Callable[[Entity], int | None],
        dropped: Callable[[Entity], None] = lambda entity: None,
    ) -> None:
        """Loads what an earlier run wrote. Raises StorageError when it cannot be read.

        `dropped` is called for each that is dropped, but not for what goes with its holder.
        """
        self._journal = journal
        self._clock = clock
        self._next_time = next_time
        self._dropped = dropped
        self._afterwards: list[Callable[[], None]] = []
        self._marked = 0
        self._timetable = Timetable()
        self.changed: list[Entity] | None = None
        """Collects what is saved and dropped, for one who wants to know; None again when all was loaded anew."""
        self._rest_until: int | None = None
        """When the clock moves the first of those at rest that were not read."""
        self._loaded = False
        self._collections: dict[tuple[type[Entity], str], Collection[Any]] = {}
        self._load()

    def check(self) -> None:
        """Loads what is written where that failed the last time. Raises StorageError as long as it does."""
        if not self._loaded:
            self.recover()

    def _load(self) -> None:
        self._loaded = False
        self.changed = None
        self._collections.clear()
        self._timetable.clear()
        self._rest_until = None
        self._clock.restore({})
        latest = 0
        ends: list[int] = []
        for name, parent, key, at_rest, text in self._journal.rows():
            if name == _CLOCK:
                self._clock.restore(json.loads(text))
            elif name not in _KINDS:
                raise _damaged(name, parent, key)
            elif at_rest is not None:
                state, weight, modified, until = at_rest
                self.of(_KINDS[name], parent).hold(key, text, (state, weight))
                latest = max(latest, modified)
                if until is not None:
                    ends.append(until)
            else:
                entity = _read(_KINDS[name], parent, key, text)
                self._put(entity)
                latest = max(latest, entity.modified)
        for (kind, parent), entities in list(self._collections.items()):
            if kind.holder is not None and self.of(kind.holder).find(parent) is None:
                raise _damaged(kind.kind, parent, entities.keys[0])
        self._rest_until = min(ends, default=None)
        self._clock.not_before(latest)
        self._loaded = True

    def of(self, kind: type[E], parent: str = "") -> Collection[E]:
        """All of a kind, or those that belong to the parent of this key."""
        found = self._collections.get((kind, parent))
        if found is None:
            found = self._collections[kind, parent] = Collection[E](partial(_read, kind, parent))
        return found

    def all(self, kind: type[E]) -> Iterator[Collection[E]]:
        """All of a kind, whatever they belong to."""
        return (entities for (held, _), entities in list(self._collections.items()) if held is kind)

    def _put(self, entity: Entity) -> AtRest | None:
        next_time = self._next_time(entity)
        self.of(type(entity), entity.parent).put(entity)
        self._timetable.plan(entity, next_time)
        return entity.at_rest(next_time)

    def next_due(self) -> int | None:
        """The next time at which the clock moves something."""
        times = (self._timetable.next(), self._rest_until)
        return min((time for time in times if time is not None), default=None)

    def passed(self, now: int) -> Iterator[tuple[int, Entity]]:
        """Those whose time has come, as the timetable says. With the first of those at rest, all are read."""
        if self._rest_until is not None and self._rest_until <= now:
            self._rest_until = None
            for entities in self._collections.values():
                for entity in entities.wake():
                    self._timetable.plan(entity, self._next_time(entity))
        return self._timetable.passed(now)

    def plan_again(self) -> None:
        """After a change of the rules by which the clock moves entities."""
        for entities in self._collections.values():
            for entity in entities.awake():
                self._timetable.plan(entity, self._next_time(entity))

    def save(self, entity: Entity) -> None:
        at_rest = self._put(entity)
        if self.changed is not None:
            self.changed.append(entity)
        self._journal.put(entity.kind, entity.parent, entity.key, at_rest, entity.to_row())

    def drop(self, entity: Entity) -> None:
        """With what belongs to it."""
        self.of(type(entity), entity.parent).drop(entity)
        self._timetable.plan(entity, None)
        self._dropped(entity)
        if self.changed is not None:
            self.changed.append(entity)
        for kind in KINDS:
            if kind.holder is type(entity) and (kind, entity.key) in self._collections:
                for child in self._collections.pop((kind, entity.key)).awake():
                    self._timetable.plan(child, None)
                self._journal.drop_children(kind.kind, entity.key)
        self._journal.drop(entity.kind, entity.parent, entity.key)

    def save_clock(self) -> None:
        self._journal.put(_CLOCK, "", "", None, dict(self._clock.saved()))

    def clear(self) -> None:
        self.changed = None
        self._rest_until = None
        self._collections.clear()
        self._timetable.clear()
        self._journal.clear()

    def commit(self) -> None:
        self._journal.commit()
        afterwards, self._afterwards = self._afterwards, []
        for work in afterwards:
            work()

    def after_commit(self, work: Callable[[], None]) -> None:
        """What cannot be undone waits for the commit, and is forgotten where there is none."""
        self._afterwards.append(work)

    @property
    def uncommitted(self) -> bool:
        return self._journal.uncommitted

    def mark(self) -> None:
        """What was done before this can be committed even if what follows fails."""
        self._journal.mark()
        self._marked = len(self._afterwards)

    def recover_to_mark(self) -> None:
        """After a failure in the middle of a change: what came before the mark is committed, the rest forgotten.

        Raises StorageError when that cannot be done; then nothing is left that was not committed.
        """
        del self._afterwards[self._marked :]
        try:
            if self._journal.roll_back_to_mark():
                self.commit()
                self._load()
        except StorageError:
            self.recover()
            raise

    def recover(self) -> None:
        """After a failure in the middle of a change: what is shown is what was committed, where something was.

        Raises StorageError when that cannot be read now; `check` tries again.
        """
        self._loaded = False
        self._afterwards.clear()
        if self._journal.roll_back():
            self._load()
        self._loaded = True


def _read(kind: type[E], parent: str, key: str, text: str) -> E:
    """Raises StorageError."""
    try:
        return kind.from_row(json.loads(text), parent)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _damaged(kind.kind, parent, key) from error


def _damaged(kind: str, parent: str, key: str) -> StorageError:
    place = f"{parent}/{key}" if parent else key
    return StorageError(f"cannot read its state: the {kind} {place!r} in it is damaged")

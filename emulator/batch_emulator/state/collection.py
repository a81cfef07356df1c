"""Entities of one kind that belong together, such as the tasks of a job.

Those at rest that were loaded stay the text that was stored, and each is read when it is asked for: a start does not
read them all, and a list does not fill the memory.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from batch_emulator.state.entities import Entity
from batch_emulator.state.ids import folded

E = TypeVar("E", bound=Entity)


class Collection(Generic[E]):
    """Ids are kept as given and found without regard to case. Iterating is safe while entities are dropped."""

    def __init__(self, read: Callable[[str, str], E]) -> None:
        """`read` gives the entity of a key and the text that was stored."""
        self._read = read
        self._by_key: dict[str, E | str] = {}
        self._in_use: WeakValueDictionary[str, E] = WeakValueDictionary()
        """What was read, as long as it is held by someone: all of them have the same."""
        self._moving: dict[str, E] = {}
        self._groups: dict[tuple[str, int], dict[str, None]] = {}
        self._group_of: dict[str, tuple[str, int]] = {}
        self.keys: list[str] = []
        """In order, so that a page is found without a sort."""

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[E]:
        return self._of(list(self._by_key))

    def _of(self, keys: list[str]) -> Iterator[E]:
        return (self[key] for key in keys if key in self._by_key)

    def __getitem__(self, key: str) -> E:
        held = self._by_key[key]
        if not isinstance(held, str):
            return held
        entity = self._in_use.get(key)
        if entity is None:
            entity = self._in_use[key] = self._read(key, held)
        return entity

    def find(self, entity_id: str) -> E | None:
        key = folded(entity_id)
        return self[key] if key in self._by_key else None

    def awake(self) -> list[E]:
        """All but those that are at rest since they were loaded."""
        return [held for held in self._by_key.values() if not isinstance(held, str)]

    def wake(self) -> list[E]:
        """Reads all that are at rest, and gives them."""
        resting = [key for key, held in self._by_key.items() if isinstance(held, str)]
        for key in resting:
            self._by_key[key] = self[key]
        return [self[key] for key in resting]

    def moving(self) -> list[E]:
        """Those that are in a transition."""
        return list(self._moving.values())

    def counts(self) -> list[tuple[str, int, int]]:
        """Of each group its name, the weight of each of its members, and how many they are."""
        return [(name, weight, len(members)) for (name, weight), members in self._groups.items() if members]

    def count(self, *names: str) -> int:
        """How many are in groups of these names."""
        return sum(len(members) for (name, _), members in self._groups.items() if name in names)

    def grouped(self, *names: str) -> Iterator[E]:
        """Those that are now in groups of these names."""
        groups = [members for (name, _), members in self._groups.items() if name in names]
        return self._of([key for members in groups for key in members])

    def keys_with(self, prefix: str) -> list[str]:
        """The keys that begin with it, in order."""
        first = bisect_left(self.keys, prefix)
        return self.keys[first : bisect_left(self.keys, prefix + "\U0010ffff", first)]

    def put(self, entity: E) -> None:
        key = entity.key
        self.hold(key, entity, entity.group)
        if entity.pending is None:
            self._moving.pop(key, None)
        else:
            self._moving[key] = entity

    def hold(self, key: str, held: E | str, group: tuple[str, int]) -> None:
        """An entity, or the text that was stored of one at rest."""
        if key not in self._by_key:
            insort(self.keys, key)
        self._by_key[key] = held
        before = self._group_of.get(key)
        if group != before:
            if before is not None:
                del self._groups[before][key]
            members = self._groups.setdefault(group, {})
            members[key] = None
            self._group_of[key] = group

    def drop(self, entity: E) -> None:
        key = entity.key
        if self._by_key.pop(key, None) is not None:
            del self.keys[bisect_left(self.keys, key)]
            del self._groups[self._group_of.pop(key)][key]
            self._moving.pop(key, None)

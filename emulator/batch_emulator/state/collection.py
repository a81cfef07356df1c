"""Entities of one kind that belong together, such as the tasks of a job."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Generic, TypeVar

from batch_emulator.state.entities import Entity
from batch_emulator.state.ids import folded

E = TypeVar("E", bound=Entity)


class Collection(Generic[E]):
    """Ids are kept as given and found without regard to case. Iterating is safe while entities are dropped."""

    def __init__(self) -> None:
        self._by_key: dict[str, E] = {}
        self._moving: dict[str, E] = {}
        self._groups: dict[tuple[str, int], dict[str, E]] = {}
        self._group_of: dict[str, tuple[str, int]] = {}
        self.keys: list[str] = []
        """In order, so that a page is found without a sort."""

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[E]:
        return iter(list(self._by_key.values()))

    def __getitem__(self, key: str) -> E:
        return self._by_key[key]

    def find(self, entity_id: str) -> E | None:
        return self._by_key.get(folded(entity_id))

    def moving(self) -> list[E]:
        """Those that are in a transition."""
        return list(self._moving.values())

    def counts(self) -> list[tuple[str, int, int]]:
        """Of each group its name, the weight of each of its members, and how many they are."""
        return [(name, weight, len(members)) for (name, weight), members in self._groups.items() if members]

    def count(self, *names: str) -> int:
        """How many are in groups of these names."""
        return sum(len(members) for (name, _), members in self._groups.items() if name in names)

    def grouped(self, *names: str) -> list[E]:
        """Those in groups of these names."""
        groups = [members for (name, _), members in self._groups.items() if name in names]
        return [entity for members in groups for entity in members.values()]

    def keys_with(self, prefix: str) -> list[str]:
        """The keys that begin with it, in order."""
        first = bisect_left(self.keys, prefix)
        return self.keys[first : bisect_left(self.keys, prefix + "\U0010ffff", first)]

    def put(self, entity: E) -> None:
        key = entity.key
        if key not in self._by_key:
            insort(self.keys, key)
        self._by_key[key] = entity
        group, before = entity.group, self._group_of.get(key)
        if before is not None and group != before:
            del self._groups[before][key]
        self._group_of[key] = group
        members = self._groups.get(group)
        if members is None:
            members = self._groups[group] = {}
        members[key] = entity
        if entity.pending is None:
            self._moving.pop(key, None)
        else:
            self._moving[key] = entity

    def drop(self, entity: E) -> None:
        key = entity.key
        if self._by_key.pop(key, None) is not None:
            del self.keys[bisect_left(self.keys, key)]
            del self._groups[self._group_of.pop(key)][key]
            self._moving.pop(key, None)

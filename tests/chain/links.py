"""One property of a resource: its values in a life, and what a plan must say of a change between two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from azure_batch_provider.models.attribute import ABSENT, Property
from azure_batch_provider.models.base import API_2024, API_2025, Model
from azure_batch_provider.properties.plan import write_only
from azure_batch_provider.values.paths import Path, at, spell
from tests.generated.samples import Sample, samples

IDS: Final = ("jobId", "jobScheduleId", "taskId", "poolId", "applicationId", "version")
"""What tells entities apart: no property of one."""
Form = Callable[["Link"], Any]
"""The value that a program declares for a link's property; `ABSENT` leaves it out."""


@dataclass(frozen=True)
class Link:
    """One property with the values that it has in a life."""

    sample: Sample

    @property
    def name(self) -> str:
        return self.sample.name

    @property
    def prop(self) -> Property:
        return self.sample.place.prop

    @property
    def in_body(self) -> bool:
        """Whether it is sent to the service."""
        return all(prop.traits.in_body for prop in (*self.sample.place.parents, self.prop))

    @property
    def readable(self) -> bool:
        """Whether the service has the property and shows it, and shows when it is gone."""
        hidden = any(p.traits.write_only for p in (*self.sample.place.parents, self.prop))
        forgotten = self.prop.traits.dropped and self.second() is ABSENT
        return self.in_body and not self.prop.traits.fixed and not hidden and not forgotten

    @property
    def changing(self) -> bool:
        """Whether it can be changed on the server and be seen there."""
        return self.readable and self.sample.second is not None

    @property
    def names_a_password(self) -> bool:
        """Whether it is the key of a list's item in which there is something that the service never shows."""
        place = self.sample.place
        beside = place.owner.properties().values()
        is_key = bool(place.parents) and place.parents[-1].traits.key == place.path[-1]
        return is_key and any(prop.traits.write_only for prop in beside)

    @cached_property
    def holds_secrets(self) -> bool:
        """Whether the second body says something that the service never shows."""
        return any(True for _ in write_only(self.sample.model, self.sample.with_value(self.second())))

    @cached_property
    def is_beyond_import(self) -> bool:
        """Whether an import cannot tell what the second body says."""
        around = not all(prop.traits.in_body for prop in self.sample.place.parents)
        return self.holds_secrets or around or not (self.in_body or self.meaning(self.second()) is None)

    def value(self, body: Mapping[str, Any] | None) -> Any:
        """What a body says for the property."""
        found = at(body, self.sample.place.path)
        return ABSENT if found is None else found

    def first(self) -> Any:
        return self.value(self.sample.first)

    def second(self) -> Any:
        """The other value; the first where there is none."""
        return self.first() if self.sample.second is None else self.value(self.sample.second)

    @cached_property
    def bare(self) -> list[Any]:
        """The default and the empty form, those with which a body is valid; otherwise the property stays as it was."""
        return [value for value in self.sample.bare().values() if self.sample.allows(value)] or [self.second()]

    @cached_property
    def _can_be_left_out(self) -> bool:
        return self.sample.allows(ABSENT)

    def removed(self) -> Any:
        """Nothing, where a body is valid without it; otherwise the property stays as it was."""
        return ABSENT if self._can_be_left_out else self.second()

    def meaning(self, value: Any) -> Any:
        """None for a value that says no more than leaving the property out."""
        empty = value in ([], {}) and not self.prop.traits.empty_is_distinct
        return None if value is ABSENT or empty or value == self.prop.traits.default else value

    def expected(self, old: Any, new: Any) -> dict[str, str]:
        """Path and kind of the one difference between two values, none if they mean the same."""
        if self.meaning(old) == self.meaning(new):
            return {}
        if isinstance(old, list) and isinstance(new, list) and not (old and new):
            kind = "update" if self.prop.traits.empty_is_distinct else "add" if new else "delete"
            return {spell(self.sample.place.path): kind}
        return dict(changes(self.sample.place.path, old, new))


class Hidden(Link):
    """A property that the service does not show where it stands: what it does is seen elsewhere."""

    @property
    def readable(self) -> bool:
        return False


class Kept(Hidden):
    """One that goes on as it was when a program leaves it out."""

    @cached_property
    def bare(self) -> list[Any]:
        return [self.second()]

    def removed(self) -> Any:
        return self.second()


def in_entry(link: Link, name: str) -> Link:
    """The link in an entry of its own of the map that it is in."""
    sample = link.sample
    top, entry, *rest = sample.place.path
    length = len(sample.place.path)

    def moved(body: dict[str, Any] | None) -> dict[str, Any] | None:
        return body and {**body, str(top): {name: body[str(top)][entry]}}

    place = replace(sample.place, path=(top, name, *rest))
    path = (*place.path, *sample.path[length:])
    first, second = moved(sample.first), moved(sample.second)
    assert first is not None
    return replace(link, sample=replace(sample, place=place, path=path, first=first, second=second))


def changes(path: Path, old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """Where two values differ, as they stand, and how."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            yield from changes((*path, name), old.get(name, ABSENT), new.get(name, ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(len(new)):
            yield from changes((*path, index), old[index], new[index])
    elif old != new:
        yield spell(path), "add" if old is ABSENT else "delete" if new is ABSENT else "update"


def whole_item(link: Link) -> Path | None:
    """The list item that is another one when this property changes: by its key, or for lack of one."""
    path, steps = link.sample.place.path, 0
    for prop in link.sample.place.parents:
        steps += 1 if prop.type.model else 2
        if prop.type.model is None and prop.traits.unordered:
            inside = path[steps:]
            if prop.traits.key is None or inside == (prop.traits.key,):
                return path[:steps]
    return None


def links(model: type[Model], version: str) -> list[Link]:
    """A link for every property, of the older api-version only for what the newer one does not know."""
    others = {sample.path for sample in samples(model, API_2025)} if version == API_2024 else set()
    return [Link(s) for s in samples(model, version) if s.path not in others and s.path[0] not in IDS]

"""A stack with one resource for every property of a type, all of which go through the same life at once.

Each command of the engine serves all properties; what it says is then looked at one property at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from azure_batch_provider.models.base import ABSENT, API_2024, API_2025, Model, Property
from azure_batch_provider.properties.plan import write_only
from azure_batch_provider.values.paths import Path, at, spell
from tests.e2e.programs import resource
from tests.emulator_process import EmulatorProcess
from tests.generated.samples import Sample, samples

IDS: Final = ("jobId", "taskId", "poolId")
"""What tells entities apart: no property of one."""
Form = Callable[["Link"], Any]
"""The value that a program declares for a link's property; `ABSENT` leaves it out."""


class Done(Protocol):
    """What an operation of the engine did or planned: resource name to step, and where each of them differs."""

    @property
    def changed(self) -> dict[str, str]: ...
    @property
    def output(self) -> str: ...
    def paths(self, name: str) -> dict[str, str]: ...


class Door(Protocol):
    """A stack, whichever way its resources come to the provider."""

    def write(self, program: Mapping[str, Any], /) -> None: ...
    def preview(self) -> Done: ...
    def up(self) -> Done: ...
    def refresh(self) -> Done: ...
    def resources(self) -> dict[str, dict[str, Any]]: ...


@dataclass(frozen=True)
class Link:
    """One property with a resource of its own.

    Attributes:
        id: resource id, `jobs/j7`.
        own: inputs that place the resource, `jobId` and the like.
        readable: whether the service has the property and shows it, and shows when it is gone.
    """

    sample: Sample
    id: str
    own: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.sample.name

    @property
    def prop(self) -> Property:
        return self.sample.place.prop

    @property
    def readable(self) -> bool:
        hidden = any(p.traits.write_only for p in (*self.sample.place.parents, self.prop))
        forgotten = self.prop.traits.dropped and self.second() is ABSENT
        return self.prop.traits.in_body and not self.prop.traits.fixed and not hidden and not forgotten

    @property
    def names_a_password(self) -> bool:
        """Whether it is the key of a list's item in which there is something that the service never shows."""
        place = self.sample.place
        beside = place.owner.properties().values()
        is_key = bool(place.parents) and place.parents[-1].traits.key == place.path[-1]
        return is_key and any(prop.traits.write_only for prop in beside)

    @property
    def holds_secrets(self) -> bool:
        """Whether the second body says something that the service never shows."""
        return any(True for _ in write_only(self.sample.model, self.body(self.second())))

    @property
    def is_beyond_import(self) -> bool:
        """Whether an import cannot tell what the second body says."""
        return self.holds_secrets or not (self.prop.traits.in_body or self.meaning(self.second()) is None)

    def value(self, body: Mapping[str, Any] | None) -> Any:
        """What a body says for the property."""
        found = at(body, self.sample.place.path)
        return ABSENT if found is None else found

    def body(self, value: Any) -> dict[str, Any]:
        return {**self.sample.with_value(value), **self.own}

    def first(self) -> Any:
        return self.value(self.sample.first)

    def second(self) -> Any:
        """The other value; the first where there is none."""
        return self.first() if self.sample.second is None else self.value(self.sample.second)

    def bare(self, word: str) -> Any:
        """The default or the empty form, where a body with it is valid; otherwise the property is left as it was."""
        return self.valid(self.sample.bare().get(word, self.second()))

    def removed(self) -> Any:
        return self.valid(ABSENT)

    def valid(self, value: Any) -> Any:
        return value if self.sample.allows(value) else self.second()

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


def links(model: type[Model], version: str, place: Callable[[int], tuple[str, dict[str, Any]]]) -> list[Link]:
    """A link for every property, of the older api-version only for what the newer one does not know; `place` gives id
    and own inputs."""
    others = {sample.path for sample in samples(model, API_2025)} if version == API_2024 else set()
    found = [s for s in samples(model, version) if s.path not in others and s.path[0] not in IDS]
    return [Link(sample, *place(number)) for number, sample in enumerate(found)]


class Chain:
    """Links on a stack, and what the engine should say about each."""

    def __init__(self, stack: Door, emulator: EmulatorProcess, kind: str, of: list[Link]) -> None:
        self.stack = stack
        self.emulator = emulator
        self.kind = kind
        self.links = of

    def write(self, form: Form, **options: Callable[[Link], Any]) -> None:
        """Make the program say this of every link; `options` are Pulumi's, by link."""
        self.stack.write(
            {
                link.name: resource(
                    self.kind, link.body(form(link)), **{name: option(link) for name, option in options.items()}
                )
                for link in self.links
            }
        )

    def plan(self, run: Done) -> dict[str, dict[str, str]]:
        """Resource name to its detailed diff, for those that change."""
        return {name: run.paths(name) for name in run.changed}

    def expected(
        self,
        old: Form,
        new: Form,
        replaces: Callable[[Link, str, Any], bool],
        among: Callable[[Link], bool] = lambda _: True,
    ) -> dict[str, dict[str, str]]:
        """The plan for a change of the program."""
        found: dict[str, dict[str, str]] = {}
        for link in filter(among, self.links):
            item = whole_item(link)
            paths = link.expected(old(link), new(link))
            if paths and item is not None:
                paths = {spell(item): "update"}
            if paths:
                found[link.name] = {
                    path: f"{kind}-replace" if replaces(link, kind, old(link)) else kind for path, kind in paths.items()
                }
        return found

    def seen(self, link: Link, server: Mapping[str, Any], planned: Mapping[str, str]) -> dict[str, str]:
        """A plan with its path where the server's side of it ends: around the property, when nothing of that is there;
        within it, when the service has filled in an object of its own."""
        path, first = link.sample.place.path, link.first()
        if link.second() is not ABSENT:
            return dict(planned)
        (kind,) = planned.values()
        for length in range(1, len(path)):
            if at(server, path[:length]) is None:
                return {spell(path[:length]): kind}
        if isinstance(first, dict) and isinstance(at(server, path), dict):
            inner = (*path, *first)[: len(path) + 1]
            there = at(server, inner) is not None
            return {spell(inner): kind.replace("add", "update") if there else kind}
        return dict(planned)


def must_be(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Fail with every name whose value is not the expected one."""
    names = [name for name in dict.fromkeys((*expected, *found)) if found.get(name) != expected.get(name)]
    lines = [f"{name}: {found.get(name)} instead of {expected.get(name)}" for name in names]
    assert not lines, "\n".join(lines)

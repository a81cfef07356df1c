"""Properties that share a resource: each of them changes at once with the others, and a plan names each by its path.

They share one where none is within another or in the same list, where their values are valid together at each step of
the life, and where the same must become of the resource when any of them changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from azure_batch_provider.models.attribute import ABSENT
from azure_batch_provider.validation.check import check
from azure_batch_provider.values.paths import Path, at, spell
from tests.chain.links import Form, Link, whole_item
from tests.generated.paths import put, without

if TYPE_CHECKING:
    from tests.chain.kinds import Kind

NAMED: Final = 20
"""How many properties a line about drift names; an entity has no more."""
FIRST: Final[Form] = Link.first
SECOND: Final[Form] = Link.second
REMOVED: Final[Form] = Link.removed


def there(link: Link) -> Any:
    """What the service has by the time that the program says the second value."""
    return link.first() if link.prop.traits.fixed else link.second()


def bare(link: Link) -> Any:
    """The service's default, or the empty form of what has none."""
    return link.bare[0]


def empty(link: Link) -> Any:
    """The empty form, or the default of what has none."""
    return link.bare[-1]


FORMS: Final[tuple[Form, ...]] = (FIRST, SECOND, REMOVED, bare, empty)


@dataclass(frozen=True)
class Entity:
    """A resource, and the links that are its.

    Attributes:
        name: of the resource in programs, `Job7`.
        id: resource id, `jobs/j7`.
        own: inputs that place the resource, `jobId` and the like.
        around: what else its body holds, beside the values of its links.
    """

    kind: Kind
    name: str
    id: str
    own: Mapping[str, Any]
    links: tuple[Link, ...]
    around: Mapping[str, Any]

    @property
    def tops(self) -> set[str]:
        return {str(link.sample.path[0]) for link in self.links}

    @property
    def changing(self) -> bool:
        return all(link.changing for link in self.links)

    @property
    def names_a_password(self) -> bool:
        return any(link.names_a_password for link in self.links)

    @property
    def holds_secrets(self) -> bool:
        return any(link.holds_secrets for link in self.links)

    @property
    def is_beyond_import(self) -> bool:
        return any(link.is_beyond_import for link in self.links)

    def declared(self, form: Form) -> dict[str, Any]:
        """What a program says."""
        return {**_with_values(self.around, self.links, form), **self.own}

    def sent(self, form: Form) -> dict[str, Any]:
        """The request body of that."""
        return self.kind.sent(self.declared(form))

    def plan(self, old: Form, new: Form) -> dict[str, str]:
        """Path and kind of each difference that a plan must name when the program changes."""
        return {path: kind for link in self.links for path, kind in self._changes(link, old, new).items()}

    def healing(self, server: Mapping[str, Any]) -> dict[str, str]:
        """The same for what takes the second values back that another client has given it."""
        found: dict[str, str] = {}
        for link in self.links:
            found |= _seen(link, server, self._changes(link, SECOND, FIRST))
        return found

    def _changes(self, link: Link, old: Form, new: Form) -> dict[str, str]:
        item = whole_item(link)
        paths = link.expected(old(link), new(link))
        if paths and item is not None:
            paths = {spell(item): "update"}
        return {
            path: f"{kind}-replace" if self.kind.replaces(link, kind, old(link)) else kind
            for path, kind in paths.items()
        }


def _seen(link: Link, server: Mapping[str, Any], planned: Mapping[str, str]) -> dict[str, str]:
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
        is_there = at(server, inner) is not None
        return {spell(inner): kind.replace("add", "update") if is_there else kind}
    return dict(planned)


def shared(kind: Kind, links: list[Link]) -> Iterator[Entity]:
    """The links on as few entities as they find room on, those first that lie deepest; the entities are not placed."""
    found: list[Entity] = []
    for link in sorted(links, key=lambda link: -len(link.sample.path)):
        # Where many others have found room there is likely to be some: what does not fit costs most here.
        for index in sorted(range(len(found)), key=lambda index: -len(found[index].links)):
            joined = _join(found[index], link)
            if joined is not None:
                found[index] = joined
                break
        else:
            found.append(Entity(kind, "", "", {}, (link,), link.sample.first))
    yield from found


def gathered(kind: Kind, links: list[Link]) -> Iterator[Entity]:
    """The links on one entity for each fate: those that lie in entries of their own, and so never touch."""
    found: dict[tuple[Any, ...], Entity] = {}
    for link in links:
        fate = _fate(kind, link)
        before = found.get(fate, Entity(kind, "", "", {}, (), {}))
        around = _merged(before.around, link.sample.first)
        assert around is not ABSENT, link.name
        found[fate] = replace(before, links=(*before.links, link), around=around)
    yield from found.values()


def _join(entity: Entity, link: Link) -> Entity | None:
    """The entity with one more link; None where that does not fit."""
    if len(entity.links) == NAMED or _fate(entity.kind, link) != _fate(entity.kind, entity.links[0]):
        return None
    if not all(_apart(link.sample.place.path, other.sample.place.path) for other in entity.links):
        return None
    around = _merged(entity.around, link.sample.first)
    if around is ABSENT:
        return None
    joined = replace(entity, links=(*entity.links, link), around=around)
    version = entity.kind.version
    bodies: list[dict[str, Any]] = []
    for form in FORMS:
        body = _with_values(around, joined.links, form)
        if body not in bodies and check(entity.kind.model, body, version).violations:
            return None
        bodies.append(body)
    return joined


def _fate(kind: Kind, link: Link) -> tuple[Any, ...]:
    """What becomes of an entity in its life because of the link."""
    return kind.alone(link), link.changing, link.names_a_password, link.is_beyond_import, link.in_body


def _apart(one: Path, other: Path) -> bool:
    """Whether neither is within the other, and they share no list."""
    common = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    return common is not None and not any(isinstance(step, int) for step in one[:common])


def _merged(one: Any, other: Any) -> Any:
    """Two values as one, `ABSENT` if they say different things."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        both = {**other, **one, **{name: _merged(one[name], other[name]) for name in one if name in other}}
        return ABSENT if ABSENT in both.values() else both
    return one if one == other else ABSENT


def _with_values(around: Mapping[str, Any], links: tuple[Link, ...], form: Form) -> dict[str, Any]:
    body: Any = around
    for link in links:
        path, value = link.sample.place.path, form(link)
        body = without(body, path) if value is ABSENT else put(body, path, value)
    return dict(body)

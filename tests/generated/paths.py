"""Every property of a resource by its path, nested ones and those of list items included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from azure_batch_provider.models.attribute import Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.values.paths import Path, at

ENTRY: Final = "one"
"""The name of an entry that stands for all of a map."""


@dataclass(frozen=True)
class Place:
    """A property somewhere in a resource: `path` leads to it, items of lists being 0 and those of maps `ENTRY`; `owner`
    is its own model."""

    path: Path
    owner: type[Model]
    prop: Property
    parents: tuple[Property, ...]


def known(model: type[Model], version: str) -> Mapping[str, Property]:
    """The properties that an api-version knows, and takes from who signs by the account's key."""
    return {
        name: prop
        for name, prop in model.properties().items()
        if prop.traits.only in (None, version) and not _needs_entra(prop)
    }


def _needs_entra(prop: Property) -> bool:
    """Whether a property, or something that it must hold, is taken from Entra's identities only."""
    inner = prop.type.model.properties().values() if prop.type.model is not None else ()
    return prop.traits.entra or any(_needs_entra(item) for item in inner if item.required)


def places(model: type[Model], version: str) -> Iterator[Place]:
    """Every property of a resource, in the order of the models."""
    return _places(model, version, (), ())


def _places(model: type[Model], version: str, above: Path, parents: tuple[Property, ...]) -> Iterator[Place]:
    for name, prop in known(model, version).items():
        yield Place((*above, name), model, prop, parents)
        inner = prop.type.model or (prop.type.item.model if prop.type.item else None)
        if inner is not None:
            step: Path = (name,) if prop.type.model else (name, ENTRY if prop.type.kind == "map" else 0)
            yield from _places(inner, version, (*above, *step), (*parents, prop))


def put(value: Any, path: Path, new: Any) -> Any:
    """A copy with another value at the path; the way there must exist, and a list may grow by one."""
    if not path:
        return new
    if isinstance(value, list):
        index = int(path[0])
        return [*value[:index], put(value[index] if index < len(value) else {}, path[1:], new), *value[index + 1 :]]
    return {**value, path[0]: put(value.get(path[0], {}), path[1:], new)}


def without(value: Any, path: Path) -> Any:
    """A copy without what stands at the path."""
    holder = at(value, path[:-1])
    if isinstance(holder, list):
        left: Any = [item for index, item in enumerate(holder) if index != path[-1]]
    else:
        left = {name: item for name, item in holder.items() if name != path[-1]}
    return put(value, path[:-1], left)

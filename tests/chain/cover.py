"""The fewest entities that still have every sort of field and every trait of the models: what a slow door is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import TypeAlias

from azure_batch_provider.models.attribute import FieldType, Property, Traits
from tests.chain.entities import Entity

Feature: TypeAlias = tuple[str, str]


def cover(entities: Iterable[Entity]) -> list[Entity]:
    """Chosen one after the other, each time the one that adds most; a new sort or trait is among them by itself."""
    left = {entity.name: (entity, _features(entity)) for entity in entities}
    missing = {feature for _, features in left.values() for feature in features}
    chosen: list[Entity] = []
    while missing:
        best, features = max(left.values(), key=lambda pair: len(pair[1] & missing))
        chosen.append(best)
        missing -= features
    return chosen


def _features(entity: Entity) -> set[Feature]:
    """Each sort of field with each of its traits, and for each resource whether it is changed or replaced."""
    found: set[Feature] = set()
    for link in entity.links:
        sort = _sort(link.prop.type)
        found |= {(sort, trait) for trait in ("", *_traits(link.prop))}
        found |= {("within", trait) for parent in link.sample.place.parents for trait in _traits(parent)}
        found.add((entity.kind.type, "replaced" if entity.kind.replaces(link, "update", link.first()) else "changed"))
    return found


def _sort(type: FieldType) -> str:
    return type.kind if type.item is None else f"{type.kind} of {_sort(type.item)}"


def _traits(prop: Property) -> set[str]:
    plain = Traits()
    return {field.name for field in fields(Traits) if getattr(prop.traits, field.name) != getattr(plain, field.name)}

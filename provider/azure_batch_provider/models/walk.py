"""Walking a value along with its type: the one place that knows how objects, lists and maps hold what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from azure_batch_provider.models.attribute import ANY, FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.values.mappings import MAPPING
from azure_batch_provider.values.paths import Path
from azure_batch_provider.values.unknown import UNKNOWN


def locate(model: type[Model], path: Iterable[int | str]) -> tuple[Property | None, FieldType | None]:
    """The property that a path leads to, of items of lists and maps the one that holds them, and the type there.
    `None` is what the model lacks."""
    prop: Property | None = None
    field_type: FieldType | None = FieldType("object", model=model)
    for step in path:
        if field_type is not None and field_type.model is not None and isinstance(step, str):
            prop = field_type.model.properties().get(step)
            field_type = prop.type if prop is not None else None
        elif field_type is not None and field_type.kind != "any":
            field_type = field_type.item
    return prop, field_type


def holders(field_type: FieldType, value: Any, path: Path = ()) -> Iterator[tuple[FieldType, Any, Path]]:
    """Yield whatever in the value holds other values, itself first: objects, lists, maps and free JSON, each before
    what is in it, and as it is: it may not be of its type. Nothing that is absent or unknown."""
    pending = [(field_type, value, path)]
    while pending:
        holder = pending.pop()
        if holder[1] is not None and holder[1] is not UNKNOWN:
            yield holder
            pending += reversed(_held(*holder))


def _held(field_type: FieldType, value: Any, path: Path) -> list[tuple[FieldType, Any, Path]]:
    if field_type.model is not None and isinstance(value, MAPPING):
        fields, value = _fields(field_type.model), field_type.model.inner(value)
        if fields.keys().isdisjoint(value):  # as in most of thousands
            return []
        found = ((name, inner, value.get(name)) for name, inner in fields.items())
        return [(inner, item, (*path, name)) for name, inner, item in found if item is not None]
    item_type = field_type.item
    if item_type is None or not _is_holder(item_type):
        return []
    if field_type.kind == "list" and isinstance(value, list):
        return [(item_type, item, (*path, index)) for index, item in enumerate(value)]
    if field_type.kind == "map" and isinstance(value, MAPPING):
        return [(item_type, item, (*path, name)) for name, item in value.items()]
    return []


@cache
def _fields(model: type[Model]) -> Mapping[str, FieldType]:
    """The fields of a model that hold other values."""
    return {name: prop.type for name, prop in model.properties().items() if _is_holder(prop.type)}


def _is_holder(field_type: FieldType) -> bool:
    return field_type.kind == "any" or field_type.scalar is None


def paired(
    field_type: FieldType, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[tuple[Property | None, FieldType, str, Any, Any]]:
    """Yield what two objects, or two maps, have under each name: property, type, name, old and new value."""
    if field_type.model is not None:
        for name, prop in field_type.model.properties().items():
            yield prop, prop.type, name, old.get(name), new.get(name)
    else:
        for name in dict.fromkeys((*old, *new)):
            yield None, field_type.item or ANY, name, old.get(name), new.get(name)


def converted(
    field_type: FieldType,
    value: Any,
    of_object: Callable[[type[Model], Mapping[str, Any]], Any],
    of_scalar: Callable[[FieldType, Any], Any],
) -> Any:
    """A copy of the value with something else for each object and each scalar in it; null entries of maps fall out.

    What is not of its type, `UNKNOWN` for one, is taken for a scalar. `of_object` goes on into the object itself; free
    JSON consists of lists and maps.
    """
    if field_type.model is not None:
        return of_object(field_type.model, value) if isinstance(value, MAPPING) else of_scalar(field_type, value)
    if field_type.kind in ("list", "any") and isinstance(value, list):
        return [converted(field_type.item or ANY, item, of_object, of_scalar) for item in value]
    if field_type.kind in ("map", "any") and isinstance(value, MAPPING):
        items = ((name, item) for name, item in value.items() if item is not None)
        return {name: converted(field_type.item or ANY, item, of_object, of_scalar) for name, item in items}
    return of_scalar(field_type, value)


def spelled(field_type: FieldType, value: Any) -> Any:
    """A scalar in the spelling of the API."""
    return field_type.enum.spelled(value) if field_type.enum is not None and isinstance(value, str) else value

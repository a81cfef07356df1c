"""Walking a value along with its type: the one place that knows how objects, lists and maps hold what is in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from azure_batch_provider.models.attribute import ANY, FieldType
from azure_batch_provider.models.base import Model


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
        return of_object(field_type.model, value) if isinstance(value, Mapping) else of_scalar(field_type, value)
    if field_type.kind in ("list", "any") and isinstance(value, list):
        return [converted(field_type.item or ANY, item, of_object, of_scalar) for item in value]
    if field_type.kind in ("map", "any") and isinstance(value, Mapping):
        items = ((name, item) for name, item in value.items() if item is not None)
        return {name: converted(field_type.item or ANY, item, of_object, of_scalar) for name, item in items}
    return of_scalar(field_type, value)


def spelled(field_type: FieldType, value: Any) -> Any:
    """A scalar in the spelling of the API."""
    return field_type.enum.spelled(value) if field_type.enum is not None and isinstance(value, str) else value

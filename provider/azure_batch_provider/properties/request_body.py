"""The JSON that is sent: what the program declared, in the API's spelling, and nothing that it did not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_batch_provider.models.base import Model, Shape


def body(model: type[Model], declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request body for plain, checked and fully known inputs; nulls are left out, enums take API case."""
    return {
        name: _value(prop.shape, declared[name])
        for name, prop in model.properties().items()
        if prop.traits.wire and declared.get(name) is not None
    }


def _value(shape: Shape, value: Any) -> Any:
    if shape.choice is not None and isinstance(value, str):
        return shape.choice.spelled(value)
    if shape.model is not None and isinstance(value, Mapping):
        return body(shape.model, value)
    if shape.item is not None and isinstance(value, list):
        return [_value(shape.item, item) for item in value]
    if isinstance(value, Mapping):
        inner = shape.item or Shape("any")
        return {name: _value(inner, item) for name, item in value.items() if item is not None}
    return value

"""The JSON that is sent: what the program declared, in the API's spelling, and nothing that it did not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_batch_provider.models.base import FieldType, Model


def body(model: type[Model], declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request body for plain, checked and fully known inputs; nulls are left out, enums take API case."""
    return {
        name: _value(prop.type, declared[name])
        for name, prop in model.properties().items()
        if prop.traits.in_body and declared.get(name) is not None
    }


def _value(field_type: FieldType, value: Any) -> Any:
    if field_type.enum is not None and isinstance(value, str):
        return field_type.enum.spelled(value)
    if field_type.model is not None and isinstance(value, Mapping):
        return body(field_type.model, value)
    if field_type.item is not None and isinstance(value, list):
        return [_value(field_type.item, item) for item in value]
    if isinstance(value, Mapping):
        inner = field_type.item or FieldType("any")
        return {name: _value(inner, item) for name, item in value.items() if item is not None}
    return value

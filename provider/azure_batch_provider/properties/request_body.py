"""The JSON that is sent: what the program declared, in the API's names and spelling, and nothing that it did not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from azure_batch_provider.models.base import Model
from azure_batch_provider.models.walk import converted, spelled


def body(model: type[Model], declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request body for plain, checked and fully known inputs; nulls are left out, enums take API case."""
    return {
        prop.wire_name: converted(prop.type, declared[name], body, spelled)
        for name, prop in model.properties().items()
        if prop.traits.in_body and declared.get(name) is not None
    }


def patch(model: type[Model], declared: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the body of a request that changes these properties only: what is not declared is taken back."""
    properties = model.properties()
    return body(
        model, {name: properties[name].reset if declared.get(name) is None else declared[name] for name in names}
    )

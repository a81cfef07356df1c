"""The JSON that is sent: what the program declared, in the API's names and spelling, and nothing that it did not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from azure_batch_provider.models.base import Model
from azure_batch_provider.models.walk import converted, spelled

LARGEST: Final = 1024 * 1024
"""Bytes that the service takes in one request."""
_MORE: Final = 1024
"""Bytes that a request may have beyond the inputs: an id that the provider chooses, lists that are always sent."""


def body(model: type[Model], declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request body for plain, checked and fully known inputs; nulls are left out, enums take API case."""
    properties = model.properties()
    return {
        prop.wire_name: converted(prop.type, value, body, spelled)
        for name, value in declared.items()
        if value is not None and (prop := properties.get(name)) is not None and prop.traits.in_body
    }


def patch(model: type[Model], declared: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the body of a request that changes these properties only: what is not declared is taken back."""
    properties = model.properties()
    return body(
        model, {name: properties[name].reset if declared.get(name) is None else declared[name] for name in names}
    )


def too_large(inputs: Mapping[str, Any], request: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> str | None:
    """Why a request for these inputs would be refused for its size, `None` if it is not too large. What is unknown
    counts next to nothing. The request is built only where the inputs are large enough for it to matter."""
    if _size(inputs) + _MORE <= LARGEST:
        return None
    size = _size(request(inputs))
    if size <= LARGEST:
        return None
    return (
        f"the request would have {size} bytes, and the service takes at most {LARGEST}: instead of listing many files, "
        "put them into zip files, application packages or a container image"
    )


def _size(value: Mapping[str, Any]) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=lambda unknown: 0).encode())

"""What the server has, written the way the program would: the inputs that Read returns.

Where server and program mean the same, the program's own spelling stays, so no default of the server leaks into a
plan; where they differ, the server's value stands in its place. Nothing here decides equality itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_batch_provider.models.attribute import FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.walk import converted, spelled
from azure_batch_provider.properties.compare import equal, is_default, pairs
from azure_batch_provider.values.identical import identical
from azure_batch_provider.values.mappings import MAPPING
from azure_batch_provider.values.signatures import signatures


def project(model: type[Model], declared: Mapping[str, Any], server: Mapping[str, Any]) -> dict[str, Any]:
    """Return `declared` with every value that differs on the server replaced by the server's.

    `declared` and `server` are plain. Fields that are not part of the request (`takeOver`) and fields that the
    service never returns stay as declared; properties of the server that the model does not know are left out.
    """
    return _project_object(model, declared, _named(model, server))


def _project_object(model: type[Model], declared: Mapping[str, Any], server: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, prop in model.properties().items():
        value = declared.get(name)
        if prop.traits.in_body and not prop.traits.write_only:
            value = _project(prop, prop.type, value, server.get(name))
        if value is not None:
            found[name] = value
    return found


def undeclared(model: type[Model], server: Mapping[str, Any]) -> dict[str, Any]:
    """All that is set on the server and is not what the service would fill in by itself: the inputs of an import."""
    return _undeclared(model, _named(model, server))


def _named(model: type[Model], server: Mapping[str, Any]) -> dict[str, Any]:
    """What the server has by the model's names."""
    return {
        name: converted(prop.type, value, _named, spelled)
        for name, prop in model.properties().items()
        if (value := server.get(prop.wire_name)) is not None
    }


def _undeclared(model: type[Model], there: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _without_defaults(prop.type, there[name])
        for name, prop in model.properties().items()
        if there.get(name) is not None and (prop.required or not is_default(prop, there[name]))
    }


def unseen(prop: Property, declared: Any) -> bool:
    """Whether the service may have a value without showing anything of it: what it fills in by itself, forgets or never
    returns, an empty list or object even where that means something, and an object of nothing else than these."""
    if prop.traits.write_only or prop.traits.dropped or declared in ([], {}) or is_default(prop, declared):
        return True
    if prop.type.model is None or not isinstance(declared, MAPPING):
        return False
    inner = prop.type.model.properties()
    return all(unseen(inner[name], value) for name, value in declared.items() if name in inner)


def _project(prop: Property, field_type: FieldType, declared: Any, server: Any) -> Any:
    if declared is None:
        if server is None or prop.traits.computed or is_default(prop, server):
            return None
        if field_type.model is not None and isinstance(server, MAPPING):
            return _project_object(field_type.model, {}, server) or None
        return _without_defaults(field_type, server)
    if server is None:
        return declared if unseen(prop, declared) else None
    return _merge(prop, field_type, declared, server)


def _merge(prop: Property | None, field_type: FieldType, declared: Any, server: Any) -> Any:
    if identical(declared, server):
        return declared
    if field_type.model is not None and isinstance(declared, MAPPING) and isinstance(server, MAPPING):
        return _project_object(field_type.model, declared, server)
    item_type = field_type.item
    if field_type.kind == "list" and item_type and isinstance(declared, list) and isinstance(server, list):
        return [
            _without_defaults(item_type, server[i]) if j is None else _merge(None, item_type, declared[j], server[i])
            for i, j in pairs(prop, item_type, server, declared)
            if i is not None  # else it is declared, and gone from the server
        ]
    if isinstance(server, str) and signatures(server):
        return server  # the SAS that is there, whichever was declared since: its expiry is the one that counts
    return declared if equal(prop, field_type, server, declared) else _without_defaults(field_type, server)


def _without_defaults(field_type: FieldType, there: Any) -> Any:
    """What the server has without what the service fills in by itself."""
    return converted(field_type, there, _undeclared, spelled)

"""What the service never returns, so that no import can read it: where a program has to declare it, or may have to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.models.attribute import FieldType
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.container import ContainerRegistryReference
from azure_batch_provider.models.pool_mounts import AzureBlobFileSystemConfiguration
from azure_batch_provider.models.walk import holders, locate
from azure_batch_provider.values.mappings import MAPPING
from azure_batch_provider.values.paths import Path


def is_write_only(model: type[Model], path: Path) -> bool:
    """Whether the property at a path is one that the service never returns."""
    prop, _ = locate(model, path)
    return prop is not None and prop.traits.write_only


def implied(model: type[Model], inputs: Mapping[str, Any]) -> Iterator[Path]:
    """Where something must have been set, though a program may leave it out: what stands beside it is of no use
    without."""
    for part, value, path in _objects(model, inputs):
        if part is ContainerRegistryReference and value.get("username") and value.get("password") is None:
            yield (*path, "password")
        keys = ("accountKey", "sasKey", "identityReference")
        if part is AzureBlobFileSystemConfiguration and all(value.get(name) is None for name in keys):
            yield (*path, "accountKey")


def possible(model: type[Model], inputs: Mapping[str, Any]) -> Iterator[Path]:
    """Where something may have been set: in every object that is there."""
    for part, value, path in _objects(model, inputs):
        for name, prop in part.properties().items():
            if prop.traits.write_only and value.get(name) is None:
                yield (*path, name)


def _objects(model: type[Model], inputs: Mapping[str, Any]) -> Iterator[tuple[type[Model], Mapping[str, Any], Path]]:
    for field_type, value, path in holders(FieldType("object", model=model), inputs):
        if field_type.model is not None and isinstance(value, MAPPING):
            yield field_type.model, value, path

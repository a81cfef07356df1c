"""How the tests of the models ask what is wrong, or doubtful, with a body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_batch_provider.models.base import API_2025, Model
from azure_batch_provider.validation.check import check
from azure_batch_provider.values.paths import Path, spell


def failures(model: type[Model], inputs: Mapping[str, Any], api_version: str = API_2025) -> dict[str, str]:
    """What is wrong: reasons by spelt path."""
    return {spell(found.path): found.reason for found in check(model, inputs, api_version).violations}


def warned(model: type[Model], inputs: Mapping[str, Any], api_version: str = API_2025) -> dict[str, str]:
    """What is doubtful: reasons by spelt path."""
    return {spell(found.path): found.reason for found in check(model, inputs, api_version).warnings}


def paths(value: Any, path: Path = ()) -> list[Path]:
    """The path of every value below an object or list."""
    found: list[Path] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        found += [(*path, name), *paths(item, (*path, name))]
    return found


def put(body: Any, path: Path, value: Any) -> Any:
    """A copy of the body with another value at the path."""
    if not path:
        return value
    whole: Any = dict(body) if isinstance(body, Mapping) else list(body)
    whole[path[0]] = put(whole[path[0]], path[1:], value)
    return whole

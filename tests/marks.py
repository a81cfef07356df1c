"""Values with each secret wrapped where it stands, as a test reads and writes them best, to `Inputs` and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.paths import Path, below, tree


@dataclass(frozen=True)
class Secret:
    """A value that is secret."""

    value: Any


def marked(values: Mapping[str, Any]) -> Inputs:
    """The values without their wrappings, and where those were."""
    secret_paths: set[Path] = set()
    return Inputs(
        {name: _plain(value, (name,), secret_paths) for name, value in values.items()}, frozenset(secret_paths)
    )


def _plain(value: Any, path: Path, secret_paths: set[Path]) -> Any:
    if isinstance(value, Secret):
        secret_paths.add(path)
        return _plain(value.value, path, secret_paths)
    if isinstance(value, Mapping):
        return {name: _plain(item, (*path, name), secret_paths) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, (*path, index), secret_paths) for index, item in enumerate(value)]
    return value


def unwrapped(values: Any) -> Any:
    """The values without any wrapping."""
    return _plain(values, (), set())


def wrapped(inputs: Inputs) -> dict[str, Any]:
    """The values with each secret wrapped."""
    marks = tree(inputs.secret_paths)
    return {name: _wrapped(value, below(marks, name)) for name, value in inputs.values.items()}


def _wrapped(value: Any, marks: Any) -> Any:
    if marks is True:
        return Secret(value)
    if isinstance(value, Mapping):
        return {name: _wrapped(item, below(marks, name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_wrapped(item, below(marks, index)) for index, item in enumerate(value)]
    return value

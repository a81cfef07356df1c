"""Property values as they travel between the front doors and the lifecycles, and which of them are secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from azure_batch_provider.values.paths import Path, at, below, tree
from azure_batch_provider.values.signatures import bears_secret


@dataclass(frozen=True, repr=False)
class Inputs:
    """Values without any mark, and where the secrets among them stand.

    Attributes:
        values: plain JSON values, and `UNKNOWN` anywhere.
        secret_paths: of values that must not be seen, whole objects and lists included.
    """

    values: dict[str, Any]
    secret_paths: frozenset[Path] = frozenset()

    def __repr__(self) -> str:
        return "Inputs(...)"

    def secrets(self) -> Iterator[str]:
        """Every text that is secret, for redacting what others write about it.

        What the provider remembers for itself (`__...`) is secret as a whole to be hidden from plans: of that only what
        bears a secret is one. A job's state must not be masked in the sentence that tells it.
        """
        for path in self.secret_paths:
            ours = str(path[0]).startswith("__")
            yield from (text for text in texts(at(self.values, path)) if not ours or bears_secret(text))

    def hides(self, path: Path) -> bool:
        """Whether the value at a path must not be named to anybody. The items of lists may change places: an item is
        hidden where any of its list is."""
        marks = self._hidden
        for step in _names(path):
            marks = below(marks, step)
        return marks is True

    @cached_property
    def _hidden(self) -> Any:
        return tree(map(_names, self.secret_paths))


def _names(path: Path) -> Path:
    return tuple(step for step in path if isinstance(step, str))


def texts(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)

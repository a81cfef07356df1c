"""What is left of a resource's inputs when all that is wrong by itself has been taken out.

Rules that relate properties to each other run over it. Knows plain values and the marks of pydantic's errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from azure_batch_provider.validation.messages import KEY
from azure_batch_provider.values.paths import Path, at
from azure_batch_provider.values.unknown import UNKNOWN

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Remainder:
    """Inputs of which wrong values are taken out, one after another; copies only what it changes."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self.value: dict[str, Any] = dict(inputs)
        self._copies: dict[int, Any] = {id(self.value): self.value}
        # Copies that have been looked through for names that are not texts: once is enough, however many there are.
        self._named: set[int] = set()

    def at(self, path: Path) -> Any:
        """The value at a path, `None` if there is none."""
        return at(self.value, path)

    def stray(self, path: Path) -> Path | None:
        """Where on the way a set, an iterator or the like stands: pydantic looks into those, JSON has none."""
        here: Any = self.value
        for depth, part in enumerate(path):
            if here is not None and here is not UNKNOWN and not isinstance(here, (Mapping, list)):
                return path[:depth]
            here = at(here, (part,))
        return None

    def take_out(self, path: Path, kind: str = "", context: Mapping[str, Any] = _NOTHING) -> bool:
        """Take out the value at a path; `False` if that would leave nothing."""
        if kind == "invalid_key":
            return self._take_out_keys(path[:-1])
        if kind == KEY:
            return self._take_out_keys(path[:-2], path[-2])
        parent = self._own(path[:-1])
        last = path[-1] if path else None
        if isinstance(parent, dict) and isinstance(last, str):
            if kind == "extra_forbidden":
                parent.pop(last, None)
            elif kind == "too_long" and isinstance(parent[last], list):
                parent[last] = parent[last][: context["max_length"]]
            else:
                parent[last] = UNKNOWN
        elif isinstance(parent, list) and isinstance(last, int) and last < len(parent):
            parent[last] = UNKNOWN
        else:
            return len(path) > 1 and self.take_out(path[:-1])
        return True

    def _take_out_keys(self, path: Path, name: str | int | None = None) -> bool:
        """Take out what has no name that JSON could have, and what has this name."""
        parent = self._own(path)
        if not isinstance(parent, dict):
            return bool(path) and self.take_out(path)
        if name in parent:
            del parent[name]
        if id(parent) not in self._named:
            self._named.add(id(parent))
            for key in [key for key in parent if not isinstance(key, str)]:
                del parent[key]
        return True

    def _own(self, path: Path) -> Any:
        """A copy of the container at the path, in its place; `None` if there is no container."""
        here: Any = self.value
        for part in path:
            there = at(here, (part,))
            if id(there) not in self._copies:
                if isinstance(there, Mapping):
                    there = dict(there)
                elif isinstance(there, list):
                    there = list(there)
                else:
                    return None
                here[part] = there
                self._copies[id(there)] = there
            here = there
        return here

"""What an import cannot tell, because the service never shows it, and what to do once the program declares it.

The engine records what was read. What only this provider knows (`deletionPolicy`) is then an update that records it, so
that it counts from the deployment that imports. So is a value that the service never returns; where the service takes
such a value only in the request that makes the entity, it is remembered as not sent. Knows models and plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from azure_batch_provider.models.attribute import Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.walk import locate
from azure_batch_provider.properties.compare import Difference, differences
from azure_batch_provider.properties.plan import only_computed, write_only
from azure_batch_provider.properties.read_back import unseen
from azure_batch_provider.values.paths import Path, put

IMPORTED: Final = "imported"
"""In what a state remembers: true from an import to the first update."""
UNSENT: Final = "unsent"
"""In what a state remembers: the places of declared values that the service was never sent."""


@dataclass(frozen=True)
class Recorded:
    """What an update only records.

    Attributes:
        inputs: the old ones, as if all of it had been there.
        places: of the values among it that the service cannot be sent.
        unsent: of these and earlier ones that are still declared.
    """

    inputs: dict[str, Any]
    places: list[str]
    unsent: list[str]


class Import:
    """What a state, by what it remembers, says about its import."""

    def __init__(self, model: type[Model], private: Mapping[str, Any]) -> None:
        self._model = model
        self._is_fresh = private.get(IMPORTED) is True
        self._unsent = frozenset(private.get(UNSENT) or ())

    def hides(self, item: Difference) -> bool:
        """Whether the server may be as declared without showing it, so that there is nothing to send or to record."""
        prop, _ = locate(self._model, item.path)
        if not self._is_fresh or prop is None:
            return False
        if item.kind == "delete":
            return only_computed(prop, item.old)
        return item.kind == "add" and prop.traits.in_body and unseen(prop, item.new) and not _places(prop, item)

    def records(self, item: Difference) -> bool:
        """Whether it is an update that makes the declared value known to the state, and never a replacement."""
        prop, _ = locate(self._model, item.path)
        is_new = self._is_fresh and item.kind == "add"
        if prop is None or not prop.traits.in_body:
            return prop is not None and is_new
        places = _places(prop, item)
        if not places or not all(unseen(prop, value) for value in (item.old, item.new) if value is not None):
            return False
        return is_new or places <= self._unsent

    def recorded(
        self, old: Mapping[str, Any], new: Mapping[str, Any], replaces: Callable[[Difference], bool]
    ) -> Recorded:
        """Split off what an update from `old` to `new` only records; `replaces` says what cannot be sent in one."""
        inputs, found = dict(old), set[str]()
        for item in differences(self._model, old, new):
            prop, _ = locate(self._model, item.path)
            if prop is None or not self.records(item) or (prop.traits.in_body and not replaces(item)):
                continue
            inputs = put(inputs, item.path, item.new)
            if prop.traits.in_body:
                found |= _places(prop, item)
        declared = {_place(path) for path in write_only(self._model, new)}
        return Recorded(inputs, sorted(found & declared), sorted((found | self._unsent) & declared))


def is_never_shown(model: type[Model], item: Difference) -> bool:
    """Whether it may come from an import alone, which cannot tell it, or is in what the service never returns."""
    prop, _ = locate(model, item.path)
    fresh = Import(model, {IMPORTED: True})
    return (prop is not None and prop.traits.write_only) or fresh.hides(item) or fresh.records(item)


def holds_write_only(model: type[Model], item: Difference) -> bool:
    """Whether what differs is, or holds, what the service never returns: no comparison with the server tells it."""
    prop, _ = locate(model, item.path)
    return prop is not None and bool(_places(prop, item))


def _places(prop: Property, item: Difference) -> set[str]:
    """Where in a difference there are values that the service never returns."""
    if prop.traits.write_only:
        return {_place(item.path)}
    value = item.old if item.new is None else item.new
    if prop.type.model is None or not isinstance(value, Mapping):
        return set()
    return {_place(path) for path in write_only(prop.type.model, value, item.path)}


def _place(path: Path) -> str:
    """A path without indexes: the items of a list may change places."""
    return ".".join(step for step in path if isinstance(step, str))

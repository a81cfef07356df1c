"""Which values of a resource are secret: by the model, by their looks, and by what the program has marked.

Knows the models and plain values, and nothing of Pulumi's wire or of the service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import Any

from azure_batch_provider.models.attribute import ANY, FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.values.inputs import Inputs, texts
from azure_batch_provider.values.mappings import MAPPING
from azure_batch_provider.values.needles import SHORTEST, Needles
from azure_batch_provider.values.paths import Path, below, tree
from azure_batch_provider.values.signatures import bears_secret
from azure_batch_provider.values.unknown import UNKNOWN


def has_unknown(value: Any) -> bool:
    """Whether an unknown stands anywhere in the value."""
    pending = [value]
    for item in pending:
        if isinstance(item, MAPPING):
            pending += item.values()
        elif isinstance(item, list):
            pending += item
        elif item is UNKNOWN:
            return True
    return False


def wrapped(model: type[Model], values: Mapping[str, Any], *like: Inputs) -> Inputs:
    """The values with what must be secret of them: fields that always are, texts that hold a SAS or a key, whatever is
    secret at the same place in `like`, and texts that hold a secret of `like`, wherever it has been put.

    Items of keyed lists are at "the same place" when their keys are equal, other items when their index is.
    """
    whole, marking = FieldType("object", model=model), _Marking(like)
    for one in like:
        marking.like(None, whole, values, one.values, tree(one.secret_paths), ())
    marking.bearing(whole, values, ())
    return Inputs(dict(values), frozenset(marking.found))


def _known(like: Iterable[Inputs]) -> Iterator[str]:
    """The secrets that are looked for inside other texts."""
    texts = set(chain.from_iterable(one.secrets() for one in like))
    # Shorter ones would be found everywhere, and those that are known by their looks are found anyway.
    return (text for text in texts if len(text) >= SHORTEST and not bears_secret(text))


def concealed(inputs: Inputs) -> dict[str, Any]:
    """The values with every secret replaced by `None`, for whatever must not depend on secrets."""
    marks = tree(inputs.secret_paths)
    return {name: _concealed(value, below(marks, name)) for name, value in inputs.values.items()}


def _concealed(value: Any, marks: Any) -> Any:
    if marks is True:
        return None
    if isinstance(value, MAPPING):
        return {name: _concealed(item, below(marks, name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_concealed(item, below(marks, index)) for index, item in enumerate(value)]
    return value


class _Marking:
    """Notes the paths of secrets while it walks values."""

    def __init__(self, like: Iterable[Inputs]) -> None:
        self._like = like
        self.found: set[Path] = set()

    @cached_property
    def _known(self) -> Needles:
        return Needles(_known(self._like))

    def bearing(self, field_type: FieldType, value: Any, path: Path) -> None:
        """Note what is secret by its field, or by what it holds."""
        if isinstance(value, str):
            if bears_secret(value) or (self._known and self._known.any_within(value)):
                self._note(path)
        elif isinstance(value, list):
            item_type = field_type.item or ANY
            for index, item in enumerate(value):
                self.bearing(item_type, item, (*path, index))
        elif field_type.kind == "asset":
            # No part of it can be marked by itself: it would not be an asset any more.
            if any(map(bears_secret, texts(value))):
                self._note(path)
        elif isinstance(value, MAPPING):
            properties = field_type.model.properties() if field_type.model is not None else None
            item_type = field_type.item or ANY
            for name, item in value.items():
                prop = properties.get(name) if properties is not None else None
                if prop is None:
                    self.bearing(item_type if properties is None else ANY, item, (*path, name))
                elif not prop.traits.secret:
                    self.bearing(prop.type, item, (*path, name))
                elif item is not None and item is not UNKNOWN:
                    self._note((*path, name))

    def _note(self, path: Path) -> None:
        """Note a path, unless all of what holds it is secret."""
        if not any(path[:length] in self.found for length in range(1, len(path))):
            self.found.add(path)

    def like(
        self, prop: Property | None, field_type: FieldType, value: Any, before: Any, marks: Any, path: Path
    ) -> None:
        """Note what stands where something was secret before, by its marks."""
        if not marks or value is None:
            return
        if marks is True:
            self.found.add(path)
        elif isinstance(value, MAPPING):
            properties = field_type.model.properties() if field_type.model is not None else {}
            for name, item in value.items():
                inner = properties.get(name)
                item_type = inner.type if inner is not None else field_type.item or ANY
                there = before.get(name) if isinstance(before, MAPPING) else None
                self.like(inner, item_type, item, there, below(marks, name), (*path, name))
        elif isinstance(value, list):
            places = _places(value, before, marks, prop.traits.key if prop is not None else None)
            for index, (item, (there, marked)) in enumerate(zip(value, places, strict=True)):
                self.like(None, field_type.item or ANY, item, there, marked, (*path, index))


def _places(value: list[Any], like: Any, marks: Any, key: str | None) -> list[tuple[Any, Any]]:
    """For each item, what stood at its place before, and its marks. An item that has no such place in a list that held
    secrets is taken for secret itself: which of the old ones it is cannot be told."""
    if not isinstance(like, list):
        return [(None, {})] * len(value)
    if key is not None:
        before = {
            _name(item.get(key)): (item, below(marks, index))
            for index, item in enumerate(like)
            if isinstance(item, MAPPING)
        }
        nothing: tuple[Any, Any] = (None, {})
        return [before.get(_name(item.get(key)), nothing) if isinstance(item, MAPPING) else nothing for item in value]
    beyond: tuple[Any, Any] = (None, True if marks and len(value) > len(like) else {})
    return [(like[index], below(marks, index)) if index < len(like) else beyond for index in range(len(value))]


def _name(key: Any) -> str:
    """What an item is known by, whatever the program has written there; the service may change its case."""
    return repr(key).casefold()

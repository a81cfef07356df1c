"""Which values of a resource are secret: by the model, by their looks, and by what the program has marked.

Knows the models and plain values, and nothing of Pulumi's wire or of the service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from itertools import chain
from typing import Any, Final

from azure_batch_provider.models.attribute import FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.paths import Path, below, tree
from azure_batch_provider.values.signatures import bears_secret
from azure_batch_provider.values.unknown import UNKNOWN

SHORTEST_KNOWN: Final = 8
"""Shorter secrets are not looked for inside other texts: they would be found everywhere."""
_ANY: Final = FieldType("any")


def has_unknown(value: Any) -> bool:
    """Whether an unknown stands anywhere in the value."""
    pending = [value]
    for item in pending:
        if isinstance(item, Mapping):
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
    known = {text for text in chain.from_iterable(one.secrets() for one in like) if len(text) >= SHORTEST_KNOWN}
    known = {text for text in known if not bears_secret(text)}
    found: set[Path] = set()
    for one in like or (Inputs({}),):
        found.update(_in_object(model, values, one.values, tree(one.secret_paths), known, ()))
    return Inputs(dict(values), frozenset(found))


def concealed(inputs: Inputs) -> dict[str, Any]:
    """The values with every secret replaced by `None`, for whatever must not depend on secrets."""
    marks = tree(inputs.secret_paths)
    return {name: _concealed(value, below(marks, name)) for name, value in inputs.values.items()}


def _concealed(value: Any, marks: Any) -> Any:
    if marks is True:
        return None
    if isinstance(value, Mapping):
        return {name: _concealed(item, below(marks, name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_concealed(item, below(marks, index)) for index, item in enumerate(value)]
    return value


def _in_object(
    model: type[Model], value: Mapping[str, Any], like: Any, marks: Any, known: Set[str], above: Path
) -> Iterator[Path]:
    for name, item in value.items():
        prop = model.properties().get(name)
        before = like.get(name) if isinstance(like, Mapping) else None
        field_type = prop.type if prop else _ANY
        yield from _in_value(prop, field_type, item, before, below(marks, name), known, (*above, name))


def _in_value(
    prop: Property | None, field_type: FieldType, value: Any, like: Any, marks: Any, known: Set[str], path: Path
) -> Iterator[Path]:
    if value is None:
        return
    if marks is True or (value is not UNKNOWN and prop is not None and prop.traits.secret):
        yield path
    elif isinstance(value, str):
        if bears_secret(value) or any(secret in value for secret in known):
            yield path
    elif isinstance(value, Mapping):
        if field_type.model is not None:
            yield from _in_object(field_type.model, value, like, marks, known, path)
            return
        for name, item in value.items():
            before = like.get(name) if isinstance(like, Mapping) else None
            yield from _in_value(None, field_type.item or _ANY, item, before, below(marks, name), known, (*path, name))
    elif isinstance(value, list):
        key = prop.traits.key if prop is not None else None
        places = _places(value, like, marks, key)
        for index, (item, (before, marked)) in enumerate(zip(value, places, strict=True)):
            yield from _in_value(None, field_type.item or _ANY, item, before, marked, known, (*path, index))


def _places(value: list[Any], like: Any, marks: Any, key: str | None) -> list[tuple[Any, Any]]:
    """For each item, what stood at its place before, and its marks. An item that has no such place in a list that held
    secrets is taken for secret itself: which of the old ones it is cannot be told."""
    if not isinstance(like, list):
        return [(None, {})] * len(value)
    if key is not None:
        before = {
            _name(item.get(key)): (item, below(marks, index))
            for index, item in enumerate(like)
            if isinstance(item, Mapping)
        }
        nothing: tuple[Any, Any] = (None, {})
        return [before.get(_name(item.get(key)), nothing) if isinstance(item, Mapping) else nothing for item in value]
    beyond: tuple[Any, Any] = (None, True if marks and len(value) > len(like) else {})
    return [(like[index], below(marks, index)) if index < len(like) else beyond for index in range(len(value))]


def _name(key: Any) -> str:
    """What an item is known by, whatever the program has written there; the service may change its case."""
    return repr(key).casefold()

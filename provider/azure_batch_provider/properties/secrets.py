"""Values as they travel between the front doors and the lifecycles: plain JSON, plus `Secret` and `UNKNOWN`.

Knows the models' shapes, and nothing of Pulumi's wire or of the service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any, Final

from azure_batch_provider.models.base import UNKNOWN, FieldType, Model, Property
from azure_batch_provider.values.secret import Secret as Secret
from azure_batch_provider.values.signatures import bears_secret

SHORTEST_KNOWN: Final = 8
"""Shorter secrets are not looked for inside other texts: they would be found everywhere."""


def unwrap(value: Any) -> Any:
    """The value without any `Secret` around or in it."""
    if isinstance(value, Secret):
        return unwrap(value.value)
    if isinstance(value, Mapping):
        return {name: unwrap(item) for name, item in value.items()}
    if isinstance(value, list):
        return [unwrap(item) for item in value]
    return value


def conceal(value: Any) -> Any:
    """The value with every secret replaced by `None`, for whatever must not depend on secrets."""
    if isinstance(value, Secret):
        return None
    if isinstance(value, Mapping):
        return {name: conceal(item) for name, item in value.items()}
    if isinstance(value, list):
        return [conceal(item) for item in value]
    return value


def has_unknown(value: Any) -> bool:
    """Whether an unknown stands anywhere in the value."""
    if isinstance(value, Secret):
        return has_unknown(value.value)
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN


def secret_places(value: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where a `Secret` stands: the names of the properties down to it, without the indexes of lists."""
    if isinstance(value, Secret):
        yield above
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from secret_places(item, (*above, name))
    elif isinstance(value, list):
        for item in value:
            yield from secret_places(item, above)


def secrets_in(value: Any) -> Iterator[str]:
    """Every text inside a `Secret`, for scrubbing what others write about it.

    What we remember for ourselves (`__...`) is wrapped as a whole to be hidden from plans: of that only what bears a
    secret is one. A job's state must not be masked in the sentence that tells it.
    """
    if isinstance(value, Secret):
        yield from _texts(value.value)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            ours = isinstance(name, str) and name.startswith("__")
            yield from (text for text in secrets_in(item) if not ours or bears_secret(text))
    elif isinstance(value, list):
        for item in value:
            yield from secrets_in(item)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Secret):
        yield from _texts(value.value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def wrap(model: type[Model], value: Mapping[str, Any], like: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Wrap what must be secret in an object: fields that always are, texts that hold a SAS or a key, whatever is
    secret at the same place in `like`, and texts that hold a secret of `like`, wherever somebody has put it.

    Items of keyed lists are at "the same place" when their keys are equal, other items when their index is.
    """
    known = {text for text in secrets_in(like) if len(text) >= SHORTEST_KNOWN and not bears_secret(text)}
    return _seal_object(model, value, like or {}, known)


def _seal_object(
    model: type[Model], value: Mapping[str, Any], marks: Mapping[str, Any], known: Set[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, item in value.items():
        prop = model.properties().get(name)
        found[name] = _seal(prop, prop.type if prop else FieldType("any"), item, marks.get(name), known)
    return found


def _seal(prop: Property | None, field_type: FieldType, value: Any, like: Any, known: Set[str]) -> Any:
    if value is None or value is UNKNOWN:
        return Secret(value) if isinstance(like, Secret) and value is not None else value
    if isinstance(value, Secret):
        return value
    if isinstance(like, Secret) or (prop is not None and prop.traits.secret):
        return Secret(unwrap(value))
    if isinstance(value, str):
        return Secret(value) if bears_secret(value) or any(secret in value for secret in known) else value
    if isinstance(value, Mapping):
        marks = like if isinstance(like, Mapping) else {}
        if field_type.model is not None:
            return _seal_object(field_type.model, value, marks, known)
        inner = field_type.item or FieldType("any")
        return {name: _seal(None, inner, item, marks.get(name), known) for name, item in value.items()}
    if isinstance(value, list):
        inner = field_type.item or FieldType("any")
        key = prop.traits.key if prop is not None else None
        return [
            _seal(None, inner, item, mark, known) for item, mark in zip(value, _marks(value, like, key), strict=True)
        ]
    return value


def _marks(value: list[Any], like: Any, key: str | None) -> list[Any]:
    """For each item, what stood at its place before. An item that has no such place in a list that held secrets is
    taken for secret itself: which of the old ones it is cannot be told."""
    if not isinstance(like, list):
        return [None] * len(value)
    if key is not None:
        before = {_name(item.get(key)): item for item in like if isinstance(item, Mapping)}
        return [before.get(_name(item.get(key))) if isinstance(item, Mapping) else None for item in value]
    beyond = Secret(None) if any(True for _ in secrets_in(like)) and len(value) > len(like) else None
    return [like[i] if i < len(like) else beyond for i in range(len(value))]


def _name(key: Any) -> str:
    """What an item is known by, whatever the program has written there; the service may change its case."""
    return repr(unwrap(key)).casefold()

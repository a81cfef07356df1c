"""What a model's field allows beyond its type: lengths, bounds, patterns, read from pydantic's own metadata."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic.fields import FieldInfo

from azure_batch_provider.models.base import Model


@dataclass(frozen=True)
class Limits:
    """None where there is no limit."""

    min_length: int | None = None
    max_length: int | None = None
    ge: int | None = None
    le: int | None = None
    pattern: str | None = None


@cache
def limits(model: type[Model], name: str) -> Limits:
    """The limits of a field's value."""
    info = model.model_fields[name]
    return _found([*info.metadata, *_metadata(info.annotation)])


@cache
def item_limits(model: type[Model], name: str) -> Limits:
    """The limits of the items of a field that is a list, or of the values of a map."""
    return _found(_metadata(_item(model.model_fields[name].annotation)))


def _item(annotation: Any) -> Any:
    if get_origin(annotation) in (list, dict):
        return get_args(annotation)[-1]
    for inner in get_args(annotation):
        found = _item(inner)
        if found is not None:
            return found
    return None


def _metadata(annotation: Any) -> list[Any]:
    """What stands in the annotation itself, not in that of a list's items."""
    if get_origin(annotation) in (list, dict):
        return []
    own = list(get_args(annotation)[1:]) if get_origin(annotation) is Annotated else []
    inner = get_args(annotation)[:1] if own else get_args(annotation)
    return own + [mark for part in inner for mark in _metadata(part)]


def _found(marks: list[Any]) -> Limits:
    values: dict[str, Any] = {}
    for mark in marks:
        for part in mark.metadata if isinstance(mark, FieldInfo) else [mark]:
            for name in Limits.__dataclass_fields__:
                value = getattr(part, name, None)
                if value is not None:
                    values.setdefault(name, value)
    return Limits(**values)

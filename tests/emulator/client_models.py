"""Answers held against the models of Microsoft's client: types, what is required, and what no model knows.

The client itself is lenient: it reads whatever comes. So its models are read here, not run.
"""

from __future__ import annotations

import datetime
import re
import types
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any, Union

from azure.batch import models
from azure.batch._utils import model_base

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?Z")
_DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{0,6}[1-9])?S)?)?")
_NAMESPACE = {"_models": models}


class _Field:
    def __init__(self, field: Any, attribute: str, annotation: Any) -> None:
        self.name = str(field._rest_name_input or attribute)
        self.format = field._format
        self.annotation = annotation
        self.required = not _is_optional(annotation)


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in (Union, types.UnionType)


def _is_optional(annotation: Any) -> bool:
    return _is_union(annotation) and type(None) in typing.get_args(annotation)


_KNOWN: dict[type[Any], dict[str, _Field]] = {}


def fields(model: type[Any]) -> dict[str, _Field]:
    """By their names on the wire."""
    if model not in _KNOWN:
        _KNOWN[model] = _read(model)
    return _KNOWN[model]


def _read(model: type[Any]) -> dict[str, _Field]:
    found: dict[str, _Field] = {}
    for kind in model.__mro__:
        own = {name: value for name, value in vars(kind).items() if isinstance(value, model_base._RestField)}
        if own:
            namespace = {**vars(__import__(kind.__module__, fromlist=["x"])), **_NAMESPACE}
            hints = typing.get_type_hints(kind, namespace)
            for attribute, value in own.items():
                field = _Field(value, attribute, hints[attribute])
                found.setdefault(field.name, field)
    return found


def faults(
    value: Any, annotation: Any, extra: dict[str, set[str]], path: str = "", form: str | None = None
) -> Iterator[str]:
    """Whatever of the value is not as the annotation says. `extra` are names that a model may have besides its own."""
    if _is_union(annotation):
        kinds = [kind for kind in typing.get_args(annotation) if kind is not type(None)]
        enums = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Enum)]
        if enums:
            yield from _enum_faults(value, enums[0], path)
        else:
            yield from faults(value, kinds[0], extra, path, form)
        return
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is list:
        if not isinstance(value, list):
            yield f"{path}: {value!r} is not a list"
        else:
            for index, item in enumerate(value):
                yield from faults(item, arguments[0], extra, f"{path}[{index}]", form)
    elif origin is dict:
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is not an object"
        else:
            for name, item in value.items():
                yield from faults(item, arguments[1], extra, f"{path}.{name}", form)
    elif isinstance(annotation, type) and issubclass(annotation, model_base.Model):
        yield from _model_faults(value, annotation, extra, path)
    elif not _is_scalar(value, annotation, form):
        yield f"{path}: {value!r} is not {annotation.__name__}"


def _enum_faults(value: Any, enum: type[Enum], path: str) -> Iterator[str]:
    """The service re-cases some."""
    if not isinstance(value, str) or value.lower() not in {str(member.value).lower() for member in enum}:
        yield f"{path}: {value!r} is not one of {enum.__name__}"


def _model_faults(value: Any, model: type[Any], extra: dict[str, set[str]], path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is not an object"
        return
    known, more = fields(model), extra.get(model.__name__, set())
    for name, item in value.items():
        if name in known:
            field = known[name]
            if item is None:
                yield f"{path}.{name} is null"
            else:
                yield from faults(item, field.annotation, extra, f"{path}.{name}", field.format)
        elif name not in more:
            yield f"{path}.{name} is not known to {model.__name__}"
    for name, field in known.items():
        if field.required and name not in value:
            yield f"{path}.{name} is required of {model.__name__}"


def _is_scalar(value: Any, annotation: Any, form: str | None) -> bool:
    if annotation is Any:
        return True
    if annotation is int and form == "str":
        return isinstance(value, str) and value.isdigit()
    if annotation is bool:
        return isinstance(value, bool)
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if annotation is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if annotation is datetime.datetime:
        return isinstance(value, str) and _TIME.fullmatch(value) is not None
    if annotation is datetime.timedelta:
        return isinstance(value, str) and _DURATION.fullmatch(value) is not None
    return annotation is str and isinstance(value, str)

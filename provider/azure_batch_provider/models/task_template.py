"""A task whose texts have placeholders: where they are, and what may stand there.

A text with braces cannot be validated as it is written: pydantic sees `UNKNOWN` in its place, and what it becomes is
validated by the field that it stands in. Which fields those are follows from the models. Reasons never repeat a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice, starmap
from typing import Annotated, Any, Final, get_args, get_origin

from annotated_types import MaxLen, MinLen
from pydantic import Strict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from azure_batch_provider.models.attribute import FieldType
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.scalars import Known, Scalar
from azure_batch_provider.values.parameters import Combination, Combinations
from azure_batch_provider.values.paths import Path
from azure_batch_provider.values.template import Template, has_braces
from azure_batch_provider.values.unknown import UNKNOWN


@dataclass(frozen=True)
class TemplateText:
    """A text with braces, in a field for texts.

    Attributes:
        path: where it stands in the task.
        model, name: the field, or that of the list that it is an item of.
        field_type: its type.
    """

    path: Path
    text: str
    model: type[Model]
    name: str
    field_type: FieldType


def filled(model: type[Model], value: Any, of_text: Callable[[TemplateText], Any]) -> Any:
    """An object with something else for each text with braces: a copy as far as there are any, the object itself
    otherwise. What is not of its type stays as it is."""
    return _filled(FieldType("object", model=model), value, of_text, (), model, "")


def _filled(
    field_type: FieldType, value: Any, of_text: Callable[[TemplateText], Any], path: Path, model: type[Model], name: str
) -> Any:
    if isinstance(value, str):
        scalar = field_type.scalar
        if scalar is None or scalar.json != "string" or not has_braces(value):
            return value
        return of_text(TemplateText(path, value, model, name, field_type))
    items: dict[Any, Any] = {}
    if field_type.model is not None and isinstance(value, Mapping):
        model = field_type.model
        fields = model.properties()
        items = {
            key: _filled(fields[key].type, item, of_text, (*path, key), model, key)
            for key, item in value.items()
            if key in fields
        }
    elif field_type.kind == "list" and field_type.item is not None and isinstance(value, list):
        inner = field_type.item
        items = {index: _filled(inner, item, of_text, (*path, index), model, name) for index, item in enumerate(value)}
    elif field_type.kind == "map" and field_type.item is not None and isinstance(value, Mapping):
        inner = field_type.item
        items = {key: _filled(inner, item, of_text, (*path, key), model, name) for key, item in value.items()}
    changed = {key: item for key, item in items.items() if item is not value[key]}
    if not changed:
        return value
    if isinstance(value, list):
        return [changed.get(index, item) for index, item in enumerate(value)]
    return {**value, **changed}


def masked(model: type[Model], value: Any) -> Any:
    """The object with `UNKNOWN` for each text with braces."""
    return filled(model, value, lambda text: UNKNOWN)


def texts(model: type[Model], value: Any) -> list[TemplateText]:
    """All texts with braces."""
    found: list[TemplateText] = []
    filled(model, value, lambda text: found.append(text))
    return found


def taken(text: TemplateText, rendered: str) -> bool:
    """Whether a text's field takes what it has become."""
    return _field(text.model, text.name).first_refused((rendered,), text.field_type) is None


def refused(text: TemplateText, template: Template, combinations: Combinations) -> str | None:
    """Why the field of a text does not take what it becomes, and for which combination; `None` if it does.

    Where only its length counts, the longest and the shortest are looked at; otherwise all that are different.
    """
    own = combinations.of(template.names)
    field = _field(text.model, text.name)
    values: Iterable[Combination] = own
    if field.by_length:
        ends = own.parameters.values()
        values = (tuple(one.longest for one in ends), tuple(one.shortest for one in ends))
    found = field.first_refused(starmap(template.renderer(own.names), values), text.field_type)
    if found is None:
        return None
    index, reason = found
    if field.by_length:
        end = tuple(values)[index]
        index = next(index for index, one in enumerate(own) if one == end)
    return f"{reason} (where {own.described(index)})" if own.names else reason


class _Field:
    """What a field takes as a text, or a list as its item."""

    def __init__(self, annotation: Any) -> None:
        self._adapter: TypeAdapter[Any] = TypeAdapter(list[annotation])
        self.by_length = all(isinstance(mark, _BY_LENGTH) or mark is Known for mark in _marks(annotation))

    def first_refused(self, texts: Iterable[str], field_type: FieldType) -> tuple[int, str] | None:
        """The index of the first text that it does not take, and why."""
        start, rest = 0, iter(texts)
        while some := list(islice(rest, _AT_ONCE)):
            try:
                self._adapter.validate_python(some)
            except ValidationError as error:
                details = error.errors(include_url=False, include_input=False)[0]
                index = details["loc"][0]
                assert isinstance(index, int)
                return start + index, _reason(details, some[index], field_type)
            start += len(some)
        return None


def _reason(details: ErrorDetails, text: str, field_type: FieldType) -> str:
    sentence = _SENTENCES.get(details["type"])
    if sentence is not None:
        return sentence(text, details.get("ctx", {}))
    values = ", ".join(f"`{one.value}`" for one in field_type.enum or ())
    return f"must be one of {values}" if values else "is not a value that can be used here"


def _long(text: str, context: Mapping[str, Any]) -> str:
    return f"has {len(text)} characters, at most {context['max_length']} are allowed"


def _short(text: str, context: Mapping[str, Any]) -> str:
    return "must not be empty"


_AT_ONCE: Final = 1000
_BY_LENGTH: Final = (MinLen, MaxLen, Strict, Scalar)
_SENTENCES: Final[Mapping[str, Callable[[str, Mapping[str, Any]], str]]] = {
    "string_pattern_mismatch": lambda text, context: (
        "may only consist of letters (A to Z), digits, hyphens and underscores"
    ),
    "string_too_long": _long,
    "too_long": _long,
    "string_too_short": _short,
    "too_short": _short,
    "string_unicode": lambda text, context: "is not valid Unicode text",
    "value_error": lambda text, context: str(context["error"]),
}


@cache
def _field(model: type[Model], name: str) -> _Field:
    info = model.model_fields[name]
    parts = (info.annotation, *info.metadata)
    annotation: Any = Annotated[parts] if info.metadata else info.annotation
    inner = _item(annotation)
    return _Field(annotation if inner is None else inner)


def _item(annotation: Any) -> Any:
    """The type of what is in a list or a map, `None` for anything else."""
    if get_origin(annotation) in (list, dict):
        return get_args(annotation)[-1]
    inner = get_args(annotation)[:1] if get_origin(annotation) is Annotated else get_args(annotation)
    return next((found for one in inner if (found := _item(one)) is not None), None)


def _marks(annotation: Any) -> Iterator[Any]:
    """All that is said about a type besides what it is; an enum is such a mark itself."""
    if isinstance(annotation, type):
        if annotation not in (str, type(None)):
            yield annotation
        return
    arguments = get_args(annotation)
    if get_origin(annotation) is not Annotated:
        for argument in arguments:
            yield from _marks(argument)
        return
    yield from _marks(arguments[0])
    for mark in arguments[1:]:
        yield from mark.metadata if isinstance(mark, FieldInfo) else (mark,)

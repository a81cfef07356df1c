"""What a field says about itself: its type, which all that walks values goes by, and its traits."""

from __future__ import annotations

import types
from dataclasses import dataclass, field, fields
from functools import cached_property
from inspect import get_annotations
from typing import TYPE_CHECKING, Annotated, Any, Final, Union, cast, get_args, get_origin

from pydantic import BaseModel, Field

from azure_batch_provider.models.scalars import SCALARS, Enum, Scalar

if TYPE_CHECKING:
    from azure_batch_provider.models.base import Model


class Absent:
    """No server default: leaving the property out is a value of its own. There is one, `ABSENT`."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


@dataclass(frozen=True)
class Traits:
    """What a field is to the lifecycle, beyond its type.

    Attributes:
        default: what the service fills in when the field is left out, or `ABSENT` if that is a state of its own.
        secret: its value is a secret, whatever the program marks.
        sensitive: it may hold a secret that is not marked and cannot be recognised (a password in an
            environment variable), so no sentence shows what the server has.
        write_only: the service never returns it, so it cannot be compared with the server.
        unordered: a list whose order means nothing.
        key: for an unordered list of objects, the property that identifies an item (items with equal keys are paired).
        empty_is_distinct: `[]` or `{}` is not the same as leaving the field out.
        computed: the service fills it in with something that only it knows (a value taken from the job), so what the
            server shows is not compared while the program says nothing.
        dropped: the service forgets it without a word where it means nothing (settings for another operating system),
            so that its absence there is not a difference.
        only: the one api-version that knows the field, or `None` for all.
        fixed: the service does not let it change, and it is not worth a new entity: what is there stays, and the user
            is told so (top-level fields of a resource).
        wire_name: what the API calls it, where that is not the field's name (`id` for `taskId`).
        in_body: the field goes into the request body (`False` for `takeOver`, the `jobId` of a task, ...).
        entra: the service takes it from who signs in with Microsoft Entra only, not by the account's key.
        deprecated: why it is not to be used any more, and what takes its place.
    """

    default: Any = field(default=ABSENT)
    secret: bool = False
    sensitive: bool = False
    write_only: bool = False
    unordered: bool = False
    key: str | None = None
    empty_is_distinct: bool = False
    computed: bool = False
    dropped: bool = False
    only: str | None = None
    fixed: bool = False
    wire_name: str | None = None
    in_body: bool = True
    entra: bool = False
    deprecated: str | None = None


_TRAITS: Final = frozenset(item.name for item in fields(Traits))


def prop(description: str, *, required: bool = False, **options: Any) -> Any:
    """Declare a field: its description in our words, its `Traits`, and pydantic constraints (`max_length`, `ge`, ...).
    A list with a `key` is unordered."""
    traits = {name: options.pop(name) for name in _TRAITS & options.keys()}
    extra: dict[str, Any] = {"traits": Traits(**{"unordered": "key" in traits, **traits})}
    if required:
        return Field(description=description, json_schema_extra=extra, **options)
    return Field(default=None, description=description, json_schema_extra=extra, **options)


@dataclass(frozen=True)
class FieldType:
    """The type of a field, ready to be walked.

    Attributes:
        kind: a scalar's name, or `object`, `list`, `map`.
        item: the type of a list's items or a map's values.
        model: the model of an object.
        enum: the class of an enum.
    """

    kind: str
    item: FieldType | None = None
    model: type[Model] | None = None
    enum: type[Enum] | None = None

    @cached_property
    def scalar(self) -> Scalar | None:
        """What it is unless it holds others."""
        return SCALARS.get(self.kind)


ANY: Final = FieldType("any")
"""Free JSON."""


@dataclass(frozen=True, eq=False)
class Property:
    """One field of a model: its name, type, traits, description, and whether it must be given."""

    name: str
    type: FieldType
    traits: Traits
    description: str
    required: bool

    @cached_property
    def wire_name(self) -> str:
        """What the API calls it."""
        return self.traits.wire_name or self.name

    @property
    def reset(self) -> Any:
        """What a request says to take the property back, where leaving it out would mean "as it is"."""
        if self.traits.default is ABSENT:
            return {"list": [], "map": {}}.get(self.type.kind)
        return self.traits.default


def properties_of(model: type[BaseModel]) -> dict[str, Property]:
    """The fields of a model by their names: its own before those that it inherits."""
    found: dict[str, Property] = {}
    own = (name for name in get_annotations(model) if name in model.model_fields)
    for name in dict.fromkeys((*own, *model.model_fields)):
        info = model.model_fields[name]
        extra = info.json_schema_extra
        traits: object = extra.get("traits") if isinstance(extra, dict) else None
        field_type = _field_type(info.annotation, tuple(info.metadata))
        known = traits if isinstance(traits, Traits) else Traits()
        found[name] = Property(name, field_type, known, info.description or "", info.is_required())
    return found


def _field_type(annotation: Any, metadata: tuple[Any, ...] = ()) -> FieldType:
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _field_type(inner, (*metadata, *more))
    for mark in metadata:
        if isinstance(mark, Scalar):
            return FieldType(mark.name)
    if get_origin(annotation) in (Union, types.UnionType):
        (inner,) = (arg for arg in get_args(annotation) if arg is not type(None))
        return _field_type(inner)
    if get_origin(annotation) is list:
        return FieldType("list", item=_field_type(get_args(annotation)[0]))
    if get_origin(annotation) is dict:
        return FieldType("map", item=_field_type(get_args(annotation)[1]))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return FieldType("enum", enum=annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return FieldType("object", model=cast("type[Model]", annotation))
    if annotation is Any:
        return ANY
    raise TypeError(f"a model field cannot be of type {annotation!r}")

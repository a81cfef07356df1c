"""What every model is made of: scalar types, field traits, and the field types that equality, diff and schema walk.

A model describes one JSON object of the REST API. Attribute names are the REST property names, so a model needs no
alias table. Models validate and describe; what travels between layers stays the plain dict that the program wrote.
Knows pydantic and nothing of Pulumi, HTTP or lifecycles.
"""

from __future__ import annotations

import enum
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Literal, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    WrapValidator,
    field_validator,
    model_validator,
)

from azure_batch_provider.values.durations import parse_duration
from azure_batch_provider.values.unknown import UNKNOWN as UNKNOWN

API_VERSIONS: Final = ("2025-06-01", "2024-07-01.20.0")
API_2024: Final = "2024-07-01.20.0"
API_2025: Final = "2025-06-01"


class Absent:
    """No server default: leaving the property out is a value of its own. There is one, `ABSENT`."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


def _pass_unknown(value: Any, handler: Callable[[Any], Any]) -> Any:
    return value if value is UNKNOWN else handler(value)


Known = WrapValidator(_pass_unknown)
"""Lets `UNKNOWN` stand wherever a value is expected, list items included."""


@dataclass(frozen=True)
class Kind:
    """How two values of a scalar are compared, and what its schema says. See `core.equality`."""

    name: Literal["text", "integer", "boolean", "duration", "url", "id", "application", "time", "caseless"]


def _duration(value: str) -> str:
    parse_duration(value)
    return value


def _int32(value: int) -> int:
    # No constraint of the type, which would take the place of the ones that a required field has itself.
    if value > 2**31 - 1:
        raise ValueError("must be at most 2147483647")
    if value < -(2**31):
        raise ValueError("must be at least -2147483648")
    return value


Text = Annotated[StrictStr, Known, Kind("text")]
Word = Annotated[StrictStr, Field(min_length=1), Known, Kind("text")]
"""Text that is not empty, for the items of lists; a field of its own says `min_length` itself."""
Int32 = Annotated[StrictInt, AfterValidator(_int32), Known, Kind("integer")]
Bool = Annotated[StrictBool, Known, Kind("boolean")]
Duration = Annotated[StrictStr, AfterValidator(_duration), Known, Kind("duration")]
"""ISO 8601 (`PT1H30M`); compared by value, and the service's maximum means "no limit"."""
Time = Annotated[StrictStr, Known, Kind("time")]
"""ISO 8601 instant; compared in UTC."""
Url = Annotated[StrictStr, Known, Kind("url")]
"""Kept as the plain string that was written: a URL type that normalises would break a SAS signature. Secret when it
carries a signature; compared without the parts of a SAS that rotate."""
Id = Annotated[StrictStr, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$"), Known, Kind("id")]
"""1 to 64 letters, digits, `-`, `_`; the service keeps the case and ignores it in comparisons."""
Caseless = Annotated[StrictStr, Known, Kind("caseless")]
"""Text that the service re-cases or compares without case (vmSize, ARM ids)."""
ApplicationId = Annotated[StrictStr, Field(min_length=1), Known, Kind("application")]
"""Short or fully qualified (ARM) application id; compared by the last segment, without case."""


class Enum(str, enum.Enum):
    """A closed set of strings. Members are `NAME = "wire", "description"`; other casing of a value is accepted."""

    description: str

    def __new__(cls, value: str, description: str) -> Enum:
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member

    @classmethod
    def _missing_(cls, value: object) -> Enum | None:
        if isinstance(value, str):
            for member in cls:
                if member.value.casefold() == value.casefold():
                    return member
        return None

    @classmethod
    def spelled(cls, text: str) -> str:
        """A value in the API's casing; what is none of the values stays as it is."""
        member = cls._missing_(text)
        return text if member is None else str(member.value)


@dataclass(frozen=True)
class Traits:
    """What a field is to the lifecycle, beyond its type.

    Attributes:
        default: what the service fills in when the field is left out, or `ABSENT` if that is a state of its own.
        secret: its value is a secret whoever wrote it.
        sensitive: it may hold a secret that nobody has marked and that cannot be told by its looks (a password in an
            environment variable), so no sentence shows what the server has.
        write_only: the service never returns it, so it cannot be compared with the server.
        unordered: a list whose order means nothing.
        key: for an unordered list of objects, the property that identifies an item (items with equal keys are paired).
        empty_is_distinct: `[]` or `{}` is not the same as leaving the field out.
        computed: the service fills it in with something that only it knows (a value taken from the job), so what the
            server shows is not compared while the program says nothing.
        dropped: the service forgets it without a word where it means nothing (settings for another operating system),
            so that its absence there is no difference.
        only: the one api-version that knows the field, or `None` for all.
        fixed: the service does not let it change, and it is not worth a new entity: what is there stays, and the user
            is told so (top-level fields of a resource).
        wire_name: what the API calls it, where that is not the field's name (`id` for `taskId`).
        in_body: the field goes into the request body (`False` for `takeOver`, the `jobId` of a task, ...).
        entra: the service takes it from who signs in with Microsoft Entra only, not by the account's key.
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


_PLAIN: Final = Traits()


def prop(
    description: str,
    *,
    required: bool = False,
    default: Any = ABSENT,
    secret: bool = False,
    sensitive: bool = False,
    write_only: bool = False,
    unordered: bool = False,
    key: str | None = None,
    empty_is_distinct: bool = False,
    computed: bool = False,
    dropped: bool = False,
    only: str | None = None,
    fixed: bool = False,
    wire_name: str | None = None,
    in_body: bool = True,
    entra: bool = False,
    **constraints: Any,
) -> Any:
    """Declare a field: its description in our words, its traits, and pydantic constraints (`max_length`, `ge`, ...)."""
    traits = Traits(
        default=default,
        secret=secret,
        sensitive=sensitive,
        write_only=write_only,
        unordered=unordered or key is not None,
        key=key,
        empty_is_distinct=empty_is_distinct,
        computed=computed,
        dropped=dropped,
        only=only,
        fixed=fixed,
        wire_name=wire_name,
        in_body=in_body,
        entra=entra,
    )
    extra: dict[str, Any] = {"traits": traits}
    if required:
        return Field(description=description, json_schema_extra=extra, **constraints)
    return Field(default=None, description=description, json_schema_extra=extra, **constraints)


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong, or doubtful.

    Attributes:
        path: the property, () for the whole; a model's rule says it relative to its object.
        reason: the rule and what to do, to be read after the property's name; without any value of the inputs.
    """

    path: tuple[str | int, ...]
    reason: str


@dataclass(frozen=True)
class FieldType:
    """The type of a field, ready to be walked.

    Attributes:
        kind: a scalar's kind name, or `enum`, `object`, `list`, `map`, `any`.
        item: the type of a list's items or a map's values.
        model: the model of an object.
        enum: the class of an enum.
    """

    kind: str
    item: FieldType | None = None
    model: type[Model] | None = None
    enum: type[Enum] | None = None


@dataclass(frozen=True)
class Property:
    """One field of a model: its name, type, traits, description, and whether it must be given."""

    name: str
    type: FieldType
    traits: Traits
    description: str
    required: bool

    @property
    def wire_name(self) -> str:
        """What the API calls it."""
        return self.traits.wire_name or self.name

    @property
    def reset(self) -> Any:
        """What a request says to take the property back, where leaving it out would mean "as it is"."""
        if self.traits.default is ABSENT:
            return [] if self.type.kind == "list" else None
        return self.traits.default


class Model(BaseModel):
    """A JSON object of the REST API: strict types, no unknown properties, `UNKNOWN` allowed anywhere."""

    model_config = ConfigDict(extra="forbid", defer_build=True, frozen=True)

    mutable: ClassVar[frozenset[str]] = frozenset()
    """Of a resource, the properties that can change in place."""

    @model_validator(mode="wrap")
    @classmethod
    def _unknown_object(cls, value: Any, handler: Callable[[Any], Any]) -> Any:
        return _pass_unknown(value, handler)

    @field_validator("*", mode="wrap")
    @classmethod
    def _unknown_field(cls, value: Any, handler: Callable[[Any], Any]) -> Any:
        return _pass_unknown(value, handler)

    @classmethod
    def rules(cls, value: Mapping[str, Any], api_version: str) -> Iterator[Violation]:
        """Documented rules that relate fields to each other. A value that is unknown, or has failed by itself, is
        `UNKNOWN` here: a rule that reaches it is skipped, never guessed. Absent and null are both `None`."""
        yield from ()

    @classmethod
    def warnings(cls, value: Mapping[str, Any], api_version: str) -> Iterator[Violation]:
        """What the service accepts although it cannot work as written: shown as warnings."""
        yield from ()

    @classmethod
    def properties(cls) -> Mapping[str, Property]:
        """All fields by REST name, in the order of declaration."""
        return _properties(cls)

    @classmethod
    def requires_replace(cls, name: str) -> bool:
        """Whether a change of this property of a resource needs a new entity."""
        prop = cls.properties().get(name)
        return prop is not None and not prop.traits.fixed and name not in cls.mutable


@cache
def _properties(model: type[Model]) -> Mapping[str, Property]:
    found: dict[str, Property] = {}
    for name, info in model.model_fields.items():
        extra = info.json_schema_extra
        traits = extra.get("traits", _PLAIN) if isinstance(extra, dict) else _PLAIN
        assert isinstance(traits, Traits)
        field_type = _field_type(info.annotation, tuple(info.metadata))
        found[name] = Property(name, field_type, traits, info.description or "", info.is_required())
    return types.MappingProxyType(found)


def _field_type(annotation: Any, metadata: tuple[Any, ...] = ()) -> FieldType:
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _field_type(inner, (*metadata, *more))
    for mark in metadata:
        if isinstance(mark, Kind):
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
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return FieldType("object", model=annotation)
    if annotation is Any:
        return FieldType("any")
    raise TypeError(f"a model field cannot be of type {annotation!r}")


def is_set(value: Mapping[str, Any], name: str) -> bool:
    """Whether the property is there with a value that can be looked at."""
    return value.get(name) is not None and value[name] is not UNKNOWN


def known(value: Mapping[str, Any], *names: str) -> bool:
    """Whether none of the properties is unknown."""
    return all(value.get(name) is not UNKNOWN for name in names)


def exactly_one(value: Mapping[str, Any], *names: str) -> Iterator[Violation]:
    """The rule that just one of the properties is given; an unknown one may turn out to be null, and is no offence."""
    there = [name for name in names if is_set(value, name)]
    listed = ", ".join(f"`{name}`" for name in names)
    if len(there) > 1:
        yield Violation((there[1],), f"only one of {listed} can be given, not {' and '.join(f'`{n}`' for n in there)}")
    elif not there and known(value, *names):
        yield Violation((), f"one of {listed} must be given")

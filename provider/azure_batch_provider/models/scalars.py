"""The values that fields consist of: each scalar said once, and the closed sets of strings."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictInt, StrictStr, WrapValidator

from azure_batch_provider.archives.source import NotKnown, Unusable, read
from azure_batch_provider.values.durations import MAXIMUM, NO_LIMIT, parse_duration
from azure_batch_provider.values.instants import parse_instant
from azure_batch_provider.values.signatures import without_rotating
from azure_batch_provider.values.unknown import UNKNOWN


@dataclass(frozen=True)
class Scalar:
    """All that is particular to a scalar.

    Attributes:
        name: by which a `FieldType` has it.
        form: what a text becomes for comparison: texts that mean the same become equal.
        shown: whether a sentence may show a value: what can be any text only as long as it bears no secret.
        json: its JSON type, `None` for any.
        noun: what a value must be, in a sentence.
    """

    name: str
    form: Callable[[str], Any]
    shown: Literal["always", "unless secret", "never"] = "always"
    json: Literal["string", "integer", "boolean"] | None = "string"
    noun: str = "a string"

    def normal(self, value: Any) -> Any:
        """The form in which values that mean the same are equal."""
        if isinstance(value, str):
            return self.form(value)
        # In free JSON true is not 1.
        return ("boolean", value) if self.json is None and isinstance(value, bool) else value


def _ticks(text: str) -> Any:
    try:
        ticks = parse_duration(text)
    except ValueError:
        return text
    return MAXIMUM if ticks >= NO_LIMIT else ticks


def _moment(text: str) -> str:
    moment = parse_instant(text)
    return text if moment is None else moment.isoformat()


def _application(text: str) -> str:
    return text.rstrip("/").rsplit("/", 1)[-1].casefold()


SCALARS: Final[Mapping[str, Scalar]] = {
    scalar.name: scalar
    for scalar in (
        Scalar("text", without_rotating, "unless secret"),
        Scalar("integer", str, json="integer", noun="a whole number"),
        Scalar("boolean", str, json="boolean", noun="true or false"),
        Scalar("enum", str.casefold),
        Scalar("duration", _ticks),
        Scalar("time", _moment),
        Scalar("url", without_rotating, "never"),
        Scalar("id", str.casefold),
        Scalar("caseless", str.casefold, "unless secret"),
        Scalar("application", _application, "unless secret"),
        Scalar("asset", str, "never", json=None, noun="an asset or an archive"),
        Scalar("any", without_rotating, "never", json=None, noun="a JSON value"),
    )
}
"""Every scalar by its name."""


def pass_unknown(value: Any, handler: Callable[[Any], Any]) -> Any:
    return value if value is UNKNOWN else handler(value)


Known = WrapValidator(pass_unknown)
"""Lets `UNKNOWN` stand wherever a value is expected, list items included."""


def _duration(value: str) -> str:
    parse_duration(value)
    return value


def _instant(value: str) -> str:
    if parse_instant(value) is None:
        raise ValueError("must be an ISO 8601 instant such as 2026-01-31T18:00:00Z")
    return value


def _int32(value: int) -> int:
    # No constraint of the type, which would take the place of the ones that a required field has itself.
    if value > 2**31 - 1:
        raise ValueError("must be at most 2147483647")
    if value < -(2**31):
        raise ValueError("must be at least -2147483648")
    return value


def _source(value: dict[str, Any]) -> dict[str, Any]:
    try:
        read(value)
    except NotKnown:
        return value
    except Unusable as error:
        raise ValueError(str(error)) from None
    return value


Text = Annotated[StrictStr, Known, SCALARS["text"]]
Word = Annotated[StrictStr, Field(min_length=1), Known, SCALARS["text"]]
"""Text that is not empty, for the items of lists; a field of its own says `min_length` itself."""
Int32 = Annotated[StrictInt, AfterValidator(_int32), Known, SCALARS["integer"]]
Bool = Annotated[StrictBool, Known, SCALARS["boolean"]]
Duration = Annotated[StrictStr, AfterValidator(_duration), Known, SCALARS["duration"]]
"""ISO 8601 (`PT1H30M`); compared by value, and the service's maximum means "no limit"."""
Time = Annotated[StrictStr, AfterValidator(_instant), Known, SCALARS["time"]]
"""ISO 8601 instant; compared in UTC."""
Url = Annotated[StrictStr, Known, SCALARS["url"]]
"""Kept as the plain string that was written: a URL type that normalises would break a SAS signature. Secret when it
carries a signature; compared without the parts of a SAS that rotate."""
Id = Annotated[StrictStr, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$"), Known, SCALARS["id"]]
"""1 to 64 letters, digits, `-`, `_`; the service keeps the case and ignores it in comparisons."""
Caseless = Annotated[StrictStr, Known, SCALARS["caseless"]]
"""Text that the service re-cases or compares without case (vmSize, ARM ids)."""
ApplicationId = Annotated[StrictStr, Field(min_length=1), Known, SCALARS["application"]]
"""Short or fully qualified (ARM) application id; compared by the last segment, without case."""

Asset = Annotated[dict[str, Any], AfterValidator(_source), Known, SCALARS["asset"]]
"""An asset or an archive of Pulumi's, in the form in which it is passed; what is in it is content, not properties."""
Version = Annotated[
    StrictStr, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$"), Known, SCALARS["id"]
]
"""Version of an application package."""


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
        return _by_fold(cls).get(value.casefold()) if isinstance(value, str) else None

    @classmethod
    def spelled(cls, text: str) -> str:
        """A value in the API's casing; what is none of the values stays as it is."""
        member = cls._missing_(text)
        return text if member is None else str(member.value)

    def matches(self, value: object) -> bool:
        """Whether a value that was declared or read is this one: nothing else compares it, since casing is free."""
        return isinstance(value, str) and self._missing_(value) is self


@cache
def _by_fold(kind: type[Enum]) -> Mapping[str, Enum]:
    """The members of a closed set, by their values without case."""
    return {str(member.value).casefold(): member for member in kind}

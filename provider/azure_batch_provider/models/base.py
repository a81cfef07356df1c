"""What every model is made of.

A model describes one JSON object of the REST API. Attribute names are the REST property names, so a model needs no
alias table; where the API has another name for an id, the field says so (`wire_name`). Models validate and describe;
what travels between layers stays the plain dict that the program wrote. Knows pydantic and nothing of Pulumi, HTTP or
lifecycles.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from azure_batch_provider.models.attribute import Property, properties_of
from azure_batch_provider.models.scalars import pass_unknown

API_VERSIONS: Final = ("2025-06-01", "2024-07-01.20.0")
API_2024: Final = "2024-07-01.20.0"
API_2025: Final = "2025-06-01"


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong, or doubtful.

    Attributes:
        path: the property, () for the whole; a model's rule says it relative to its object.
        reason: the rule and what to do, to be read after the property's name; without any value of the inputs.
    """

    path: tuple[str | int, ...]
    reason: str


class Context(NamedTuple):
    """Where an object stands, for its rules.

    Attributes:
        path: what holds it, from the resource down.
        root: the resource's model.
        api_version: which the provider is set to.
    """

    path: tuple[str | int, ...]
    root: type[Model]
    api_version: str


class Model(BaseModel):
    """A JSON object of the REST API: strict types, no unknown properties, `UNKNOWN` allowed anywhere."""

    model_config = ConfigDict(extra="forbid", defer_build=True, frozen=True)

    mutable: ClassVar[frozenset[str]] = frozenset()
    """Of a resource, the properties that can change in place."""
    id_form: ClassVar[str] = ""
    """Of a resource, the id by which it is imported, `jobs/<jobId>`."""

    @model_validator(mode="wrap")
    @classmethod
    def _unknown_object(cls, value: Any, handler: Callable[[Any], Any]) -> Any:
        return pass_unknown(value, handler)

    @field_validator("*", mode="wrap")
    @classmethod
    def _unknown_field(cls, value: Any, handler: Callable[[Any], Any]) -> Any:
        return pass_unknown(value, handler)

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        """Documented rules that relate fields to each other. A value that is unknown, or has failed by itself, is
        `UNKNOWN` here: a rule that reaches it is skipped, never guessed. Absent and null are both `None`."""
        yield from ()

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        """What the service accepts although it cannot work as written: shown as warnings."""
        yield from ()

    @classmethod
    def inner(cls, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """The object as the rules of the objects in it see it: texts with placeholders are filled in."""
        return value

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
    return types.MappingProxyType(properties_of(model))

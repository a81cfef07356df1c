"""Validation of values in which nothing is unknown, as all are outside of previews.

That `UNKNOWN` may stand anywhere takes a call back into Python for each value: half the time of a large map.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any, Final

from pydantic_core import SchemaValidator, ValidationError

from azure_batch_provider.models.base import Model
from azure_batch_provider.models.scalars import pass_unknown

_PASSING: Final = frozenset({pass_unknown.__name__, Model._unknown_field.__name__, Model._unknown_object.__name__})
_BUILDING: Final = threading.Lock()
"""pydantic takes apart what it builds again, also where another thread has just built it."""


def is_right(model: type[Model], value: Any) -> bool:
    """Whether a value has nothing unknown where the model says of what kind it is, and nothing wrong by itself."""
    try:
        _validator(model).validate_python(value)
    except ValidationError:
        return False
    return True


@cache
def _validator(model: type[Model]) -> SchemaValidator:
    with _BUILDING:
        model.model_rebuild()
        return SchemaValidator(_without_passing(model.__pydantic_core_schema__))


def _without_passing(schema: Any) -> Any:
    """A part of pydantic's schema of a model, without what lets an unknown pass."""
    if isinstance(schema, list):
        return [_without_passing(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "function-wrap" and schema["function"]["function"].__name__ in _PASSING:
        within = _without_passing(schema["schema"])
        # Others may refer to an object by the name of what is around it.
        return {**within, "ref": schema["ref"]} if "ref" in schema else within
    return {name: part if name == "metadata" else _without_passing(part) for name, part in schema.items()}

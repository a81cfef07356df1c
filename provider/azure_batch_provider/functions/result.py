"""What a function answers: of the service's entities only the properties that its model has, and every text redacted.

Nothing else gets into a result, whatever the service adds one day. No model has a property for what may bear a secret
(command lines, environment variables, URLs, metadata, passwords): one secret would make all of a result secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from azure_batch_provider.http.errors import ProtocolError
from azure_batch_provider.models.attribute import FieldType, prop
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.scalars import Text, Time
from azure_batch_provider.values.paths import spell

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure_batch_provider.values.paths import Path

_INSTANT: Final = re.compile(r"[0-9TZ:.+-]{,40}")
"""What bears no secret."""
_PYTHON: Final = {"string": str, "integer": int, "boolean": bool}


class ErrorDetail(Model):
    """A name with a value, by which the service explains an error."""

    name: Text | None = prop("Name of the detail.")
    value: Text | None = prop("Value of the detail.")


class FailureInfo(Model):
    """Why something failed, by itself or by the service."""

    category: Text | None = prop("Who is to blame: `usererror` or `servererror`, in any case.")
    code: Text | None = prop("Code of the failure, such as `CommandProgramNotFound`.")
    message: Text | None = prop("Text of the failure.")
    details: list[ErrorDetail] | None = prop("Further details.")


class Stateful(Model):
    """What everything that has states shows of them."""

    state: Text = prop("State now.", required=True)
    stateTransitionTime: Time | None = prop("When it came into this state.")
    creationTime: Time | None = prop("When it was made.")
    lastModified: Time | None = prop("When a client changed it last; that its state changes by itself does not count.")


class Working(Stateful):
    """What jobs, job schedules and tasks show of their states, which they go through."""

    previousState: Text | None = prop("State before; left out while there was none.")
    previousStateTransitionTime: Time | None = prop("When it came into the state before.")


@cache
def select(model: type[Model]) -> str:
    """The properties to ask the service for: nothing else is sent to us."""
    return ",".join(field.wire_name for field in model.properties().values() if field.traits.in_body)


def shown(model: type[Model], entity: Mapping[str, Any], clean: Callable[[str], str], path: Path = ()) -> Any:
    """What a model has of an entity of the service.

    Raises:
        ProtocolError: a value is not of its type, or one that is always there is missing.
    """
    found: dict[str, Any] = {}
    for name, field in model.properties().items():
        if not field.traits.in_body:
            continue
        value, place = entity.get(field.wire_name), (*path, field.wire_name)
        if value is not None:
            found[name] = _shown(field.type, value, clean, place)
        elif field.required:
            raise ProtocolError(f"The service answered without `{spell(place)}`: the answer was not used.")
    return found


def _shown(field_type: FieldType, value: Any, clean: Callable[[str], str], path: Path) -> Any:
    if field_type.model is not None and isinstance(value, dict):
        return shown(field_type.model, value, clean, path)
    if field_type.item is not None and isinstance(value, list):
        return [_shown(field_type.item, item, clean, (*path, index)) for index, item in enumerate(value)]
    scalar = field_type.scalar
    # In Python, true is a whole number.
    if scalar is None or scalar.json is None or type(value) is not _PYTHON[scalar.json]:
        raise ProtocolError(f"The service answered with a `{spell(path)}` of another type: the answer was not used.")
    return clean(value) if isinstance(value, str) and _INSTANT.fullmatch(value) is None else value

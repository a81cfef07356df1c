"""A resource's state: for an engine inputs and outputs with their secrets marked, for a lifecycle a plain `State`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from azure_batch_provider.lifecycle import refusals
from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.values.inputs import Inputs

if TYPE_CHECKING:
    from azure_batch_provider.models.base import Model

PRIVATE: Final = "__private"
"""The output that holds what only we need to remember; always a secret, never in the schema."""


_REHEARSED: Final = "rehearsed"
"""In what only we need to remember: it was written in a rehearsal, and stands in no account."""


def recorded(id: str, inputs: Inputs, properties: Inputs, *, rehearses: bool) -> State:
    """What a lifecycle is told of a resource that the engine has these inputs and outputs of.

    Raises:
        Refused: it was recorded in a rehearsal, and this is none.
    """
    outputs = {name: value for name, value in properties.values.items() if not name.startswith("__")}
    private = properties.values.get(PRIVATE)
    remembered = private if isinstance(private, dict) else {}
    if _REHEARSED in remembered and not rehearses:
        raise refusals.REHEARSED(id=id)
    return State(id, inputs.values or outputs, outputs, remembered)


def outputs(model: type[Model], state: State, *like: Inputs, rehearses: bool) -> Inputs:
    """The outputs that the engine keeps; secret is also what is so in `like`, at the same place."""
    from azure_batch_provider.properties.secrets import wrapped

    found = wrapped(model, state.outputs, *like)
    mark = {_REHEARSED: True} if rehearses else {}
    return Inputs({**found.values, PRIVATE: {**state.private, **mark}}, found.secret_paths | {(PRIVATE,)})


def written(model: type[Model], state: State, *like: Inputs, rehearses: bool) -> tuple[Inputs, Inputs]:
    """Inputs and outputs, where the engine takes both."""
    from azure_batch_provider.properties.secrets import wrapped

    seen = wrapped(model, state.inputs, *like)
    # Nearly all that is read is in both, as one and the same object.
    shared = {name: value for name, value in state.outputs.items() if value is state.inputs.get(name)}
    apart = {name: value for name, value in state.outputs.items() if name not in shared}
    kept = outputs(model, replace(state, outputs=apart), *like, rehearses=rehearses)
    paths = frozenset(path for path in seen.secret_paths if path[0] in shared)
    return seen, Inputs({**shared, **kept.values}, paths | kept.secret_paths)

"""What a lifecycle verb ends with, in words of its own: the front doors translate it for their protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from azure_batch_provider.properties.plan import Change
from azure_batch_provider.values.refusal import Refused as Refused


class InitFailed(Exception):
    """It exists, or may exist, but is not (known to be) as declared: the id must not be lost.

    Attributes:
        id, inputs, properties: what the state must keep.
        reasons: what the user must know, a sentence each.
    """

    def __init__(
        self, id: str, inputs: Mapping[str, Any], properties: Mapping[str, Any], reasons: Sequence[str]
    ) -> None:
        super().__init__("; ".join(reasons))
        self.id = id
        self.inputs = dict(inputs)
        self.properties = dict(properties)
        self.reasons = list(reasons)


@dataclass(frozen=True)
class Checked:
    """The inputs to go on with, or why not: (property path, reason) pairs."""

    inputs: dict[str, Any]
    failures: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """What must change. `delete_first`: if there is to be a new entity, the old one must be gone before it is made."""

    changes: list[Change] = field(default_factory=list)
    delete_first: bool = False


@dataclass(frozen=True)
class State:
    """A resource as the engine keeps it: `inputs` as declared or read, `properties` as its outputs."""

    id: str
    inputs: dict[str, Any]
    properties: dict[str, Any]

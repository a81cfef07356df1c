"""What a lifecycle verb is given and ends with, in words of its own: the front doors translate it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from azure_batch_provider.lifecycle.unfinished import Unfinished, unfinished

if TYPE_CHECKING:
    from azure_batch_provider.properties.plan import Change


@dataclass(frozen=True)
class State:
    """A resource as the engine keeps it, in plain values.

    Attributes:
        id: the resource's.
        inputs: as declared or read; what was recorded as output stands for them where an engine sends no inputs.
        outputs: the same, but for an operation that failed half-way: then what it was to make true.
        private: what only we need to remember.
    """

    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    private: Mapping[str, Any]

    @property
    def is_import(self) -> bool:
        """Whether there is no record of it yet."""
        return not self.outputs and not self.private

    @property
    def unfinished(self) -> Unfinished | None:
        """What an earlier operation left unfinished."""
        return unfinished(self.private)

    @property
    def may_be_absent(self) -> bool:
        """Whether no answer has said yet that it was created."""
        return self.unfinished is not None and self.unfinished.is_create

    def recorded(self, name: str) -> Any:
        """A property as it was declared, or else recorded."""
        return self.inputs.get(name) or self.outputs.get(name)


class InitFailed(Exception):
    """It exists, or may exist, but is not (known to be) as declared: the id must not be lost.

    Attributes:
        state: what must be kept.
        reasons: what the user must know, a sentence each.
    """

    def __init__(self, state: State, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.state = state
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

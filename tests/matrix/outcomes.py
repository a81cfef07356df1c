"""What a cell of the matrix holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tests.matrix.states import OPERATIONS, Operation


@dataclass(frozen=True)
class Outcome:
    """What an operation does, and what it says.

    Attributes:
        step: of the engine: `same`, `update`, ...; `refresh` when the resource was read and nothing came after that.
        writes: requests that may change something and were answered with success: "PATCH {job}"; `{pool}`, `{job}`,
            `{tasks}` and `{task}` stand for the paths. "other: " goes before what goes to the other account.
        says: a part of what the user reads, with `{id}`, `{parent}` for the resource's id and its parent's; "" for a
            cell in which the provider says nothing.
        paths: the properties that the engine's diff names; before a destroy it is the read that names them.
        exit: of the CLI.
    """

    step: str
    writes: tuple[str, ...] = ()
    says: str = ""
    paths: tuple[str, ...] = ()
    exit: int = 0


@dataclass(frozen=True)
class DoesNotApply:
    why: str


Cell: TypeAlias = Outcome | DoesNotApply
Row: TypeAlias = dict[Operation, Cell]


def row(
    *,
    up: Cell,
    refresh: Cell,
    imports: Cell,
    destroy: Cell,
) -> Row:
    """The cells of one state. An `up --refresh` does what an `up` does, which looks too."""
    return dict(zip(OPERATIONS, (up, up, refresh, imports, destroy), strict=True))


def never(why: str) -> Row:
    """A state that a resource cannot meet."""
    return dict.fromkeys(OPERATIONS, DoesNotApply(why))

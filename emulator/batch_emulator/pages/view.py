"""What every page is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from batch_emulator.operations.entity import EntityKind
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.versions import V2025
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.collection import E
from batch_emulator.state.entities import Job, Node, Pool, Task
from batch_emulator.state.ids import folded
from batch_emulator.testing.faults import Faults
from batch_emulator.testing.requests_log import RequestsLog


class Missing(Exception):
    """What the address names is not there; the text says what."""


@dataclass(frozen=True)
class Shown:
    """A template and what it is filled with; `section` is the entry of the navigation that it belongs to."""

    template: str
    section: str
    values: dict[str, Any]


@dataclass(frozen=True)
class View:
    """What a page may look at. It reads what is there, and never counts as a poll."""

    account: SimulatedAccount
    log: RequestsLog
    faults: Faults
    base: str
    query: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.account.name

    @property
    def now(self) -> int:
        return self.account.clock.now()

    @property
    def frozen(self) -> bool:
        return self.account.clock.frozen

    def found(self, kind: type[E], entity_id: str, parent: str = "") -> E:
        """Raises Missing."""
        entity = self.account.store.of(kind, parent).find(entity_id)
        if entity is None:
            raise Missing(f"There is no {kind.kind} {entity_id}. It may have been deleted meanwhile.")
        return entity

    def body(self, kind: EntityKind[E], entity: E) -> dict[str, Any]:
        """As a GET answers it: without what the service never gives back."""
        context = Context(V2025, self.account.switches, self.base)
        place = kind.place(self.account, self.base, entity.parent)
        return kind.show_in(self.account, entity, place, context)

    def pool_of(self, job: Job) -> Pool | None:
        return self.account.store.of(Pool).find(str(job.execution.get("poolId", "")))

    def knows_node(self, pool_id: str | None, node_id: str | None) -> bool:
        return self.account.store.of(Node, folded(pool_id or "")).find(node_id or "") is not None

    def knows_task(self, job_id: str | None, task_id: str | None) -> bool:
        return self.account.store.of(Task, folded(job_id or "")).find(task_id or "") is not None

"""What every kind of entity does alike: get, exists, list, `$select`, `$filter`, conditions, checks before a change.

A noun's own module says what its kind is, and has the operations that only it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Generic

from batch_emulator.bodies.shapes import Shape
from batch_emulator.protocol.conditions import check_conditions
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.filters import EQUALITY, Filterable, parse_filter
from batch_emulator.protocol.paging import page
from batch_emulator.protocol.select import Selection
from batch_emulator.protocol.wire import Answer, Call, one, stamps
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.clock import etag, format_time, parse_time
from batch_emulator.state.collection import Collection, E
from batch_emulator.state.entities import Entity

Reader = Callable[[Any], Any]
"""Gives a property's value from an entity, None when it has none."""
_REFUSALS = {"deleting": "BeingDeleted", "terminating": "BeingTerminated", "completed": "Completed"}


def time_of(attribute: str) -> Reader:
    read = attrgetter(attribute)

    def show(entity: Entity) -> str | None:
        ticks = read(entity)
        return None if ticks is None else format_time(ticks)

    return show


STATUS: dict[str, Reader] = {
    "eTag": lambda entity: etag(entity.modified),
    "lastModified": time_of("modified"),
    "creationTime": time_of("created"),
    "state": attrgetter("state"),
    "stateTransitionTime": time_of("state_since"),
}
PREVIOUS: dict[str, Reader] = {
    "previousState": attrgetter("previous_state"),
    "previousStateTransitionTime": time_of("previous_since"),
}
FILTERS = {
    "id": Filterable("string", attrgetter("id"), prefix=True),
    "state": Filterable("string", attrgetter("state"), EQUALITY),
    "stateTransitionTime": Filterable("time", attrgetter("state_since")),
    "creationTime": Filterable("time", attrgetter("created")),
    "lastModified": Filterable("time", attrgetter("modified")),
}


def in_execution(name: str, kind: str, **more: Any) -> Filterable:
    """A property of executionInfo."""

    def read(entity: Any) -> Any:
        value = entity.execution.get(name)
        return parse_time(value) if kind == "time" and value is not None else value

    return Filterable(kind, read, **more)


def _as_kept(entity: Entity, body: dict[str, Any], context: Context) -> dict[str, Any]:
    return body


def _by_key(entities: Collection[E]) -> tuple[Sequence[str], Callable[[str], E]]:
    return entities.keys, entities.__getitem__


@dataclass(frozen=True)
class EntityKind(Generic[E]):
    """`noun` begins the service's error codes, `path` is the segment of the kind's collection."""

    noun: str
    path: str
    of: type[E]
    body: Shape
    shown: Mapping[str, Reader]
    """What the service says of it after its URL, in this order."""
    filters: Mapping[str, Filterable]
    parent: EntityKind[Any] | None = None
    closed: tuple[str, ...] = ()
    """The states in which it cannot be changed."""
    recreate_switch: str | None = None
    """Says how an addition is refused as long as one of the same id is being deleted."""
    rest: Callable[[E, dict[str, Any], Context], dict[str, Any]] = _as_kept
    """What follows: the shown body, with what the service adds to it."""
    added: tuple[str, ...] = ()
    """Names of what `rest` can add."""
    listed: Callable[[Collection[E]], tuple[Sequence[str], Callable[[str], E]]] = _by_key
    """The sort keys of a list, and the entity of each."""
    stamped: bool = True
    """Whether one is answered with its ETag."""
    stats: Callable[[SimulatedAccount, E], dict[str, Any] | None] | None = None
    """What `$expand=stats` adds, but for its URL; None of one that has none yet."""

    @cached_property
    def known(self) -> frozenset[str]:
        """All that can be selected."""
        return frozenset(("id", "url", "stats", *self.shown, *self.added, *self.body.by_name))

    def place(self, account: SimulatedAccount, base: str, parent: str) -> str:
        """The URL of the collection of this kind."""
        if self.parent is None:
            return f"{base}/{self.path}"
        holder = account.store.of(self.parent.of)[parent]
        return f"{self.parent.place(account, base, holder.parent)}/{holder.id}/{self.path}"

    def url(self, account: SimulatedAccount, base: str, entity: E) -> str:
        return f"{self.place(account, base, entity.parent)}/{entity.id}"

    def show(self, entity: E, place: str, context: Context) -> dict[str, Any]:
        body = self.body.show(entity.body, context.version)
        shown: dict[str, Any] = {"id": entity.id}
        if "displayName" in body:
            shown["displayName"] = body.pop("displayName")
        shown["url"] = f"{place}/{entity.id}"
        for name, read in self.shown.items():
            value = read(entity)
            if value is not None:
                shown[name] = value
        return shown | self.rest(entity, body, context)

    def show_in(self, account: SimulatedAccount, entity: E, place: str, context: Context) -> dict[str, Any]:
        """For a kind that shows something of other entities as well."""
        return self.show(entity, place, context)

    def _parent_key(self, account: SimulatedAccount, call: Call) -> str:
        return "" if self.parent is None else self.parent.present(account, call).key

    def present(self, account: SimulatedAccount, call: Call) -> E:
        """The entity that the path names. Counts as a poll. Raises ServiceError when there is none."""
        parent = self._parent_key(account, call)
        entity = account.find(self.of, call.ids[self.of.kind], parent)
        if entity is None:
            raise ServiceError(f"{self.noun}NotFound")
        return entity

    def found(self, account: SimulatedAccount, call: Call) -> E:
        """It too meets the call's conditions."""
        entity = self.present(account, call)
        if call.conditional:
            check_conditions(call.method, call.headers, entity.modified)
        return entity

    def changeable(self, account: SimulatedAccount, call: Call) -> E:
        """It too is not in a state in which it cannot be changed."""
        entity = self.found(account, call)
        self.refuse_in(entity, *self.closed)
        return entity

    def refuse_in(self, entity: E, *states: str) -> None:
        """Raises the conflict of the state that it is in, if it is one of these."""
        if entity.state in states:
            raise ServiceError(self.noun + _REFUSALS[entity.state])

    def refuse_existing(self, account: SimulatedAccount, entity_id: str, parent: str = "") -> None:
        """Raises the conflict with one of this id. Counts as a poll of it."""
        existing = account.find(self.of, entity_id, parent)
        if existing is None:
            return
        if existing.state == "deleting" and self.recreate_switch is not None:
            raise ServiceError(account.switches.text(self.recreate_switch))
        raise ServiceError(f"{self.noun}Exists")

    def get(self, account: SimulatedAccount, call: Call) -> Answer:
        selection = Selection(call.query.get("$select"), self.known)
        entity = self.found(account, call)
        shown = self._show_expanded(account, call, entity, self.place(account, call.base, entity.parent))
        return one(call, self.path, selection.of(shown), entity if self.stamped else None)

    def exists(self, account: SimulatedAccount, call: Call) -> Answer:
        return Answer(200, headers=stamps(self.found(account, call)))

    def list(self, account: SimulatedAccount, call: Call) -> Answer:
        parent = self._parent_key(account, call)
        account.poll_all(self.of, parent)
        return self.answer_list(account, call, parent, *self.listed(account.store.of(self.of, parent)))

    def answer_list(
        self, account: SimulatedAccount, call: Call, parent: str, keys: Sequence[str], item: Callable[[str], E]
    ) -> Answer:
        """A page of these; `keys` are sorted."""
        selection = Selection(call.query.get("$select"), self.known)
        keep = parse_filter(call.query.get("$filter", ""), self.filters)
        place = self.place(account, call.base, parent)

        def show(entity: E) -> dict[str, Any]:
            return selection.of(self._show_expanded(account, call, entity, place))

        return page(call, self.path, keys, item, keep, show)

    def _show_expanded(self, account: SimulatedAccount, call: Call, entity: E, place: str) -> dict[str, Any]:
        shown = self.show_in(account, entity, place, call.context)
        stats = self.stats(account, entity) if self.stats is not None and call.query.get("$expand") else None
        if stats is not None:
            shown["stats"] = {"url": f"{shown['url']}?$expand=stats", **stats}
        return shown

"""Pool: the nodes that run tasks. Most of it can change only while there are none; for the rest a new pool is needed.

Follows the REST pages Pools - Create Pool, Get, Update (PATCH), Replace Pool Properties, Delete. `pool_size` knows how
many nodes there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from azure_batch_provider.batch.operations import DELETE_POOL, GET_POOL, REPLACE_POOL_PROPERTIES, UPDATE_POOL
from azure_batch_provider.http.errors import Cancelled, RequestError, ServiceError
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.lifecycle.unfinished import Unfinished
from azure_batch_provider.models.base import API_2024
from azure_batch_provider.models.pool import NodeDeallocationOption, Pool
from azure_batch_provider.models.pool_body import TARGETS
from azure_batch_provider.properties.compare import Difference, differences
from azure_batch_provider.properties.read_back import undeclared
from azure_batch_provider.properties.request_body import patch
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.ids import pool_id, split_pool_id
from azure_batch_provider.resources.pool_quota import create_pool
from azure_batch_provider.resources.pool_size import CURRENT, SIZE, PoolSize, has_nodes, is_steady, shortage
from azure_batch_provider.resources.pool_use import use_of
from azure_batch_provider.resources.rolled_out import ROLLOUT, RolledOut, reaches_nodes
from azure_batch_provider.resources.rollout_progress import without_progress
from azure_batch_provider.resources.standing import Standing
from azure_batch_provider.values.instants import instant_of_etag

if TYPE_CHECKING:
    from azure_batch_provider.http.answer import Reply

RESIZE: Final = "resize"
"""What was left unfinished: the pool is being resized, or has not come to its size."""
_START: Final = "startTask"
_WHILE_EMPTY: Final = frozenset(
    {
        "vmSize",
        "virtualMachineConfiguration",
        "taskSlotsPerNode",
        "taskSchedulingPolicy",
        "enableInterNodeCommunication",
        "networkConfiguration",
        "userAccounts",
        "mountConfiguration",
        "upgradePolicy",
    }
)
"""What the service lets change only while the pool has no nodes."""
_REPLACED: Final = ("metadata", "applicationPackageReferences")
_REPLACED_2024: Final = (*_REPLACED, "certificateReferences", "targetNodeCommunicationMode")
"""What a replacement of the pool's properties sets, beside the start task."""
_AGAIN: Final = "The next `pulumi up` asks for the missing nodes again."


class PoolLifecycle(RolledOut, Standing):
    """What nodes have, how many there are, and that the number is reached."""

    model = Pool
    token = "azure-batch:index:Pool"
    noun = "pool"
    exists = frozenset({"PoolExists"})
    being_deleted = frozenset({"PoolBeingDeleted"})
    inside = "none of the nodes"

    def __init__(self, session: Session, call: Call) -> None:
        super().__init__(session, call)
        self._left: Unfinished | None = None
        self._asked = False
        self._reaches = False
        self._written: str | None = None

    # requests

    def get(self, id: str, select: str | None = None) -> dict[str, Any]:
        return self.client.get(GET_POOL, split_pool_id(id), select=select, deadline=self.call.deadline)

    def post(self, inputs: Mapping[str, Any]) -> tuple[Reply, dict[str, Any]]:
        request = self.request(inputs)
        return create_pool(self.call, self.client, request), request

    def patch(self, id: str, request: Mapping[str, Any], etag: str) -> None:
        pool = split_pool_id(id)
        reply = self.client.call(UPDATE_POOL, pool, body=request, if_match=etag, deadline=self.call.deadline)
        self._written = instant_of_etag(reply.headers.get("ETag"))

    def send_delete(self, id: str) -> None:
        self.client.call(DELETE_POOL, split_pool_id(id), deadline=self.call.deadline)

    def write(
        self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any], due: Sequence[Difference]
    ) -> dict[str, Any]:
        """What a PATCH changes goes first: as long as there are no nodes it may be anything. A PATCH cannot take a
        start task away, and only a request of its own gives the pool another size."""
        renewed = {item.path for item in self.renewable(server, inputs, self._as_state(id, inputs, server))}
        reaching = [item for item in due if item.path not in renewed]  # no node is restarted for a signature
        self.must_last(id, inputs, reaching)
        names = {str(item.path[0]) for item in due}
        self._reaches = reaches_nodes(reaching)
        starts = _START not in names or inputs.get(_START) is not None
        patched = [item for item in due if item.path[0] not in SIZE and (starts or item.path[0] != _START)]
        if not patched:
            self.must_be_open(id, server, self.by_hand())
        request = super().write(id, inputs, server, patched) if patched else {}
        if not starts:
            request |= self._without_start_task(id, inputs)
        if names & SIZE:
            self._resize(id, inputs, server)
            request |= {**{name: inputs.get(name) for name in SIZE}, "allocationState": "resizing"}
        return request

    def _without_start_task(self, id: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        names = _REPLACED_2024 if self.session.configuration.api_version == API_2024 else _REPLACED
        request = patch(Pool, inputs, names)
        pool = split_pool_id(id)
        reply = self.client.call(REPLACE_POOL_PROPERTIES, pool, body=request, deadline=self.call.deadline)
        self._written = instant_of_etag(reply.headers.get("ETag"))
        self.ledger.wrote(id)
        return request

    def _resize(self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any], *, again: bool = False) -> None:
        self._size(id).ask(inputs, server, again)
        self.ledger.wrote(id)
        self._asked = True

    def _size(self, id: str) -> PoolSize:
        return PoolSize(self.client, self.call, id)

    # what is there

    def remembered(self, server: Mapping[str, Any]) -> dict[str, Any]:
        told = {"created": server.get("creationTime"), "state": server.get("state")}
        return {**told, "displayName": server.get("displayName") or "", "hasNodes": has_nodes(server)}

    def noted(self, id: str, server: dict[str, Any]) -> None:
        self._there = server

    def different(self, declared: Mapping[str, Any], server: Mapping[str, Any]) -> list[Difference]:
        found = super().different(declared, self._comparable(declared, server))
        return [item for item in found if not _is_filled_in(item, server)]

    def seen(self, declared: Mapping[str, Any], server: Mapping[str, Any]) -> dict[str, Any]:
        found = super().seen(declared, self._comparable(declared, server))
        kept = dict(found)
        for name in _WHILE_EMPTY & found.keys():
            pair = {name: found[name]}, {name: declared.get(name)}
            if all(_is_filled_in(item, server) for item in differences(Pool, *pair)):
                kept[name] = declared.get(name)
        return {name: value for name, value in kept.items() if value is not None}

    def must_stand_for(self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any]) -> None:
        """One with more than is declared is another client's, until the program allows to take it over."""
        more = super().different(inputs, self._comparable(inputs, server))
        if more and inputs.get("takeOver") is not True:
            raise self.conflict_error(id, more, "To manage it as it is: `takeOver: true`.")

    def imported(self, server: Mapping[str, Any]) -> dict[str, Any]:
        if has_identity(server):
            self.call.warn(
                f"{pool_id(server['id'])} has a managed identity, which only Azure Resource Manager can give: a pool "
                "that replaces it will have none. azure-native's `Pool` can manage it, with `PoolProperties` beside."
            )
        return undeclared(Pool, self._comparable(server, server))

    def _comparable(self, declared: Mapping[str, Any], server: Mapping[str, Any]) -> dict[str, Any]:
        """The server's side without what another api-version has left there. With a formula the number of nodes is the
        service's, and a resize is none of ours: that the pool has other ones is no difference."""
        version = self.session.configuration.api_version
        hidden = {name for name, prop in Pool.properties().items() if prop.traits.only not in (None, version)}
        if server.get("enableAutoScale") is not True:
            return {name: value for name, value in server.items() if name not in hidden}
        hidden |= {*TARGETS, "resizeTimeout"}
        kept = {"resizeTimeout": declared["resizeTimeout"]} if declared.get("resizeTimeout") is not None else {}
        return {**{name: value for name, value in server.items() if name not in hidden}, **kept}

    def must_be_open(self, id: str, server: Mapping[str, Any], way_out: str = "") -> None:
        if server.get("state") == "deleting":
            raise refusals.POOL_BEING_DELETED(id=id)

    # plans

    def replaces(self, item: Difference, old: State) -> bool:
        name = str(item.path[0])
        prop = Pool.properties().get(name)
        if name in SIZE or name == _START or prop is None or prop.traits.fixed or not prop.traits.in_body:
            return super().replaces(item, old)
        if item.path == (name,) and item.kind == "delete" and prop.reset is None:
            return True  # PATCH cannot take it away
        return super().replaces(item, old) or (name in _WHILE_EMPTY and old.private.get("hasNodes") is not False)

    def tell_what_goes(self, id: str) -> None:
        use = use_of(self.call, self.client, id)
        if use:
            self.call.warn(
                f"replacing {id} interrupts what goes on in it: {'; '.join(use)}. Running tasks are put back into the "
                "queue, unless the deployed `nodeDeallocationOption` says otherwise, and wait for the new pool."
            )

    # verbs

    def make(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> State:
        state = super().make(id, inputs, private)
        if self._reaches:
            self.roll_out(id, inputs, state.private, self.get(id), self._written)
        return self._steady(state, ours=self._asked or self.ledger.is_created(id))

    def update(self, old: State, news: Mapping[str, Any]) -> State:
        self._left = old.unfinished
        return super().update(old, news)

    def change(self, old: State, news: Mapping[str, Any]) -> State:
        state = super().change(old, news)
        if self.call.preview:
            self.foresee_roll_out(old.id, news, list(differences(Pool, old.inputs, news)))
            return state
        state = replace(state, private=without_progress(state.private))
        if self._reaches:
            self.roll_out(old.id, news, state.private, self.get(old.id), self._written)
        else:
            changed = reaches_nodes(differences(Pool, old.inputs, news))
            self.rolls_out_late(old.id, news, state.private, changed, self.get(old.id) if changed else {})
        if not self._asked and (self._left is None or self._left.what not in (RESIZE, ROLLOUT)):
            return state
        if not self._asked:
            server = self._size(old.id).look()
            if is_steady(server) and server.get("enableAutoScale") is not True and shortage(old.id, server):
                self._resize(old.id, news, server, again=True)
        return self._steady(state, ours=True)

    def _steady(self, state: State, *, ours: bool) -> State:
        """The state once the pool has its size, if that is waited for.

        Args:
            ours: errors of the last resize are those of ours.

        Raises:
            InitFailed
        """
        if state.inputs.get("waitForSteady") is False:
            return state
        id, size = state.id, self._size(state.id)
        try:
            ours = ours or not is_steady(size.look())
            pool = size.steady()
        except RequestError as error:
            why = "the wait was interrupted" if isinstance(error, Cancelled) else str(error)
            reason = f"{id} is there, and is not known to have its nodes: {why} The next `pulumi up` waits on."
            raise self.init_failed(id, state.inputs, state.private, RESIZE, reason) from error
        private = {**state.private, **self.remembered(pool)}
        missing = shortage(id, pool) if ours else ""
        if missing and pool.get("enableAutoScale") is True:
            self.call.warn(f"{missing} The formula is evaluated again in a while.")
        elif missing:
            raise self.init_failed(id, state.inputs, private, RESIZE, f"{missing} {_AGAIN}")
        return replace(state, private=private)

    def still_unfinished(
        self, id: str, left: Unfinished, declared: Mapping[str, Any], seen: State
    ) -> Unfinished | None:
        still = super().still_unfinished(id, left, declared, seen)
        pool = self._there
        waits = (left.is_create or left.what == RESIZE) and declared.get("waitForSteady") is not False
        if still is not None or not waits or pool.get("state") == "deleting":
            return still
        if not is_steady(pool):
            return Unfinished(RESIZE, f"{id} is still being resized. The next `pulumi up` waits on.")
        # Other targets than declared are a difference, and a resize to these is no failure of ours.
        differs = any(item.path[0] in SIZE for item in self.different(declared, pool))
        missing = "" if differs or pool.get("enableAutoScale") is True else shortage(id, pool)
        return Unfinished(RESIZE, f"{missing} {_AGAIN}") if missing else None

    def remove(self, old: State) -> None:
        """Delete it, or leave it, as `deletionPolicy` says."""
        if self.deletion_policy(old) != "delete":
            return
        try:
            pool = self.get(old.id)
        except ServiceError as error:
            if error.is_not_found:
                return
            raise
        if pool.get("state") != "deleting":
            use = use_of(self.call, self.client, old.id)
            if use:
                self.call.info(f"deleting {old.id} interrupts what goes on in it: {'; '.join(use)}")
            self._empty(old, pool)
        super().remove(old)

    def _empty(self, old: State, pool: Mapping[str, Any]) -> None:
        """Resize it to no nodes, where their tasks are to be dealt with otherwise than by a deletion."""
        option = NodeDeallocationOption.spelled(old.recorded("nodeDeallocationOption") or "requeue")
        if option == "requeue" or not any(pool.get(name) for name in (*TARGETS, *CURRENT)):
            return
        emptied = self._size(old.id).empty(pool, option, stops=old.recorded("stopPendingResize") is True)
        count = sum(emptied.get(name) or 0 for name in CURRENT)
        if count and emptied.get("state") != "deleting":
            raise refusals.POOL_NOT_EMPTIED(id=old.id, count=count, option=option)


def has_identity(server: Mapping[str, Any]) -> bool:
    """Whether a pool has a managed identity, which no request of the data plane can give."""
    return (server.get("identity") or {}).get("type") not in (None, "None")


def _is_filled_in(item: Difference, server: Mapping[str, Any]) -> bool:
    """Whether it may be the service that has added what nobody declares, in what no client can change while there are
    nodes. A pool is not replaced for that."""
    return item.kind == "delete" and item.path[0] in _WHILE_EMPTY and has_nodes(server)

"""PoolProperties: start task, metadata and application packages of a pool that was made elsewhere, as a whole.

Follows the REST page Pools - Replace Pool Properties. That call has no If-Match, so a write stands between two reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azure_batch_provider.batch.operations import GET_POOL, REPLACE_POOL_PROPERTIES
from azure_batch_provider.http.errors import RequestError, ServiceError
from azure_batch_provider.lifecycle.imported import IMPORTED, holds_write_only
from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.lifecycle.unfinished import CREATE, WRITE
from azure_batch_provider.lifecycle.verbs import may_have_happened
from azure_batch_provider.models.base import API_2024
from azure_batch_provider.models.common import PoolDeletionPolicy
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.properties.compare import Difference, differences
from azure_batch_provider.properties.plan import overlapping
from azure_batch_provider.properties.read_back import undeclared
from azure_batch_provider.properties.request_body import body
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.ids import pool_id, split_pool_id
from azure_batch_provider.resources.rolled_out import RolledOut, reaches_nodes
from azure_batch_provider.resources.rollout_progress import without_progress
from azure_batch_provider.values.refusal import Refused

_LISTS = ("applicationPackageReferences", "metadata")


class PoolPropertiesLifecycle(RolledOut):
    """One POST of everything, framed by reads; a removal does what `deletionPolicy` says."""

    model = PoolProperties
    token = "azure-batch:index:PoolProperties"
    noun = "pool properties"

    def make(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> State:
        """Replace the pool's properties, unless that would take away something and `takeOver` does not accept it."""
        pool = self._pool(inputs["poolId"])
        found = self.different(inputs, pool)
        self._spares(id, inputs, found)
        # What an attempt found whose end is not known was there before this resource; what it wrote was not.
        remembered = {"before": self._properties_of(pool), **private}
        if found:
            self.must_last(id, inputs, found)
            pool = self._replace(id, inputs, remembered, CREATE)
            if reaches_nodes(found):
                self.roll_out(id, inputs, remembered, pool)
        else:
            self.ledger.wrote(id)
            self.call.info(f"{id} has these properties already: nothing was sent.{self.uncompared(inputs)}")
        return self.state(id, inputs, remembered)

    def foresee(self, id: str, inputs: Mapping[str, Any], *, replacing: bool) -> None:
        if not id or replacing:
            return
        try:
            pool = self._pool(str(inputs["poolId"]))
        except ServiceError as error:
            if not error.is_not_found:
                raise
            self.call.warn(f"{id} does not exist: `pulumi up` fails here unless something creates the pool before.")
            return
        found = self.different(inputs, pool)
        self._spares(id, inputs, found)
        self.foresee_roll_out(id, inputs, found)

    def _pool(self, pool: str) -> dict[str, Any]:
        """The pool, while it is one that can be written to."""
        found = self.client.get(GET_POOL, pool, deadline=self.call.deadline)
        if found.get("state") == "deleting":
            raise refusals.POOL_BEING_DELETED(id=pool_id(pool))
        return found

    def _spares(self, id: str, inputs: Mapping[str, Any], found: Sequence[Difference]) -> None:
        """Name all that the pool would lose; without `takeOver` that is a refusal."""
        lost = [item for item in found if item.kind != "add"]
        if not lost:
            return
        if inputs.get("takeOver") is True:
            self.call.warn(f"taking over {id}; what it has now is replaced: {self.listed(lost)}")
            return
        raise self.conflict_error(
            id, lost, "To replace it by what is declared: `takeOver: true`. To keep it: declare it."
        )

    def _properties_of(self, pool: Mapping[str, Any]) -> dict[str, Any]:
        """What the pool has of the properties that this resource manages, as the API takes them."""
        return body(PoolProperties, undeclared(PoolProperties, self._known(pool)))

    def _replace(
        self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any], doing: str = WRITE
    ) -> dict[str, Any]:
        """Send everything, then read it again: no answer of the service says what is there now. Returns the pool."""
        try:
            self.client.call(
                REPLACE_POOL_PROPERTIES,
                inputs["poolId"],
                body=self.request(inputs),
                deadline=self.call.deadline,
            )
        except RequestError as error:
            if may_have_happened(error):
                raise self.init_failed(id, inputs, private, doing, str(error)) from error
            raise
        self.ledger.wrote(id)
        try:
            pool = self._pool(inputs["poolId"])
            found = self.different(inputs, pool)
        except (RequestError, Refused) as error:
            raise self.init_failed(id, inputs, private, WRITE, f"{id} was written, and then: {error}") from error
        if found:
            self.call.warn(
                f"{id} is not as declared right after it was written; another client writes to it too: "
                f"{self.listed(found)}"
            )
        return pool

    def request(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Every list is always sent: leaving one out may be an error, and never means "as it is"."""
        lists = [*_LISTS, *(["certificateReferences"] if self._is_2024 else [])]
        return {**{name: [] for name in lists}, **body(PoolProperties, inputs)}

    @property
    def _is_2024(self) -> bool:
        return self.session.configuration.api_version == API_2024

    def find(self, old: State) -> State | None:
        try:
            pool = self.client.get(GET_POOL, split_pool_id(old.id), deadline=self.call.deadline)
        except ServiceError as error:
            if error.is_not_found:
                return None
            raise
        self.ledger.read(old.id)
        self._there = pool
        if old.is_import:
            inputs = self._known(undeclared(PoolProperties, pool))
            return self.state(self.identity(inputs), inputs, {IMPORTED: True})
        if pool.get("state") == "deleting":
            self.call.warn(f"{old.id} is being deleted: its properties are left as they are, and end with it.")
            return old
        return self.state(old.id, self.seen(old.inputs, self._known(pool)), old.private)

    def different(self, declared: Mapping[str, Any], server: Mapping[str, Any]) -> list[Difference]:
        return super().different(declared, self._known(server))

    def _known(self, pool: Mapping[str, Any]) -> dict[str, Any]:
        """Without what another api-version may have left on the pool and this one cannot change."""
        version = self.session.configuration.api_version
        return {
            name: pool[name]
            for name, prop in PoolProperties.properties().items()
            if name in pool and prop.traits.only in (None, version)
        }

    def change(self, old: State, news: Mapping[str, Any]) -> State:
        private = without_progress(old.private)
        declared = list(differences(PoolProperties, old.inputs, news))
        if self.call.preview:
            self.foresee_roll_out(old.id, news, declared)
            return self.state(old.id, news, old.private)
        pool = before = self._pool(news["poolId"])
        found = self.different(news, pool)
        foreign = overlapping(self.different(old.inputs, pool), found)
        if foreign:
            self.call.warn(
                f"{old.id} was changed by another client since it was last read, and is overwritten: "
                f"{self.listed(foreign)}"
            )
        asked = [item for item in declared if _is_asked_for(item)]
        reaching = reaches_nodes([*found, *asked])
        if reaching:
            self.must_last(old.id, news, [*found, *asked])
        if found or asked or self.renewable(pool, news, old):
            kept = private if reaching else old.private
            pool = self._replace(old.id, news, kept)
        if reaching:
            self.roll_out(old.id, news, private, pool)
        else:
            self.rolls_out_late(old.id, news, private, reaches_nodes(declared), before)
        return self.state(old.id, news, private)

    def remove(self, old: State) -> None:
        policy = PoolDeletionPolicy.spelled(old.recorded("deletionPolicy") or "clear")
        if policy == "retain":
            return
        name = split_pool_id(old.id)
        try:
            pool = self.client.get(GET_POOL, name, deadline=self.call.deadline)
            if pool.get("state") == "deleting":
                return
            wanted = self._wanted(old.id, policy, old.private)
            if wanted is None or not self.different(wanted, pool):
                return
            self.client.call(REPLACE_POOL_PROPERTIES, name, body=self.request(wanted), deadline=self.call.deadline)
        except ServiceError as error:
            if not error.is_not_found and error.code != "PoolBeingDeleted":
                raise

    def _wanted(self, id: str, policy: str, private: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the pool shall have when this resource is gone; None to leave it as it is."""
        if policy == "clear":
            return {}
        before = private.get("before")
        if not isinstance(before, dict):
            self.call.warn(f"{id} was imported: what it had before is not known, so nothing is restored.")
            return None
        lost = list(_passwords_lost(before))
        if lost:
            self.call.warn(f"{id} is restored without what the service never returned: {', '.join(lost)}")
        return before


def _is_asked_for(item: Difference) -> bool:
    """Whether what the server shows does not matter, because the declarations differ in a password, which it never
    shows, or in `triggers`."""
    return holds_write_only(PoolProperties, item) or item.path[0] == "triggers"


def _passwords_lost(before: Mapping[str, Any]) -> Iterator[str]:
    registry = ((before.get("startTask") or {}).get("containerSettings") or {}).get("registry") or {}
    if registry.get("username") and not registry.get("password"):
        yield "startTask.containerSettings.registry.password"

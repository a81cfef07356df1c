"""An entity of which the service lets some properties change by PATCH, each of them whole.

What a PATCH leaves out stays, so what is no longer declared is reset by name. A write goes with the ETag of what was
compared, so that it never overwrites what nobody has seen.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle import refusals
from azure_batch_provider.lifecycle.entity import Entity
from azure_batch_provider.lifecycle.imported import holds_write_only
from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.models.attribute import Traits
from azure_batch_provider.models.common import OnMissing
from azure_batch_provider.properties.compare import Difference, differences
from azure_batch_provider.properties.plan import Change, overlapping
from azure_batch_provider.properties.request_body import patch
from azure_batch_provider.values.paths import spell
from azure_batch_provider.values.unknown import UNKNOWN


class Patched(Entity):
    """What only such an entity does: it is taken over, changed in place, and keeps what the service does not change.

    Attributes:
        inside: what a new one would not have.
    """

    inside: ClassVar[str] = "none of the tasks"

    @abstractmethod
    def patch(self, id: str, request: Mapping[str, Any], etag: str) -> None:
        """Send a PATCH with `If-Match`."""

    def must_be_open(self, id: str, server: Mapping[str, Any], way_out: str = "") -> None:
        """Raises: Refused: the service changes nothing of it any more."""
        return

    def announce_change(self, id: str, inputs: Mapping[str, Any], found: Sequence[Difference]) -> None:
        """Say what a change means, in a preview or before it."""
        return

    def traits(self, item: Difference | Change) -> Traits:
        """Those of the top-level property that a difference is in."""
        return self.model.properties()[str(item.path[0])].traits

    def sent(self, found: Iterable[Difference]) -> list[Difference]:
        """Those that a request is for: differences of the entity itself, unless it keeps what it has whatever is
        sent."""
        return [
            item
            for item in found
            if (traits := self.traits(item)).in_body and not traits.fixed and not self.is_let_go(item)
        ]

    def is_let_go(self, item: Difference) -> bool:
        """Whether a property is no longer declared of which the entity keeps what it has, unmanaged."""
        return self.traits(item).computed and item.kind == "delete" and len(item.path) == 1

    def accept(
        self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any], found: Sequence[Difference]
    ) -> None:
        self.must_be_open(id, server)
        if inputs.get("takeOver") is not True:
            raise self.conflict_error(id, found, "To change it to what is declared: `takeOver: true`.")
        fixed = self.fixed_of(id, inputs, server, found)
        if fixed:
            raise refusals.NOT_TAKEN_OVER(id=id, noun=self.noun, differences=self.listed(fixed))
        self._tell_of_fixed(id, server, inputs)
        sent = self.sent(found)
        if sent:
            self.call.warn(f"taking over {id}; what it has now is replaced: {self.listed(sent)}")
        if self.call.preview:
            self.announce_change(id, inputs, sent)

    def take_over(self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any]) -> dict[str, Any]:
        found = self.sent(self.different(inputs, server))
        return self.write(id, inputs, server, found) if found else {}

    def change(self, old: State, news: Mapping[str, Any]) -> State:
        id = old.id
        if self.call.preview:
            sent = self.sent(differences(self.model, old.inputs, news))
            if any(item.new is not UNKNOWN for item in sent):
                self.must_be_open(id, old.private, self.by_hand())
            self.announce_change(id, news, sent)
            self._tell_what_stays(id, old.inputs, news, {**old.inputs, **old.private})
            return self.state(id, news, old.private)
        try:
            server = self.get(id)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            return self._changed_nothing(old, news, error)
        found = self.sent(self.different(news, server))
        foreign = overlapping(self.different(old.inputs, server), found)
        if foreign:
            self.call.warn(
                f"{id} was changed by another client since it was last read, and is overwritten: {self.listed(foreign)}"
            )
        declared = self.sent(differences(self.model, old.inputs, news))
        hidden = [item for item in declared if holds_write_only(self.model, item)]
        due = [*found, *hidden, *self.renewable(server, news, self._as_state(id, news, server))]
        request = self.write(id, news, server, due) if due else {}
        self._tell_what_stays(id, old.inputs, news, server)
        return self.state(id, news, {**old.private, **self.remembered({**server, **request})})

    def _changed_nothing(self, old: State, news: Mapping[str, Any], error: ServiceError) -> State:
        """An update of what is gone."""
        wanted = self.sent(differences(self.model, old.inputs, news))
        ignored = OnMissing.IGNORE.matches(news.get("onMissing"))
        if wanted:
            gone = refusals.GONE_AND_IGNORED if ignored else refusals.GONE
            raise gone(id=old.id, differences=self.listed(wanted)) from error
        if not ignored:
            self.call.warn(f"{old.id} is not there any more. {refusals.GONE.remedy}")
        return self.state(old.id, news, old.private)

    def write(
        self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any], due: Sequence[Difference]
    ) -> dict[str, Any]:
        """Send the properties that differ, whole, and only if the entity is still the one that was compared. Returns
        what was sent."""
        self.must_be_changeable(id, inputs, server, due)
        self.announce_change(id, inputs, due)
        names = {str(item.path[0]) for item in due}
        request = patch(self.model, inputs, names)
        try:
            self.patch(id, request, str(server.get("eTag")))
        except ServiceError as error:
            if error.code != "ConditionNotMet":
                raise
            different = self.sent(self.different(inputs, self.get(id)))
            differing = [item for item in different if item.path[0] in names]
            # When it is what is declared by now, that was our own write: its reply was lost, and it was sent again.
            if differing:
                raise refusals.CHANGED_MEANWHILE(id=id, differences=self.listed(differing)) from error
        self.ledger.wrote(id)
        return request

    def must_be_changeable(
        self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any], due: Sequence[Difference]
    ) -> None:
        """Raises: Refused: not all that differs can be changed in place, or nothing can any more."""
        fixed = self.fixed_of(id, inputs, server, due)
        if fixed:
            raise refusals.DIFFERS(id=id, noun=self.noun, differences=self.listed(fixed))
        self.must_be_open(id, server, self.by_hand())

    def fixed_of(
        self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any], found: Sequence[Difference]
    ) -> list[Difference]:
        """Those that only a new entity can have."""
        there = self._as_state(id, inputs, server)
        return [item for item in found if self.replaces(item, there)]

    def _as_state(self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any]) -> State:
        return self.state(id, inputs, self.remembered(server))

    def _tell_what_stays(
        self, id: str, old: Mapping[str, Any], new: Mapping[str, Any], there: Mapping[str, Any]
    ) -> None:
        """Say of an update what does not come of it, given what the entity has."""
        for item in differences(self.model, old, new):
            if self.traits(item).fixed:
                self._tell_of_fixed(id, there, new)
            elif self.is_let_go(item) and there.get(str(item.path[0])):
                self.call.info(
                    f"`{spell(item.path)}` of {id} is not managed from now on: the {self.noun} keeps what it has, "
                    f"{there[str(item.path[0])]}."
                )

    def _tell_of_fixed(self, id: str, there: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
        """Say that the entity keeps what is not as declared."""
        for item in self.fixed(there, inputs):
            self.call.warn(
                f"`{spell(item.path)}` of {id} is not what is declared and stays as it is, because the service does "
                f"not let it change. A new {self.noun} would have it, and {self.inside}: "
                f"`replaceOnChanges: [{spell(item.path)}]`, or `pulumi up --replace '{self.call.urn}'`."
            )

    def by_hand(self) -> str:
        return f"Or replace it, with `deleteBeforeReplace: true`: `pulumi up --replace '{self.call.urn}'`."

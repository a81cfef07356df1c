"""The verbs that reach the service, and the rules that keep an id from being lost when one fails half-way.

A resource says how it is made, found, changed and removed; here stands what goes on around that: previews, what an
earlier operation left unfinished, refused credentials, and what only an import's first update records.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from azure_batch_provider.http.errors import (
    UNCERTAIN_STATUSES,
    Cancelled,
    ProtocolError,
    RequestError,
    ServiceError,
    TransportError,
)
from azure_batch_provider.lifecycle import refusals
from azure_batch_provider.lifecycle.imported import IMPORTED, UNSENT, Import
from azure_batch_provider.lifecycle.ownership import spared
from azure_batch_provider.lifecycle.resource import Resource
from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.lifecycle.unfinished import UNFINISHED, Unfinished, mark, without_mark
from azure_batch_provider.properties.compare import differences
from azure_batch_provider.properties.plan import known_differences


class Lifecycle(Resource):
    """The verbs of one resource type, for one call."""

    def create(self, inputs: Mapping[str, Any]) -> State:
        """Make it; what is there already and is as declared is adopted. A preview says what that would run into."""
        id = self.identity(inputs)
        self.claim(id)
        if self.call.preview:
            self.foresee(id, inputs, replacing=self.ledger.is_succession(self.call.urn, id))
            return self.state(id, inputs, {})
        return self.make(id, inputs, {})

    @abstractmethod
    def foresee(self, id: str, inputs: Mapping[str, Any], *, replacing: bool) -> None:
        """Say in a preview what a creation would run into, as far as the ids are known (`id` may be `""`).

        Args:
            replacing: what has the id now is this resource's own, and goes first.

        Raises:
            Refused, RequestError
        """

    @abstractmethod
    def make(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> State:
        """Create it, or adopt what has its id. `private` is what an attempt remembered whose end is not known.

        Raises:
            InitFailed, Refused, RequestError
        """

    def init_failed(
        self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any], what: str, *reasons: str
    ) -> InitFailed:
        """The failure that keeps the id, with the mark by which the next operation looks again."""
        # The engine takes no inputs from what could not be created or updated, and they would travel twice.
        return InitFailed(replace(self.state(id, inputs, mark(private, what, " ".join(reasons))), inputs={}), reasons)

    def read(self, old: State) -> State | None:
        """What is there now, in the program's spelling; None when it is gone.

        Refused credentials must not stop an update that brings new ones: the engine reads with those of the last
        deployment. So they end as `InitFailed` with the state as it was, and the update that follows looks again.
        So does what an earlier operation left unfinished, for as long as it is: otherwise the engine would forget it.
        Anything else that keeps us from reading stops the operation, since only "not found" means that it is gone.

        Raises:
            InitFailed, Refused, RequestError
        """
        try:
            state = self.find(old)
        except RequestError as error:
            if old.is_import or isinstance(error, Cancelled):
                raise
            if error.credentials_refused:
                raise InitFailed(old, [refusals.CREDENTIALS_REFUSED.says(id=old.id, error=error)]) from error
            raise refusals.UNREADABLE(id=old.id, error=error) from error
        if state is None or old.unfinished is None:
            return state
        still = self.still_unfinished(old.id, old.unfinished, old.outputs, state)
        if still is not None:
            kept = old.private if still.what == old.unfinished.what else mark(old.private, still.what, still.reason)
            raise InitFailed(replace(old, private=kept), [still.reason])
        return replace(state, private=without_mark(state.private))

    def still_unfinished(
        self, id: str, left: Unfinished, declared: Mapping[str, Any], seen: State
    ) -> Unfinished | None:
        """What is unfinished now of what an earlier operation left, and why, for the user; None when it is all done.

        A resource that waits for something adds what it marks. A write that may not have arrived is no matter here:
        what it would have changed is a difference.

        Args:
            declared: the inputs that were to be made true.
            seen: what is there.
        """
        if not left.is_create:
            return None
        found = known_differences(self.model, differences(self.model, seen.inputs, declared))
        if not found:
            return None
        return Unfinished(left.what, f"{left.reason} Now {id} is not what was declared: {self.listed(found)}.")

    @abstractmethod
    def find(self, old: State) -> State | None:
        """What is there now, None when it is gone.

        Raises:
            Refused, RequestError
        """

    def update(self, old: State, news: Mapping[str, Any]) -> State:
        """Make what is there as declared, or go on with what an earlier operation left unfinished."""
        recorded = Import(self.model, old.private).recorded(old.inputs, news, lambda item: self.replaces(item, old))
        if recorded.places:
            self.call.warn(
                f"{old.id} was imported, and the service takes this only when a {self.noun} is created: "
                f"{', '.join(recorded.places)}. It is recorded and not sent."
            )
        kept = {name: value for name, value in old.private.items() if name not in (IMPORTED, UNFINISHED, UNSENT)}
        if recorded.unsent:
            kept[UNSENT] = recorded.unsent
        if not old.may_be_absent:
            return self.change(replace(old, inputs=recorded.inputs, private=kept), news)
        self.call = replace(self.call, imports=False)  # the engine imports nothing under a name that it has a state for
        if not self.call.preview:
            return self.make(old.id, news, kept)
        self.foresee(old.id, news, replacing=False)
        return self.state(old.id, news, kept)

    @abstractmethod
    def change(self, old: State, news: Mapping[str, Any]) -> State:
        """Make what is there as declared; in a preview say what that would run into. Also called when nothing differs,
        after an init failure.

        Args:
            old: what was declared, or read, before, and what earlier calls remembered, to be remembered on.

        Raises:
            InitFailed, Refused, RequestError
        """

    def delete(self, old: State) -> None:
        """Remove it, or do what its deletion policy says, and return when that is true at the service."""
        keeper = self.ledger.release(self.call.urn, old.id)
        if keeper is not None:
            self.call.warn(spared(old.id, keeper))
            return
        try:
            if not self._was_never_made(old):
                self.remove(old)
        except BaseException as error:
            self.ledger.stays(self.call.urn, old.id)
            if not isinstance(error, RequestError) or not error.credentials_refused:
                raise
            endpoint = self.session.configuration.endpoint
            raise refusals.DELETION_NOT_ALLOWED(id=old.id, endpoint=endpoint, error=error) from error
        self.ledger.deleted(old.id)

    def _was_never_made(self, old: State) -> bool:
        """Whether a creation whose end is not known has left nothing here that could be deleted."""
        left = old.unfinished
        if left is None or not left.is_create:
            return False
        state = self.find(old)
        if state is None:
            return True
        still = self.still_unfinished(old.id, left, old.outputs, state)
        if still is None or not still.is_create:
            return False
        self.call.warn(f"{old.id} is not deleted, because it may be another client's. {still.reason}")
        return True

    @abstractmethod
    def remove(self, old: State) -> None:
        """Delete what is there, and return when it is gone.

        Raises:
            Refused, RequestError
        """


def may_have_happened(error: RequestError) -> bool:
    """Whether a request that failed may have been carried out all the same."""
    if isinstance(error, (TransportError, Cancelled)):
        return error.sent
    if isinstance(error, ServiceError):
        return error.uncertain or error.status in UNCERTAIN_STATUSES
    return isinstance(error, ProtocolError)

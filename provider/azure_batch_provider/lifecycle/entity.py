"""A resource that is one entity of the service, under an id of its own: created or adopted, read, imported, deleted."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

from azure_batch_provider.http.errors import RequestError, ServiceError
from azure_batch_provider.lifecycle.imported import IMPORTED
from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.lifecycle.unfinished import CREATE
from azure_batch_provider.lifecycle.verbs import Lifecycle, may_have_happened
from azure_batch_provider.lifecycle.waiting import until_gone
from azure_batch_provider.properties.compare import Difference
from azure_batch_provider.properties.read_back import undeclared
from azure_batch_provider.values.instants import instant_of_etag

if TYPE_CHECKING:
    from azure_batch_provider.http.answer import Reply

DELETING = "deleting"


class Entity(Lifecycle):
    """What is particular to a kind of entity: its requests, what it remembers, and what is said of it.

    Attributes:
        exists: the service's codes for an id that is taken.
        being_deleted: its codes for an entity that cannot be written because it is being deleted.
    """

    exists: ClassVar[frozenset[str]]
    being_deleted: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def get(self, id: str, select: str | None = None) -> dict[str, Any]:
        """Ask the service for it."""

    @abstractmethod
    def post(self, inputs: Mapping[str, Any]) -> tuple[Reply, dict[str, Any]]:
        """Create it. Returns the service's answer, and what was sent."""

    @abstractmethod
    def send_delete(self, id: str) -> None:
        """Ask the service to delete it."""

    def watched(self, id: str) -> AbstractContextManager[Callable[[], str | None]]:
        """While one that is being deleted is waited for: looks for its state, None when it is gone."""
        return nullcontext(lambda: str(self.get(id, select="id,state").get("state", "")))

    def ids(self, id: str, server: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs that an import reads from the id, since the body does not have them."""
        return {}

    def imported(self, server: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs that an import reads from the body."""
        return undeclared(self.model, server)

    @abstractmethod
    def remembered(self, server: Mapping[str, Any]) -> dict[str, Any]:
        """What the state remembers of the entity beside its inputs."""

    def announce(self, id: str, inputs: Mapping[str, Any]) -> None:
        """Say what a creation means, in a preview or right after it (`id` may be `""`)."""
        return

    def must_be_free(self, id: str) -> None:
        """Look in a preview whether something of another kind has the id of one that is not there.

        Raises:
            Refused
        """
        return

    def tell_what_goes(self, id: str) -> None:
        """Say in a preview what ends with the one that is replaced."""
        return

    def noted(self, id: str, server: dict[str, Any]) -> None:
        """Keep what others want to know of it in this operation."""
        return

    def missing(self, old: State, error: ServiceError) -> State | None:
        """What it means that it is not there any more: None, or the state that is kept."""
        return None

    def accept(
        self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any], found: Sequence[Difference]
    ) -> None:
        """Whether one that is there and differs can become what is declared; says what that changes.

        Raises:
            Refused: it cannot, or nobody has allowed it.
        """
        raise self.conflict_error(id, found)

    def must_stand_for(self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any]) -> None:
        """Look whether one that is there and is as declared may be adopted.

        Raises:
            Refused
        """
        return

    def take_over(self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any]) -> dict[str, Any]:
        """Make one that is there, differs and was accepted as declared. Returns what was sent."""
        return {}

    def make(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> State:
        """Create it; one that is there already and is the same is adopted; one that is being deleted is waited for.
        An id that an unanswered request may have taken is kept."""
        lost = False
        try:
            try:
                return self._create(id, inputs)
            except ServiceError as error:
                if error.code not in self.exists:
                    raise
                lost = error.uncertain
            server = self.get(id)
            return self._create_after(id, inputs) if _goes(server) else self._adopt(id, inputs, server)
        except RequestError as error:
            if not lost and not may_have_happened(error):
                raise
            raise self.init_failed(id, inputs, {}, CREATE, str(error)) from error

    def _create(self, id: str, inputs: Mapping[str, Any]) -> State:
        try:
            reply, sent = self.post(inputs)
        except ServiceError as error:
            if error.code not in self.being_deleted:
                raise
            return self._create_after(id, inputs)
        self.ledger.wrote(id, created=True)
        self.announce(id, inputs)
        created = {"creationTime": instant_of_etag(reply.headers.get("ETag")), "state": "active"}
        return self.state(id, inputs, self.remembered({**sent, **created}))

    def _create_after(self, id: str, inputs: Mapping[str, Any]) -> State:
        self._wait_until_gone(id, f"the earlier {id}")
        return self._create(id, inputs)

    def _adopt(self, id: str, inputs: Mapping[str, Any], server: dict[str, Any]) -> State:
        sent = self.take_over(id, inputs, server) if self._differs(id, inputs, server) else {}
        self.ledger.wrote(id)
        return self.state(id, inputs, self.remembered({**server, **sent}))

    def _differs(self, id: str, inputs: Mapping[str, Any], server: Mapping[str, Any]) -> bool:
        """Whether one that is there must be taken over, which was accepted, or can be adopted as it is."""
        found = self.different(inputs, server)
        if found:
            self.accept(id, inputs, server, found)
            return True
        self.must_stand_for(id, inputs, server)
        code = (server.get("executionInfo") or {}).get("exitCode")
        how = ", and will be adopted" if self.call.preview else ": adopted"
        self.call.info(
            f"{id} has existed since {server.get('creationTime')} and is what is declared{how}. It is "
            f"{server.get('state')}{'' if code is None else f', exit code {code}'}.{self.uncompared(inputs)}"
        )
        return False

    def foresee(self, id: str, inputs: Mapping[str, Any], *, replacing: bool) -> None:
        server = self._look(id) if id and not replacing else None
        if server is not None and not _goes(server):
            self._differs(id, inputs, server)
            return
        if id:
            if server is None and not replacing:
                self.must_be_free(id)
            self.ledger.plan(id)
        self.announce(id, inputs)
        if replacing:
            self.tell_what_goes(id)
        elif server is not None:
            self.call.info(f"{id} is being deleted; when it is gone it is created again.")

    def _look(self, id: str) -> dict[str, Any] | None:
        try:
            return self.get(id)
        except ServiceError as error:
            if error.is_not_found:
                return None
            raise

    def find(self, old: State) -> State | None:
        try:
            server = self.get(old.id)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            return None if old.is_import or old.may_be_absent else self.missing(old, error)
        if _goes(server) and old.may_be_absent:
            return None  # whoever made it: a creation waits until it is gone
        self.ledger.read(old.id)
        self.noted(old.id, server)
        private = {**old.private, **self.remembered(server)}
        if old.is_import:
            inputs = {**self.ids(old.id, server), **self.imported(server)}
            return self.state(self.identity(inputs), inputs, {**private, IMPORTED: True})
        if _goes(server):
            self.call.warn(
                f"{old.id} is being deleted by another client; once it is gone, the next `pulumi up` creates it again."
            )
            return self.state(old.id, old.inputs, private)
        return self.state(old.id, self.seen(old.inputs, server), private)

    def remove(self, old: State) -> None:
        try:
            self.send_delete(old.id)
        except ServiceError as error:
            if error.is_not_found:
                return
            if error.code not in self.being_deleted:
                raise
        self._wait_until_gone(old.id, old.id)

    def _wait_until_gone(self, id: str, what: str) -> None:
        with self.watched(id) as look:
            until_gone(self.call, what, look)


def _goes(server: Mapping[str, Any]) -> bool:
    return server.get("state") == DELETING

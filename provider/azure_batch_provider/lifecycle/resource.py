"""What every resource does the same way: check, diff, adoption, and the rules that keep an id from being lost.

A resource adds its verbs in the order create, read, update, delete. This module knows neither Pulumi nor HTTP: calls
come in as `lifecycle.context`, end as `lifecycle.results`, and the service is `batch.client`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any, ClassVar, Final

from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.http.errors import (
    UNCERTAIN_STATUSES,
    Cancelled,
    ProtocolError,
    RequestError,
    ServiceError,
    TransportError,
)
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.lifecycle.imported import IMPORTED, UNSENT, Import
from azure_batch_provider.lifecycle.ledger import Ledger
from azure_batch_provider.lifecycle.ownership import hand_over, in_the_way, shared, spared, taken
from azure_batch_provider.lifecycle.results import Checked, InitFailed, Plan, Refused, State
from azure_batch_provider.lifecycle.unfinished import CREATE, UNFINISHED, Unfinished, mark, unfinished, without_mark
from azure_batch_provider.models.base import UNKNOWN, Model, Violation
from azure_batch_provider.properties.compare import Difference, differences
from azure_batch_provider.properties.ignored import mixed
from azure_batch_provider.properties.plan import (
    changes,
    known_differences,
    listed,
    not_compared,
    property_at,
    without_ignored,
)
from azure_batch_provider.properties.read_back import project
from azure_batch_provider.properties.secrets import Secret, unwrap, wrap
from azure_batch_provider.validation.check import check, warnings
from azure_batch_provider.values.paths import Path, at, spell
from azure_batch_provider.values.signatures import bears_secret

PRIVATE: Final = "__private"
"""The output that holds what only we need to remember; always a secret, never in the schema."""


class Lifecycle(ABC):
    """The verbs of one resource type, for a configured provider."""

    model: ClassVar[type[Model]]
    token: ClassVar[str]
    noun: ClassVar[str]

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def client(self) -> BatchClient:
        return self.session.client

    @property
    def ledger(self) -> Ledger:
        return self.session.ledger

    @abstractmethod
    def identity(self, inputs: Mapping[str, Any]) -> str:
        """The resource id of plain inputs, `""` while a part of it is unknown."""

    @abstractmethod
    def id_inputs(self, id: str) -> dict[str, str]:
        """The inputs that an id stands for.

        Raises:
            Refused: it is not an id of this resource; the text shows the form.
        """

    def check(self, call: Call, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Checked:
        """Validate the program's inputs, all failures at once; choose automatic ids; mark what is secret."""
        plain, old = unwrap(news), unwrap(olds)
        configuration = self.session.configuration
        found = check(self.model, plain, configuration.api_version, by_key=configuration.account_key is not None)
        failures = [failure for failure in found if not self._never_shown(failure.path, old, plain)]
        if failures:
            return Checked(wrap(self.model, plain, news), [self._reported(failure, news) for failure in failures])
        try:
            named = self.named(call, old, plain, news)
        except Refused as refusal:
            return Checked(wrap(self.model, plain, news), [("", str(refusal))])
        id = self.identity(named)
        owner = self.ledger.declares(call.urn, id, new=not old)
        if owner is not None:
            return Checked(wrap(self.model, named, news), [("", str(taken(id, owner)))])
        for doubt in warnings(self.model, plain, self.session.configuration.api_version):
            call.warn(f"{spell(doubt.path)}: {doubt.reason}" if doubt.path else doubt.reason)
        return Checked(wrap(self.model, named, news))

    def _never_shown(self, path: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        """Whether something required is missing because the service does not show it: where the program ignores a
        property, the engine has put what was read in the place of what is declared. What is made again is checked again
        as declared, without old inputs."""
        prop = property_at(self.model, path)
        if prop is None or not prop.traits.write_only or at(new, path) is not None:
            return False
        return bool(at(old, path[:-1])) and at(old, path) is None

    def named(
        self, call: Call, old: Mapping[str, Any], plain: dict[str, Any], news: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The plain inputs with the ids that the program left to us."""
        return plain

    def _reported(self, failure: Violation, news: Mapping[str, Any]) -> tuple[str, str]:
        """What the engine is told: it prints the value of a property that it is given, and "<nil>" for what is nested
        or missing. So it is given only top-level ones whose value is harmless; otherwise the reason names the path."""
        path = spell(failure.path)
        if len(failure.path) == 1:
            value = news.get(path)
            prop = self.model.properties().get(path)
            named = prop is not None and prop.type.kind in ("id", "enum")
            if isinstance(value, (bool, int, float)) or (named and isinstance(value, str) and not bears_secret(value)):
                return path, failure.reason
        return "", f"`{path}` {failure.reason}" if path else failure.reason

    def diff(
        self,
        call: Call,
        old_inputs: Mapping[str, Any],
        old_state: Mapping[str, Any],
        news: Mapping[str, Any],
        ignored: Sequence[str] = (),
    ) -> Plan:
        """Compare what was declared, or read, with what is declared now. Never asks the service."""
        old, new = unwrap(old_inputs), unwrap(news)
        self._shares(call, self.identity(old))
        imported = Import(self.model, self.private(old_state))
        found = [
            item for item in without_ignored(differences(self.model, old, new), ignored) if not imported.hides(item)
        ]
        found += without_ignored(self.further(call, unwrap(old_state), new, found), ignored)
        planned = changes(found, lambda item: self.replaces(item, old_state) and not imported.records(item))
        # Also where no change of this plan asks for a replacement: the program may (`replaceOnChanges`).
        return Plan(planned, delete_first=self._meets(old, new))

    def _shares(self, call: Call, id: str) -> None:
        """Note whose the id is, and warn where two resources of the program have it."""
        other = self.ledger.records(call.urn, id)
        if other is not None and self.ledger.says_first(id, "shared"):
            call.warn(shared(id, other))

    def _meets(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        """Whether the new entity cannot be made beside the old one because it has, or may have, its id."""
        return all(
            new.get(part) is UNKNOWN or str(new.get(part)).casefold() == str(old.get(part)).casefold()
            for part in self.id_parts
        )

    id_parts: ClassVar[tuple[str, ...]]

    def replaces(self, item: Difference, old_state: Mapping[str, Any]) -> bool:
        """Whether a change needs a new entity."""
        prop = self.model.properties().get(str(item.path[0]))
        return prop is not None and prop.traits.replace

    def further(
        self, call: Call, old_state: Mapping[str, Any], new: Mapping[str, Any], found: Sequence[Difference]
    ) -> list[Difference]:
        """Changes that the inputs do not show."""
        return []

    def create(self, call: Call, inputs: Mapping[str, Any]) -> State:
        """Make it; what is there already and is as declared is adopted. A preview says what that would run into."""
        plain = unwrap(inputs)
        id = self.identity(plain)
        self.claim(call, id)
        if call.preview:
            self.foresee(call, id, plain, replacing=self.ledger.is_succession(call.urn, id))
            return self.state(id, inputs, {})
        return self.make(call, id, inputs, {})

    @abstractmethod
    def foresee(self, call: Call, id: str, plain: Mapping[str, Any], *, replacing: bool) -> None:
        """Say in a preview what a creation would run into, as far as the ids are known (`id` may be `""`).

        Args:
            replacing: what has the id now is this resource's own, and goes first.

        Raises:
            Refused, RequestError
        """

    @abstractmethod
    def make(self, call: Call, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> State:
        """Create it, or adopt what has its id. `private` is what an attempt remembered whose end is not known.

        Raises:
            InitFailed, Refused, RequestError
        """

    def make_or_adopt(
        self, id: str, inputs: Mapping[str, Any], make: Callable[[], State], exists: str, adopt: Callable[[], State]
    ) -> State:
        """`make`, or `adopt` where the service answers with the code `exists`; an id that it may have taken is kept."""
        lost = False
        try:
            try:
                return make()
            except ServiceError as error:
                if error.code != exists:
                    raise
                lost = error.uncertain
            return adopt()
        except RequestError as error:
            if not lost and not may_have_happened(error):
                raise
            raise self.init_failed(id, inputs, {}, CREATE, str(error)) from error

    def init_failed(
        self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any], what: str, reason: str
    ) -> InitFailed:
        """The failure that keeps the id, with the mark by which the next operation looks again."""
        # The engine takes no inputs from what could not be created or updated, and they would travel twice.
        return InitFailed(id, {}, self.state(id, inputs, mark(private, what, reason)).properties, [reason])

    def read(self, call: Call, id: str, inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> State | None:
        """What is there now, in the program's spelling; None when it is gone. An import has no inputs.

        Refused credentials must not stop an update that brings new ones: the engine reads with those of the last
        deployment. So they end as `InitFailed` with the state as it was, and the update that follows looks again.
        So does what an earlier operation left unfinished, for as long as it is: otherwise the engine would forget it.
        Anything else that keeps us from reading stops the operation, since only "not found" means that it is gone.

        Raises:
            InitFailed, Refused, RequestError
        """
        try:
            state = self.find(call, id, inputs, properties)
        except RequestError as error:
            if not properties or isinstance(error, Cancelled):
                raise
            reason = f"{id} could not be read: {error} The state is kept as it was."
            if error.credentials_refused:
                raise InitFailed(id, inputs, properties, [reason]) from error
            raise Refused(
                f"{reason} Run again when it can be read; `--target` works on other resources meanwhile."
            ) from error
        left = unfinished(self.private(properties))
        if state is None or left is None:
            return state
        still = self.still_unfinished(call, id, left, self.recorded({}, properties), state)
        if still is not None:
            raise InitFailed(id, inputs, properties, [still])
        return replace(
            state, properties={**state.properties, PRIVATE: Secret(without_mark(self.private(state.properties)))}
        )

    def still_unfinished(
        self, call: Call, id: str, left: Unfinished, declared: Mapping[str, Any], seen: State
    ) -> str | None:
        """Why what an earlier operation left is not finished, for the user; None when it is.

        A resource that waits for something adds what it marks. A write that may not have arrived is no matter here:
        what it would have changed is a difference.

        Args:
            declared: the plain inputs that were to be made true.
            seen: what is there.
        """
        found = self.different(declared, unwrap(seen.inputs)) if left.is_create else []
        if not found:
            return None
        return f"{left.reason} Now {id} is not what was declared: {listed(self.model, found, call.hides)}."

    @abstractmethod
    def find(self, call: Call, id: str, inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> State | None: ...

    def update(
        self,
        call: Call,
        id: str,
        old_inputs: Mapping[str, Any],
        old_properties: Mapping[str, Any],
        news: Mapping[str, Any],
    ) -> State:
        """Make what is there as declared, or go on with what an earlier operation left unfinished."""
        private, plain = self.private(old_properties), unwrap(news)
        recorded = Import(self.model, private).recorded(
            unwrap(old_inputs), plain, lambda item: self.replaces(item, old_properties)
        )
        if recorded.places:
            call.warn(
                f"{id} was imported, and the service takes this only when a {self.noun} is created: "
                f"{', '.join(recorded.places)}. It is recorded and not sent."
            )
        kept = {name: value for name, value in private.items() if name not in (IMPORTED, UNFINISHED, UNSENT)}
        if recorded.unsent:
            kept[UNSENT] = recorded.unsent
        if not self.may_be_absent(old_properties):
            return self.change(call, id, recorded.inputs, kept, news)
        call = replace(call, imports=False)  # the engine imports nothing under a name that it has a state for
        if not call.preview:
            return self.make(call, id, news, kept)
        self.foresee(call, id, plain, replacing=False)
        return self.state(id, news, kept)

    @abstractmethod
    def change(
        self, call: Call, id: str, old: Mapping[str, Any], private: Mapping[str, Any], news: Mapping[str, Any]
    ) -> State:
        """Make what is there as declared; in a preview say what that would run into. Also called when nothing differs,
        after an init failure.

        Args:
            old: the plain inputs that were declared, or read, before.
            private: what earlier calls remembered, to be remembered on.

        Raises:
            InitFailed, Refused, RequestError
        """

    def delete(self, call: Call, id: str, inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
        """Remove it, or do what its deletion policy says, and return when that is true at the service."""
        keeper = self.ledger.release(call.urn, id)
        if keeper is not None:
            call.warn(spared(id, keeper))
            return
        try:
            if not self._was_never_made(call, id, inputs, properties):
                self.remove(call, id, inputs, properties)
        except RequestError as error:
            if not error.credentials_refused:
                raise
            raise Refused(
                f"{id} could not be deleted in the account at {self.session.configuration.endpoint}: {error} "
                "What is deleted belongs to the last deployment, and so do the credentials for it: run `pulumi up` "
                "with valid ones first. If that account is not to be touched any more, `pulumi state delete` forgets "
                "it."
            ) from error
        self.ledger.deleted(id)

    def _was_never_made(self, call: Call, id: str, inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> bool:
        """Whether a creation whose end is not known has left nothing here that could be deleted."""
        left = unfinished(self.private(properties))
        if left is None or not self.may_be_absent(properties):
            return False
        state = self.find(call, id, inputs, properties)
        if state is None:
            return True
        still = self.still_unfinished(call, id, left, self.recorded({}, properties), state)
        if still is not None:
            call.warn(f"{id} is not deleted, because it may be another client's. {still}")
        return still is not None

    @abstractmethod
    def remove(self, call: Call, id: str, inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> None: ...

    def state(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> State:
        """The state for wrapped inputs: outputs are the inputs, and what we remember."""
        kept = {name: value for name, value in inputs.items() if value is not None}
        return State(id, kept, {**kept, PRIVATE: Secret(dict(private))})

    @staticmethod
    def recorded(inputs: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
        """The plain inputs of a state; its outputs stand for them where an engine sends no inputs."""
        plain: dict[str, Any] = unwrap(inputs or {k: v for k, v in properties.items() if not k.startswith("__")})
        return plain

    @staticmethod
    def private(properties: Mapping[str, Any]) -> dict[str, Any]:
        """What an earlier call remembered."""
        found = unwrap(properties.get(PRIVATE))
        return found if isinstance(found, dict) else {}

    def may_be_absent(self, properties: Mapping[str, Any]) -> bool:
        """Whether no answer has said yet that it was created."""
        left = unfinished(self.private(properties))
        return left is not None and left.is_create

    def claim(self, call: Call, id: str) -> None:
        """Become the owner of an id, before it is created.

        Raises:
            Refused: another resource has it, or a Delete that follows would take away what is created now.
        """
        if not id:
            return
        claim = self.ledger.claim(call.urn, id, preview=call.preview)
        if call.preview and claim.outcome == "left":
            call.warn(hand_over(id, claim.urn))
            return
        refusal = in_the_way(id, claim)
        if refusal is not None:
            raise refusal

    def refuse_mixed(self, old_inputs: Mapping[str, Any], news: Mapping[str, Any], ignored: Sequence[str]) -> None:
        """Stop an Update in which `ignoreChanges`, which goes by position, may have given an item of a list what
        belongs to another one. Only there: a Diff that failed would stop `refresh` as well, and a replacement is made
        from what the program declares.

        Args:
            old_inputs: what the engine took the ignored values from.
        """
        lists = mixed(self.model, unwrap(old_inputs), unwrap(news), ignored)
        if lists:
            # In a list that is inside another one's item, it is that item's position that cannot be relied on.
            whole = dict.fromkeys(spell(tuple(takewhile(lambda step: isinstance(step, str), path))) for path in lists)
            raise Refused(
                f"The items of {', '.join(f'`{name}`' for name in whole)} are not where they were, and `ignoreChanges` "
                "goes by position: an item would be given what belongs to another one. Nothing is written. Ignore the "
                f"whole list: `ignoreChanges: [{', '.join(whole)}]`."
            )

    def different(self, declared: Mapping[str, Any], server: Mapping[str, Any]) -> list[Difference]:
        """Where the server's entity is not what is declared; what a preview does not know yet may be the same."""
        return known_differences(self.model, differences(self.model, project(self.model, declared, server), declared))

    def seen(self, declared: Mapping[str, Any], server: Mapping[str, Any]) -> dict[str, Any]:
        """The server's entity as the program would write it, with what it cannot be made to have as declared."""
        kept = {name: declared.get(name) for name in self._fixed_names()}
        return {
            name: item for name, item in {**project(self.model, declared, server), **kept}.items() if item is not None
        }

    def fixed(self, there: Mapping[str, Any], declared: Mapping[str, Any]) -> list[Difference]:
        """Where an entity that has `there` is not as declared, and cannot be made so."""
        old, new = ({name: side.get(name) or None for name in self._fixed_names()} for side in (there, declared))
        return [item for item in differences(self.model, old, new) if item.new is not UNKNOWN]

    def _fixed_names(self) -> list[str]:
        return [name for name, prop in self.model.properties().items() if prop.traits.fixed]

    def conflict_error(self, call: Call, id: str, found: Sequence[Difference], way_out: str = "") -> Refused:
        """The refusal to create what is there with other content."""
        if self.ledger.is_succession(call.urn, id):
            return Refused(
                f"{id} is in this stack already, has not been deleted, and is not what is declared: "
                f"{listed(self.model, found, call.hides)}. To make it again under the same id, the resource that has "
                "it needs `deleteBeforeReplace: true`, and no `retainOnDelete: true`; otherwise declare another id."
            )
        importing = f"`pulumi import {self.token} {call.name} {id}`" if call.imports else "declare it as it is"
        return Refused(
            f"{id} exists already and is not what is declared: {listed(self.model, found, call.hides)}. "
            f"To manage what is there: {importing}.{way_out}"
        )

    def uncompared(self, declared: Mapping[str, Any]) -> str:
        """A sentence on what cannot be read back, or nothing."""
        paths = list(not_compared(self.model, declared))
        return f" Not compared, because the service never returns it: {', '.join(paths)}." if paths else ""


def may_have_happened(error: RequestError) -> bool:
    """Whether a request that failed may have been carried out all the same."""
    if isinstance(error, (TransportError, Cancelled)):
        return error.sent
    if isinstance(error, ServiceError):
        return error.uncertain or error.status in UNCERTAIN_STATUSES
    return isinstance(error, ProtocolError)

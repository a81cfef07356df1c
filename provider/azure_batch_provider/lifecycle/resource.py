"""What every resource does the same way before anything is asked of the service: check, diff, and whose an id is.

This module knows neither Pulumi nor HTTP: a call comes in as `lifecycle.context`, what the engine has of a resource as
`lifecycle.results.State`, and all values are plain.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, ClassVar, Final

from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.lifecycle import refusals
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.lifecycle.imported import Import
from azure_batch_provider.lifecycle.ledger import Claim, Ledger
from azure_batch_provider.lifecycle.ownership import hand_over, in_the_way, shared
from azure_batch_provider.lifecycle.results import Checked, Plan, State
from azure_batch_provider.lifecycle.waiting import LIMIT, poll
from azure_batch_provider.models.base import Model, Violation
from azure_batch_provider.models.walk import locate
from azure_batch_provider.properties.compare import Difference, differences
from azure_batch_provider.properties.ignored import mixed
from azure_batch_provider.properties.plan import (
    changes,
    known_differences,
    listed,
    not_compared,
    without_ignored,
)
from azure_batch_provider.properties.read_back import project
from azure_batch_provider.properties.renewal import renewable
from azure_batch_provider.properties.request_body import body, too_large
from azure_batch_provider.properties.secrets import has_unknown
from azure_batch_provider.validation.check import Findings, check, in_order
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.paths import Path, at, spell
from azure_batch_provider.values.refusal import Refused
from azure_batch_provider.values.signatures import bears_secret
from azure_batch_provider.values.unknown import UNKNOWN

MOST_TOLD: Final = 20
"""Failures, or warnings, of one Check that are told one by one."""
_BEGINS_WITHIN: Final = 300.0
"""Seconds in which a deletion that is foretold must begin: what depends on the resource goes before it."""


class Resource(ABC):
    """One resource type in one call to a configured provider."""

    model: ClassVar[type[Model]]
    token: ClassVar[str]
    noun: ClassVar[str]
    id_parts: ClassVar[tuple[str, ...]]

    def __init__(self, session: Session, call: Call) -> None:
        self.session = session
        self.call = call

    @property
    def client(self) -> BatchClient:
        return self.session.client

    @property
    def ledger(self) -> Ledger:
        return self.session.ledger

    @abstractmethod
    def identity(self, inputs: Mapping[str, Any]) -> str:
        """The resource id of inputs, `""` while a part of it is unknown."""

    @abstractmethod
    def id_inputs(self, id: str) -> dict[str, str]:
        """The inputs that an id stands for.

        Raises:
            Refused: it is not an id of this resource; the text shows the form.
        """

    def check(self, olds: Mapping[str, Any], news: Inputs) -> Checked:
        """Validate the program's inputs, all failures at once; choose automatic ids."""
        configuration = self.session.configuration
        new = news.values
        found = check(self.model, new, configuration.api_version, by_key=configuration.account_key is not None)
        failures = [item for item in found.violations if not self._never_shown(item.path, olds, new)]
        try:
            named = new if failures else self.named(olds, news)
        except Refused as refusal:
            return Checked(new, [("", str(refusal))])
        whole = self.inspected(named, sound=not failures)
        failures += whole.violations
        if failures:
            return Checked(new, self._failed(in_order(failures), news))
        id = self.identity(named)
        owner = self.ledger.declares(self.call.urn, id, new=not olds)
        if owner is not None:
            return Checked(named, [("", str(refusals.ID_TAKEN(id=id, urn=owner)))])
        self._warn(in_order((*found.warnings, *whole.warnings)))
        return Checked(named)

    def _failed(self, failures: Sequence[Violation], news: Inputs) -> list[tuple[str, str]]:
        """The first failures, and how many more there are: one mistake may be made in each of thousands of tasks."""
        told = [self._reported(failure, news) for failure in failures[:MOST_TOLD]]
        return [*told, *(("", text) for text in _rest(len(failures), "failure"))]

    def _warn(self, warnings: Sequence[Violation]) -> None:
        for warning in warnings[:MOST_TOLD]:
            self.call.warn(f"{spell(warning.path)}: {warning.reason}" if warning.path else warning.reason)
        for text in _rest(len(warnings), "warning"):
            self.call.warn(text)

    def inspected(self, inputs: Mapping[str, Any], *, sound: bool) -> Findings:
        """What is wrong, or doubtful, with what would be sent as a whole. `sound`: no part of it is wrong by itself,
        and automatic ids are chosen."""
        size = too_large(inputs, self.request)
        return Findings([] if size is None else [Violation((), size)], [])

    def request(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The body that creates it."""
        return body(self.model, inputs)

    def _never_shown(self, path: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        """Whether something required is missing because the service does not show it: where the program ignores a
        property, the engine has put what was read in the place of what is declared. What is made again is checked again
        as declared, without old inputs."""
        prop, _ = locate(self.model, path)
        if prop is None or not prop.traits.write_only or at(new, path) is not None:
            return False
        return bool(at(old, path[:-1])) and at(old, path) is None

    def named(self, olds: Mapping[str, Any], news: Inputs) -> dict[str, Any]:
        """The inputs with the ids that the program left to us."""
        return news.values

    def _reported(self, failure: Violation, news: Inputs) -> tuple[str, str]:
        """What the engine is told: it prints the value of a property that it is given, and "<nil>" for what is nested
        or missing. So it is given only top-level ones whose value is harmless; otherwise the reason names the path."""
        path = spell(failure.path)
        if len(failure.path) == 1 and failure.path not in news.secret_paths:
            value = news.values.get(path)
            prop = self.model.properties().get(path)
            named = prop is not None and prop.type.kind in ("id", "enum")
            if isinstance(value, (bool, int, float)) or (named and isinstance(value, str) and not bears_secret(value)):
                return path, failure.reason
        return "", f"`{path}` {failure.reason}" if path else failure.reason

    def diff(self, old: State, news: Mapping[str, Any], ignored: Sequence[str] = ()) -> Plan:
        """Compare what was declared, or read, with what is declared now. Never asks the service."""
        self._shares(old.id)
        imported = Import(self.model, old.private)
        found = [item for item in without_ignored(self.compared(old, news), ignored) if not imported.hides(item)]
        found += without_ignored(self.further(old, news, found), ignored)
        planned = changes(found, lambda item: self.replaces(item, old) and not imported.records(item))
        # Also where no change of this plan asks for a replacement: the program may (`replaceOnChanges`).
        plan = Plan(planned, delete_first=self._meets(old.inputs, news))
        if plan.delete_first and has_unknown(news) and any(change.replace for change in planned):
            self.ledger.foretells(self.call.urn)
        self.planned(old, news, plan, ignored)
        return plan

    def compared(self, old: State, news: Mapping[str, Any]) -> Iterable[Difference]:
        """Where what is declared differs from what was, or from what was read."""
        return differences(self.model, old.inputs, news)

    def _shares(self, id: str) -> None:
        """Note whose the id is, and warn where two resources of the program have it."""
        other = self.ledger.records(self.call.urn, id)
        if other is not None and self.ledger.says_first(id, "shared"):
            self.call.warn(shared(id, other))

    def _meets(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        """Whether the new entity cannot be made beside the old one because it has, or may have, its id."""
        return all(
            new.get(part) is UNKNOWN or str(new.get(part)).casefold() == str(old.get(part)).casefold()
            for part in self.id_parts
        )

    def replaces(self, item: Difference, old: State) -> bool:
        """Whether a change needs a new entity."""
        return self.model.requires_replace(str(item.path[0]))

    def further(self, old: State, new: Mapping[str, Any], found: Sequence[Difference]) -> list[Difference]:
        """Changes that the inputs do not show: a SAS that will not do any longer, where one can be changed in place.
        Nothing is made again for one."""
        named = {item.path for item in found}
        return [item for item in self.renewable(old.outputs, new, old) if item.path not in named]

    def renewable(self, there: Mapping[str, Any], new: Mapping[str, Any], old: State) -> list[Difference]:
        """Each SAS that the program has a newer one for, and that can be replaced by it in place."""
        found = renewable(self.model, there, new, self.session.configuration.sas_renewal)
        fixed = self._fixed_names()
        return [item for item in found if item.path[0] not in fixed and not self.replaces(item, old)]

    def planned(self, old: State, new: Mapping[str, Any], plan: Plan, ignored: Sequence[str]) -> None:
        """Say what a plan does not show.

        Raises:
            Refused: it cannot be carried out.
        """
        return

    def claim(self, id: str) -> None:
        """Become the owner of an id, before it is created.

        Raises:
            Refused: another resource has it, or a Delete that follows would take away what is created now.
        """
        if not id:
            return
        claim = self._claimed(id)
        if self.call.preview and claim.outcome == "left":
            self.call.warn(hand_over(id, claim.urn))
            return
        refusal = in_the_way(id, claim)
        if refusal is not None:
            raise refusal

    def _claimed(self, id: str) -> Claim:
        """The claim once no deletion of the resource's own earlier entity is under way, or about to begin."""

        def look(*waited_for: str) -> Claim | None:
            claim = self.ledger.claim(self.call.urn, id, preview=self.call.preview)
            return None if claim.outcome in waited_for else claim

        def wait(limit: float, *waited_for: str) -> Claim:
            return poll(
                self.call,
                lambda: look(*waited_for),
                status=lambda: f"waiting for the earlier {id} to be deleted",
                over=lambda error, seconds: refusals.REPLACED_NOT_DELETED(id=id),
                limit=limit,
            )

        claim = wait(_BEGINS_WITHIN, "awaited")
        return wait(LIMIT, "awaited", "going") if claim.outcome == "going" else claim

    def refuse_mixed(self, old: Mapping[str, Any], news: Mapping[str, Any], ignored: Sequence[str]) -> None:
        """Stop an Update in which `ignoreChanges`, which goes by position, may have given an item of a list what
        belongs to another one. Only there: a Diff that failed would stop `refresh` as well, and a replacement is made
        from what the program declares.

        Args:
            old: what the engine took the ignored values from.
        """
        lists = mixed(self.model, old, news, ignored)
        if lists:
            # In a list that is inside another one's item, it is that item's position that cannot be relied on.
            whole = dict.fromkeys(spell(tuple(takewhile(lambda step: isinstance(step, str), path))) for path in lists)
            properties = ", ".join(f"`{name}`" for name in whole)
            raise refusals.IGNORED_ITEMS_MOVED(properties=properties, names=", ".join(whole))

    def state(self, id: str, inputs: Mapping[str, Any], private: Mapping[str, Any]) -> State:
        """The state for inputs: outputs are the inputs, and what we remember."""
        kept = {name: value for name, value in inputs.items() if value is not None}
        return State(id, kept, kept, dict(private))

    def listed(self, found: Iterable[Difference]) -> str:
        """Differences as one text, without a value that must not be named."""
        return listed(self.model, found, self.call.hides)

    def different(self, declared: Mapping[str, Any], server: Mapping[str, Any]) -> list[Difference]:
        """Where the server's entity is not what is declared; what a preview does not know yet may be the same."""
        found = differences(self.model, project(self.model, declared, server), declared)
        return known_differences(self.model, found)

    def seen(self, declared: Mapping[str, Any], server: Mapping[str, Any]) -> dict[str, Any]:
        """The server's entity as the program would write it, with what it cannot be made to have as declared."""
        kept = {name: declared.get(name) for name in self._fixed_names()}
        return {**project(self.model, declared, server), **kept}

    def fixed(self, there: Mapping[str, Any], declared: Mapping[str, Any]) -> list[Difference]:
        """Where an entity that has `there` is not as declared, and cannot be made so."""
        old, new = ({name: side.get(name) or None for name in self._fixed_names()} for side in (there, declared))
        return [item for item in differences(self.model, old, new) if item.new is not UNKNOWN]

    def _fixed_names(self) -> list[str]:
        return [name for name, prop in self.model.properties().items() if prop.traits.fixed]

    def conflict_error(self, id: str, found: Sequence[Difference], way_out: str = "") -> Refused:
        """The refusal to create what is there with other content."""
        if self.ledger.is_succession(self.call.urn, id):
            return refusals.EXISTS_IN_STACK(id=id, differences=self.listed(found))
        importing = (
            f"`pulumi import {self.token} {self.call.name} {id}`" if self.call.imports else "declare it as it is"
        )
        return refusals.EXISTS_AND_DIFFERS(id=id, differences=self.listed(found), importing=importing, also=way_out)

    def uncompared(self, declared: Mapping[str, Any]) -> str:
        """A sentence on what cannot be read back, or nothing."""
        paths = list(not_compared(self.model, declared))
        return f" Not compared, because the service never returns it: {', '.join(paths)}." if paths else ""


def _rest(count: int, noun: str) -> Iterator[str]:
    """The line on those that are not told one by one."""
    rest = count - MOST_TOLD
    if rest > 0:
        yield f"1 more {noun} is not shown" if rest == 1 else f"{rest:,} more {noun}s are not shown"

"""What jobs and job schedules have in common: they can be ended without being deleted, and both hold tasks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle.naming import auto_name, resolve_name
from azure_batch_provider.lifecycle.patched import Patched
from azure_batch_provider.lifecycle.results import Plan, State
from azure_batch_provider.models.base import Violation
from azure_batch_provider.properties.plan import without_ignored
from azure_batch_provider.properties.secrets import has_unknown
from azure_batch_provider.resources import refusals
from azure_batch_provider.validation.check import Findings
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.paths import spell

ENDED: Final = ("completed", "terminating")
SHARED_IDS: Final = "is the id of {urn} as well, and jobs and job schedules share their ids: declare another one"


class Terminable(Patched):
    """Its name is automatic, its end is no difference, and `deletionPolicy` says what a deletion is.

    Attributes:
        over: the service's codes for what cannot be terminated because it ends already.
    """

    over: ClassVar[frozenset[str]]

    @abstractmethod
    def send_terminate(self, id: str) -> None:
        """Ask the service to end it."""

    def named(self, olds: Mapping[str, Any], news: Inputs) -> dict[str, Any]:
        (part,) = self.id_parts
        if news.values.get(part) is not None:
            return news.values
        automatic = auto_name(self.call.name, self.call.urn)
        return {**news.values, part: resolve_name(self.call.naming, olds.get(part), automatic, part)}

    def missing(self, old: State, error: ServiceError) -> State | None:
        return old if old.inputs.get("onMissing") == "ignore" else None

    def must_be_open(self, id: str, server: Mapping[str, Any], way_out: str = "") -> None:
        if server.get("state") in ENDED:
            raise refusals.HAS_ENDED(id=id, state=server["state"], noun=self.noun, part=self.id_parts[0], also=way_out)

    def inspected(self, inputs: Mapping[str, Any], *, sound: bool) -> Findings:
        """Also an id that a resource of the other kind has: jobs and job schedules share one id space."""
        found = super().inspected(inputs, sound=sound)
        (part,) = self.id_parts
        name = inputs.get(part)
        other = self.ledger.other_kind(self.call.urn, self.noun, name) if isinstance(name, str) else None
        if other is not None:
            found.violations.append(Violation((part,), SHARED_IDS.format(urn=other)))
        return found

    def planned(self, old: State, new: Mapping[str, Any], plan: Plan, ignored: Sequence[str]) -> None:
        """Refuses a replacement that would find the old one in its way, before its tasks are deleted for it, and says
        what one keeps that is not declared: no plan will name it."""
        fixed = [f"`{spell(change.path)}`" for change in plan.changes if change.replace]
        policy = old.recorded("deletionPolicy") or "delete"
        if fixed and plan.delete_first and policy != "delete" and not has_unknown(new):
            raise refusals.NOT_DELETED_FIRST(
                id=self.identity(old.inputs),
                policy=policy,
                properties=", ".join(fixed),
                noun=self.noun,
                part=self.id_parts[0],
            )
        # A replacement has what is declared. An update says itself what does not come of it.
        told_later = fixed or any(self.traits(change).fixed for change in plan.changes)
        if told_later or "displayName" not in old.private:
            return
        id = self.identity(new)
        for item in without_ignored(self.fixed(old.private, new), ignored):
            if self.ledger.says_first(id, spell(item.path)):
                self.call.info(f"`{spell(item.path)}` of {id} is not what is declared; an update does not change it.")

    def remove(self, old: State) -> None:
        """Delete it with its tasks, end it, or leave it, as `deletionPolicy` says."""
        policy = old.recorded("deletionPolicy") or "delete"
        if policy == "delete":
            super().remove(old)
        if policy != "terminate":
            return
        try:
            self.send_terminate(old.id)
        except ServiceError as error:
            if not error.is_not_found and error.code not in self.over | self.being_deleted:
                raise

"""What pools, jobs and job schedules have in common: what stands by itself, and other things are in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azure_batch_provider.lifecycle.naming import auto_name, resolve_name
from azure_batch_provider.lifecycle.patched import Patched
from azure_batch_provider.lifecycle.results import Plan, State
from azure_batch_provider.models.walk import spelled
from azure_batch_provider.properties.plan import without_ignored
from azure_batch_provider.properties.secrets import has_unknown
from azure_batch_provider.resources import refusals
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.paths import spell


class Standing(Patched):
    """Its name is automatic, and `deletionPolicy` says what a deletion is."""

    def deletion_policy(self, old: State) -> str:
        """What was declared last, in the API's casing."""
        policy = self.model.properties()["deletionPolicy"]
        return str(spelled(policy.type, old.recorded("deletionPolicy") or policy.traits.default))

    def named(self, olds: Mapping[str, Any], news: Inputs) -> dict[str, Any]:
        (part,) = self.id_parts
        if news.values.get(part) is not None:
            return news.values
        automatic = auto_name(self.call.name, self.call.urn)
        return {**news.values, part: resolve_name(self.call.naming, olds.get(part), automatic, part)}

    def planned(self, old: State, new: Mapping[str, Any], plan: Plan, ignored: Sequence[str]) -> None:
        """Refuses a replacement that would find the old one in its way, before its tasks are deleted for it, and says
        what one keeps that is not declared: no plan will name it."""
        fixed = [f"`{spell(change.path)}`" for change in plan.changes if change.replace]
        policy = self.deletion_policy(old)
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

"""What jobs and job schedules have in common: they can be ended without being deleted, and both hold tasks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.models.base import Violation
from azure_batch_provider.models.common import OnMissing
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.standing import Standing
from azure_batch_provider.validation.check import Findings

ENDED: Final = ("completed", "terminating")
SHARED_IDS: Final = "is the id of {urn} as well, and jobs and job schedules share their ids: declare another one"


class Terminable(Standing):
    """Its end is no difference, and `deletionPolicy` can be to end it.

    Attributes:
        over: the service's codes for what cannot be terminated because it ends already.
    """

    over: ClassVar[frozenset[str]]

    @abstractmethod
    def send_terminate(self, id: str) -> None:
        """Ask the service to end it."""

    def missing(self, old: State, error: ServiceError) -> State | None:
        return old if OnMissing.IGNORE.matches(old.inputs.get("onMissing")) else None

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

    def remove(self, old: State) -> None:
        """Delete it with its tasks, end it, or leave it, as `deletionPolicy` says."""
        policy = self.deletion_policy(old)
        if policy == "delete":
            super().remove(old)
        if policy != "terminate":
            return
        try:
            self.send_terminate(old.id)
        except ServiceError as error:
            if not error.is_not_found and error.code not in self.over | self.being_deleted:
                raise

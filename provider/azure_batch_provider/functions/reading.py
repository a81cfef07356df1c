"""One call of a function: what it reads, and from where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure_batch_provider.batch.answers import object_of
from azure_batch_provider.functions.result import select, shown
from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.scalars import Bool, Int32, Text

if TYPE_CHECKING:
    from azure_batch_provider.batch.client import BatchClient
    from azure_batch_provider.batch.operations import Operation
    from azure_batch_provider.http.deadline import Deadline

Result = dict[str, Any]
Call = Callable[["Reading", Mapping[str, Any]], Result]
"""Takes arguments that have been checked, and answers what its result's model describes."""


class Bounded(Model):
    """Arguments of every list."""

    maxResults: Int32 | None = prop("How many are listed at most (default: all).", ge=1)


class Filtered(Bounded):
    """Arguments of the lists that the service filters."""

    filter: Text | None = prop(
        "Condition in OData, which the service applies, such as `state eq 'active'`: see "
        "https://learn.microsoft.com/azure/batch/batch-odata-filters.",
        min_length=1,
    )


class Listed(Model):
    """What every list answers."""

    hasMore: Bool = prop("Whether the list goes on beyond `maxResults`, or may do so.", required=True, in_body=False)


@dataclass(frozen=True)
class Reading:
    """What a function has to read by.

    Attributes:
        clean: takes secrets out of a text.
    """

    client: BatchClient
    deadline: Deadline
    clean: Callable[[str], str]

    def entity(self, model: type[Model], operation: Operation, *ids: str, **also: Any) -> Result:
        """What a model has of one entity; `also` is said beside it."""
        found = self.client.get(operation, *ids, select=select(model), deadline=self.deadline)
        return {**also, **self.shown(model, found)}

    def object(self, operation: Operation, *ids: str) -> Mapping[str, Any]:
        """An answer that is not an entity, as the service sent it."""
        return object_of(self.client.call(operation, *ids, deadline=self.deadline), operation.at(*ids))

    def listed(
        self,
        operation: Operation,
        *ids: str,
        asked: Mapping[str, Any],
        select: str | None = None,
        filter: str | None = None,
    ) -> tuple[list[dict[str, Any]], bool]:
        """The entries of a list, as many as `asked` allows, and whether it goes on."""
        most = asked.get("maxResults")
        listing = self.client.listing(operation, *ids, select=select, filter=filter or asked.get("filter"), most=most)
        found: list[dict[str, Any]] = []
        while listing.more and (most is None or len(found) < most):
            found += listing.take(self.deadline)
        return found[:most], listing.more or (most is not None and len(found) > most)

    def shown(self, model: type[Model], entity: Mapping[str, Any]) -> Result:
        """What a model has of what the service sent, without secrets."""
        found: Result = shown(model, entity, self.clean)
        return found

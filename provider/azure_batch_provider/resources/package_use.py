"""Which pools refer to an application package. Follows the REST page Pools - List Pools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from azure_batch_provider.batch.operations import LIST_POOLS
from azure_batch_provider.lifecycle.context import Call
from azure_batch_provider.models.scalars import SCALARS
from azure_batch_provider.resources.ids import pool_id

if TYPE_CHECKING:
    from azure_batch_provider.batch.client import BatchClient

_NAMED: Final = 5


def use_of(call: Call, client: BatchClient, application: str, version: str, *, is_default: bool) -> str:
    """Which pools have it put on their nodes, in words; "" where none has.

    Args:
        is_default: a reference without a version means this one.

    Raises:
        RequestError
    """
    found = [
        pool_id(pool["id"])
        for pool in client.list_all(LIST_POOLS, select="id,state,applicationPackageReferences", deadline=call.deadline)
        if pool.get("state") != "deleting"
        and any(
            _means(reference, application, version, is_default)
            for reference in pool.get("applicationPackageReferences") or ()
        )
    ]
    if not found:
        return ""
    rest = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    return f"{', '.join(found[:_NAMED])}{rest} {'refers' if len(found) == 1 else 'refer'} to it"


def _means(reference: Mapping[str, Any], application: str, version: str, is_default: bool) -> bool:
    form = SCALARS["application"].form
    if form(str(reference.get("applicationId"))) != form(application):
        return False
    named = reference.get("version")
    return is_default if named is None else str(named).casefold() == version.casefold()

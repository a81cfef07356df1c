"""The quota of pools: who fills it. Follows the REST pages Pools - Create Pool, List Pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from azure_batch_provider.batch.operations import CREATE_POOL, LIST_POOLS
from azure_batch_provider.http.errors import Cancelled, RequestError
from azure_batch_provider.lifecycle.context import Call
from azure_batch_provider.models.pool_body import TARGETS
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.ids import pool_id
from azure_batch_provider.resources.pool_size import CURRENT
from azure_batch_provider.resources.quota import Quota, with_room

if TYPE_CHECKING:
    from azure_batch_provider.batch.client import BatchClient
    from azure_batch_provider.http.answer import Reply

QUOTA: Final = Quota("PoolQuotaReached", "pools", refusals.POOL_QUOTA_REACHED, refusals.POOL_QUOTA_STAYED_REACHED)
_NAMED: Final = 10
_SELECT: Final = ",".join(("id", "state", "enableAutoScale", *TARGETS, *CURRENT))


def create_pool(call: Call, client: BatchClient, request: dict[str, Any]) -> Reply:
    """Create a pool, as `with_room` does it."""

    def create() -> Reply:
        return client.call(CREATE_POOL, body=request, deadline=call.deadline)

    return with_room(call, QUOTA, create, lambda: _fillers(call, client))


def _fillers(call: Call, client: BatchClient) -> str:
    try:
        return filled(list(client.list_all(LIST_POOLS, select=_SELECT, deadline=call.deadline)))
    except Cancelled:
        raise
    except RequestError:
        return "What fills it could not be read."


def filled(pools: Sequence[Mapping[str, Any]]) -> str:
    """The sentences on pools that fill the quota, those named that seem to be of no use."""
    count = "There is one pool" if len(pools) == 1 else f"There are {len(pools):,} pools"
    unused = [pool_id(pool["id"]) for pool in pools if _is_unused(pool)]
    if not unused:
        return f"{count}, and each has nodes or a formula."
    rest = f" and {len(unused) - _NAMED:,} more" if len(unused) > _NAMED else ""
    return (
        f"{count}. Without nodes and without a formula, and so perhaps not needed: {', '.join(unused[:_NAMED])}{rest}."
    )


def _is_unused(pool: Mapping[str, Any]) -> bool:
    return not pool.get("enableAutoScale") and not any(pool.get(name) for name in (*TARGETS, *CURRENT))

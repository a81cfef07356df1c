"""The pool that runs the tasks of a job, as far as it can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_batch_provider.batch.operations import GET_POOL
from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.resources.ids import pool_id


def pool_of(job: Mapping[str, Any]) -> str | None:
    """Its name. What the job says of its run comes first, since an auto pool has a name of its own."""
    for name in ("executionInfo", "poolInfo"):
        said = job.get(name)
        id = said.get("poolId") if isinstance(said, Mapping) else None
        if isinstance(id, str):
            return id
    return None


def known_pool(session: Session, call: Call, job: Mapping[str, Any]) -> dict[str, Any]:
    """The pool, read once in an operation; nothing of it when it cannot be read, or is made by this operation.

    Raises:
        RequestError: the service gave no answer.
    """
    id, ledger = pool_of(job), session.ledger
    if id is None or ledger.is_created(pool_id(id)):
        return {}
    known = ledger.job(pool_id(id))
    if known is None:
        try:
            known = session.client.get(GET_POOL, id, deadline=call.deadline)
        except ServiceError as error:
            call.debug(f"{pool_id(id)} could not be read: {error}")
            known = {}
        ledger.keep_job(pool_id(id), known)
    return known

"""What another pool means for a job that is there, and for its tasks, as far as that can be said before it moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from azure_batch_provider.batch.operations import GET_POOL
from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.models.job import DisableTasks
from azure_batch_provider.resources.ids import pool_id, split_job_id
from azure_batch_provider.values.unknown import UNKNOWN

POOL: Final = "poolInfo"
_OF_RUNNING: Final = {
    "requeue": "are put back into the queue, and run again in the new pool",
    "terminate": "are ended, and do not run again",
    "wait": "complete first, and the job waits for that",
}


def disable_tasks(inputs: Mapping[str, Any]) -> str:
    """What is to become of running tasks, in the API's casing."""
    declared = inputs.get("disableTasks")
    return DisableTasks.spelled(declared) if isinstance(declared, str) else "requeue"


def what_moves(session: Session, call: Call, id: str, inputs: Mapping[str, Any]) -> str:
    """A job that moves, in words, with how many of its tasks run and what becomes of them."""
    told = f"{id} {_where(inputs)}: it is disabled for that, and enabled again."
    try:
        counts = session.client.task_counts(split_job_id(id), deadline=call.deadline)
    except ServiceError as error:
        call.debug(f"the tasks of {id} cannot be counted: {error}")
        return told
    running, active = counts.get("running", 0), counts.get("active", 0)
    told = f"{told} By the service's count, {running:,} of its tasks run and {active:,} wait"
    option = disable_tasks(inputs)
    return f"{told}: those that run {_OF_RUNNING[option]} (`disableTasks: {option}`)." if running else f"{told}."


def warn_of_missing(session: Session, call: Call, inputs: Mapping[str, Any]) -> None:
    """Say that the pool is not there: the service takes the job into it all the same."""
    pool = _pool(inputs)
    if not isinstance(pool, str) or session.ledger.is_created(pool_id(pool)):
        return
    try:
        session.client.get(GET_POOL, pool, select="id", deadline=call.deadline)
    except ServiceError as error:
        if not error.is_not_found:
            raise
        call.warn(f"{pool_id(pool)} does not exist: no task of the job runs until it does.")


def _where(inputs: Mapping[str, Any]) -> str:
    pool = _pool(inputs)
    if isinstance(pool, str):
        return f"moves to {pool_id(pool)}"
    return "moves to another pool" if pool is UNKNOWN else "gets another `keepAlive` for its pool"


def _pool(inputs: Mapping[str, Any]) -> Any:
    info = inputs.get(POOL)
    return info.get("poolId") if isinstance(info, Mapping) else info

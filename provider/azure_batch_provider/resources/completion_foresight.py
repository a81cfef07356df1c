"""What would end a wait for tasks at once, said before they are added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azure_batch_provider.batch.operations import GET_POOL, LIST_TASKS
from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.resources.completion_obstacles import Dependencies, of_pool, of_task, pool_of
from azure_batch_provider.resources.completion_progress import sentences
from azure_batch_provider.resources.completion_watch import FAILURES, REASONS
from azure_batch_provider.resources.ids import job_id, pool_id
from azure_batch_provider.resources.task_job import job_of

Tasks = Mapping[str, Mapping[str, Any]]


def foresee(session: Session, call: Call, job_name: str, tasks: Tasks) -> None:
    """Warn in a preview of what would keep tasks from ever completing, as far as their job and its pool are there.

    Args:
        tasks: what is declared, by task id.

    Raises:
        RequestError
    """
    if session.ledger.is_created(job_id(job_name)):
        return
    try:
        job = job_of(session, call, job_name)
    except ServiceError as error:
        if not error.is_not_found:
            raise
        return
    pool = _pool(session, call, job)
    empty = of_pool(pool) if pool else None
    if empty is not None and session.ledger.says_first(pool_id(pool.get("id")), "runs nothing"):
        call.warn(f"{empty}: as long as that is so, waiting for a task of {job_id(job_name)} fails at once.")
    dependencies = _dependencies(session, call, job_name, job, tasks)
    found: dict[str, str] = {}
    for id, task in tasks.items():
        why = (of_task(task, pool) if pool else None) or dependencies.of({**task, "id": id})
        if why is not None:
            found[id] = why
    for text in sentences(job_name, found):
        call.warn(text)


def _pool(session: Session, call: Call, job: Mapping[str, Any]) -> dict[str, Any]:
    """The job's pool, read once in an operation; nothing of it when it cannot be read, or is made by this operation."""
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


def _dependencies(session: Session, call: Call, job_name: str, job: Mapping[str, Any], tasks: Tasks) -> Dependencies:
    declared = [{**task, "id": id} for id, task in tasks.items() if task.get("dependsOn")]
    if not declared or job.get("usesTaskDependencies") is not True:
        return Dependencies((), ())
    # What is to be added has not failed yet, whatever has its id now.
    added = {id.casefold() for id in tasks}

    def failed() -> Iterator[dict[str, Any]]:
        found = session.client.list_all(LIST_TASKS, job_name, filter=FAILURES, select=REASONS, deadline=call.deadline)
        return (task for task in found if task["id"].casefold() not in added)

    return Dependencies(failed(), declared)

"""The quota of active jobs and job schedules: who fills it, and waiting until there is room.

Follows the REST pages Jobs - Create, List, Get Job Task Counts. Completed jobs do not count; disabled ones do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from azure_batch_provider.batch.operations import CREATE_JOB, LIST_JOBS
from azure_batch_provider.http.errors import RequestError, ServiceError, TimedOut
from azure_batch_provider.lifecycle.context import Call
from azure_batch_provider.lifecycle.waiting import poll
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.ids import job_id

if TYPE_CHECKING:
    from azure_batch_provider.batch.client import BatchClient
    from azure_batch_provider.http.answer import Reply

QUOTA: Final = "ActiveJobAndScheduleQuotaReached"
LOOKED_INTO: Final = 10
"""How many of the oldest jobs are asked for their tasks: one request each."""


def create_job(call: Call, client: BatchClient, request: dict[str, Any]) -> Reply:
    """POST a job. When the account is full and the program has set a time limit for the creation (`customTimeouts`),
    try until there is room or that time is over.

    Raises:
        Refused: the account is full; the text names jobs that could go.
        RequestError
    """
    full: dict[str, Any] = {}

    def send() -> Reply | None:
        nonlocal full
        try:
            return client.call(CREATE_JOB, body=request, deadline=call.deadline)
        except ServiceError as error:
            if error.code != QUOTA:
                raise
            full = full or {"error": error, "jobs": _fillers(call, client)}
            if math.isinf(call.deadline.remaining()):
                raise refusals.JOB_QUOTA_REACHED(**full) from error
            return None

    def over(error: TimedOut, seconds: float) -> Exception:
        if not full or error.sent:
            return error
        return refusals.JOB_QUOTA_STAYED_REACHED(**full, seconds=seconds)

    status = "waiting for room in the account's quota of active jobs and job schedules"
    return poll(call, send, status=lambda: status, over=over)


def _fillers(call: Call, client: BatchClient) -> str:
    """How many jobs fill the quota, and which of them seem to have nothing left to do."""
    try:
        jobs = list(
            client.list_all(
                LIST_JOBS,
                select="id,state,creationTime",
                filter="state ne 'completed'",
                deadline=call.deadline,
            )
        )
        oldest = sorted(jobs, key=lambda job: str(job.get("creationTime")))[:LOOKED_INTO]
        idle = [f"{job_id(job['id'])} ({job.get('state')})" for job in oldest if _is_idle(call, client, job)]
    except RequestError:
        return "Which jobs fill it could not be read."
    return filled(len(jobs), len(oldest), idle)


def filled(count: int, looked_into: int, idle: Sequence[str]) -> str:
    """The sentences on `count` jobs that fill the quota, of which the oldest `looked_into` were asked for their tasks
    and those in `idle` have none to run."""
    if count == 0:
        return "Every job is completed: it is job schedules that fill it."
    if count == 1:
        has = f"has no task to run and could be terminated: {idle[0]}" if idle else "has tasks to run"
        return f"One job is not completed, and counts together with the job schedules. It {has}."
    which = f"the oldest {looked_into} of them" if looked_into < count else "them"
    if not idle:
        found = f"All of {which} have tasks to run."
    elif len(idle) == 1:
        found = f"Of {which}, one has no task to run and could be terminated: {idle[0]}."
    else:
        found = f"Of {which}, these have no task to run and could be terminated: {', '.join(idle)}."
    return f"{count} jobs are not completed, and count together with the job schedules. {found}"


def _is_idle(call: Call, client: BatchClient, job: dict[str, Any]) -> bool:
    counts = client.task_counts(str(job["id"]), deadline=call.deadline)
    return not int(counts.get("active", 0)) + int(counts.get("running", 0))

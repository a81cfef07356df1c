"""The quota of active jobs and job schedules: who fills it.

Follows the REST pages Jobs - Create, List, Get Job Task Counts, Job Schedules - Create, List. What is completed does
not count; what is disabled does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from azure_batch_provider.batch.operations import LIST_JOB_SCHEDULES, LIST_JOBS, Operation
from azure_batch_provider.http.errors import RequestError
from azure_batch_provider.lifecycle.context import Call
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.ids import job_id, job_schedule_id
from azure_batch_provider.resources.quota import Quota, with_room

if TYPE_CHECKING:
    from azure_batch_provider.batch.client import BatchClient
    from azure_batch_provider.http.answer import Reply

QUOTA: Final = Quota(
    "ActiveJobAndScheduleQuotaReached",
    "active jobs and job schedules",
    refusals.JOB_QUOTA_REACHED,
    refusals.JOB_QUOTA_STAYED_REACHED,
)
LOOKED_INTO: Final = 10
"""How many of the oldest jobs are asked for their tasks: one request each."""


def create_job(call: Call, client: BatchClient, operation: Operation, request: dict[str, Any]) -> Reply:
    """Create a job or job schedule, as `with_room` does it."""

    def create() -> Reply:
        return client.call(operation, body=request, deadline=call.deadline)

    return with_room(call, QUOTA, create, lambda: _fillers(call, client))


def _fillers(call: Call, client: BatchClient) -> str:
    """What fills the quota, and which of the jobs seem to have nothing left to do."""
    try:
        schedules = list(
            client.list_all(
                LIST_JOB_SCHEDULES, select="id,state", filter="state ne 'completed'", deadline=call.deadline
            )
        )
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
        return "What fills it could not be read."
    return f"{filled(len(jobs), len(oldest), idle)}{counted_too(schedules)}"


def filled(count: int, looked_into: int, idle: Sequence[str]) -> str:
    """The sentences on `count` jobs that fill the quota, of which the oldest `looked_into` were asked for their tasks
    and those in `idle` have none to run."""
    if count == 0:
        return "Every job is completed: it is job schedules that fill it."
    if count == 1:
        has = f"has no task to run and could be terminated: {idle[0]}" if idle else "has tasks to run"
        return f"One job is not completed. It {has}."
    which = f"the oldest {looked_into} of them" if looked_into < count else "them"
    if not idle:
        found = f"All of {which} have tasks to run."
    elif len(idle) == 1:
        found = f"Of {which}, one has no task to run and could be terminated: {idle[0]}."
    else:
        found = f"Of {which}, these have no task to run and could be terminated: {', '.join(idle)}."
    return f"{count} jobs are not completed. {found}"


def counted_too(schedules: Sequence[Mapping[str, Any]]) -> str:
    """The sentence on job schedules that are not completed, those first that make no jobs; "" for none."""
    if not schedules:
        return ""
    told = sorted(schedules, key=lambda schedule: schedule.get("state") != "disabled")[:LOOKED_INTO]
    names = ", ".join(f"{job_schedule_id(schedule['id'])} ({schedule.get('state')})" for schedule in told)
    if len(schedules) == 1:
        return f" One job schedule counts too: {names}."
    rest = " and others" if len(schedules) > len(told) else ""
    return f" {len(schedules)} job schedules count too: {names}{rest}."


def _is_idle(call: Call, client: BatchClient, job: dict[str, Any]) -> bool:
    counts = client.task_counts(str(job["id"]), deadline=call.deadline)
    return not int(counts.get("active", 0)) + int(counts.get("running", 0))

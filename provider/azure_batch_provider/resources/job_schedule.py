"""JobSchedule: makes jobs by the clock. What it makes is the service's; a change holds for what it makes from then on.

Follows the REST pages Job Schedules - Create, Get, Update (PATCH), Delete, Terminate, and Jobs - List From Schedule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from azure_batch_provider.batch.operations import (
    CREATE_JOB_SCHEDULE,
    DELETE_JOB_SCHEDULE,
    GET_JOB,
    GET_JOB_SCHEDULE,
    LIST_JOBS_OF_SCHEDULE,
    TERMINATE_JOB_SCHEDULE,
    UPDATE_JOB_SCHEDULE,
)
from azure_batch_provider.http.errors import Cancelled, RequestError, ServiceError
from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.models.job_schedule import JobSchedule
from azure_batch_provider.properties.compare import Difference
from azure_batch_provider.resources import refusals
from azure_batch_provider.resources.ids import job_id, job_schedule_id, split_job_schedule_id
from azure_batch_provider.resources.job_quota import create_job
from azure_batch_provider.resources.terminable import Terminable

if TYPE_CHECKING:
    from azure_batch_provider.http.answer import Reply

_SPECIFICATION: Final = "jobSpecification"
_NAMED: Final = 5
"""How many jobs a text names."""
_SECONDS: Final = 10.0
"""How long the jobs that go are looked for: to name them is no more than a help."""


class JobScheduleLifecycle(Terminable):
    """A completed schedule is no drift, and cannot be changed: a change of it is a replacement."""

    model = JobSchedule
    token = "azure-batch:index:JobSchedule"
    noun = "job schedule"
    id_parts: ClassVar[tuple[str, ...]] = ("jobScheduleId",)
    # A completed one answers with its state, and is there all the same.
    exists = frozenset({"JobScheduleExists", "JobScheduleCompleted"})
    being_deleted = frozenset({"JobScheduleBeingDeleted"})
    over = frozenset({"JobScheduleCompleted", "JobScheduleBeingTerminated"})

    def identity(self, inputs: Mapping[str, Any]) -> str:
        return job_schedule_id(inputs.get("jobScheduleId"))

    def id_inputs(self, id: str) -> dict[str, str]:
        return {"jobScheduleId": split_job_schedule_id(id)}

    # requests

    def get(self, id: str, select: str | None = None) -> dict[str, Any]:
        return self.client.get(GET_JOB_SCHEDULE, split_job_schedule_id(id), select=select, deadline=self.call.deadline)

    def post(self, inputs: Mapping[str, Any]) -> tuple[Reply, dict[str, Any]]:
        request = self.request(inputs)
        return create_job(self.call, self.client, CREATE_JOB_SCHEDULE, request), request

    def patch(self, id: str, request: Mapping[str, Any], etag: str) -> None:
        schedule = split_job_schedule_id(id)
        self.client.call(UPDATE_JOB_SCHEDULE, schedule, body=request, if_match=etag, deadline=self.call.deadline)

    def send_delete(self, id: str) -> None:
        made = self._made(id)
        if made:
            self.call.info(f"deleting {id} deletes {made}")
        self.client.call(DELETE_JOB_SCHEDULE, split_job_schedule_id(id), deadline=self.call.deadline)

    def send_terminate(self, id: str) -> None:
        self.client.call(TERMINATE_JOB_SCHEDULE, split_job_schedule_id(id), deadline=self.call.deadline)

    def remembered(self, server: Mapping[str, Any]) -> dict[str, Any]:
        told = {"created": server.get("creationTime"), "state": server.get("state")}
        return {**told, "displayName": server.get("displayName") or ""}

    def noted(self, id: str, server: dict[str, Any]) -> None:
        if server.get("state") == "disabled":
            self.call.info(f"{id} is disabled: it makes no jobs until it is enabled again.")

    # plans

    def replaces(self, item: Difference, old: State) -> bool:
        """Also what only an open schedule can have changed; one that ends is refused when it is to be written."""
        ended = old.private.get("state") == "completed" and bool(self.sent([item]))
        return ended or super().replaces(item, old)

    # what is said

    def must_be_free(self, id: str) -> None:
        name = split_job_schedule_id(id)
        try:
            self.client.get(GET_JOB, name, select="id", deadline=self.call.deadline)
        except ServiceError as error:
            if not error.is_not_found:
                raise
            return
        raise refusals.SCHEDULE_HAS_ID_OF_JOB(id=id, job=job_id(name))

    def announce_change(self, id: str, inputs: Mapping[str, Any], found: Sequence[Difference]) -> None:
        if any(item.path[0] == _SPECIFICATION for item in found):
            self.call.info(
                f"`{_SPECIFICATION}` of {id} holds for the jobs that are made from now on: those that are there keep "
                "what they were made with."
            )

    def tell_what_goes(self, id: str) -> None:
        made = self._made(id)
        if made:
            self.call.warn(f"replacing {id} deletes {made}")

    def _made(self, id: str) -> str:
        """The jobs that the schedule has made, in words; "" when there are none, or when they cannot be had soon."""
        try:
            jobs = list(
                self.client.list_all(
                    LIST_JOBS_OF_SCHEDULE,
                    split_job_schedule_id(id),
                    select="id,state",
                    deadline=self.call.deadline.at_most(_SECONDS),
                )
            )
        except Cancelled:
            raise
        except RequestError as error:
            self.call.debug(f"the jobs of {id} cannot be listed: {error}")
            return ""
        return made(jobs)


def made(jobs: Sequence[Mapping[str, Any]]) -> str:
    """The jobs of a schedule in words, those that have not ended first; "" for none."""
    running = [job for job in jobs if job.get("state") != "completed"]
    told = [*running, *(job for job in jobs if job.get("state") == "completed")][:_NAMED]
    if not told:
        return ""
    names = ", ".join(f"{job_id(job['id'])} ({job.get('state')})" for job in told)
    rest = f" and {len(jobs) - len(told):,} more" if len(jobs) > len(told) else ""
    count = "the job that it has made" if len(jobs) == 1 else f"the {len(jobs):,} jobs that it has made"
    return f"{count}, with all tasks in them: {names}{rest}; {len(running):,} of them not completed."

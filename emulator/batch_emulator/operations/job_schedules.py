"""Job schedule operations."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from batch_emulator.bodies.job_schedule import JobScheduleAdd, JobSchedulePatch, JobScheduleUpdate
from batch_emulator.operations.entity import FILTERS, PREVIOUS, STATUS, EntityKind
from batch_emulator.operations.jobs import JOBS, check_quota, completed_last
from batch_emulator.operations.statistics import of_jobs
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.filters import Filterable
from batch_emulator.protocol.wire import Answer, Call, created, done
from batch_emulator.simulation import schedule_states
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.clock import LATEST, format_time
from batch_emulator.state.entities import Job, JobSchedule


def _rest(schedule: JobSchedule, body: dict[str, Any], context: Context) -> dict[str, Any]:
    execution: dict[str, Any] = {}
    if schedule.next_run is not None and schedule.next_run <= LATEST:
        execution["nextRunTime"] = format_time(schedule.next_run)
    if schedule.jobs_made:
        job_id = schedule.job_id(schedule.jobs_made)
        execution["recentJob"] = {"url": f"{context.base}/{JOBS.path}/{job_id}", "id": job_id}
    if schedule.ended is not None:
        execution["endTime"] = format_time(schedule.ended)
    metadata = {"metadata": body.pop("metadata")} if "metadata" in body else {}
    return {**body, "executionInfo": execution, **metadata}


SCHEDULES = EntityKind(
    "JobSchedule",
    "jobschedules",
    JobSchedule,
    JobScheduleAdd,
    shown=STATUS | PREVIOUS,
    filters={
        **FILTERS,
        "executionInfo/endTime": Filterable("time", attrgetter("ended")),
        "schedule/doNotRunUntil": Filterable(
            "time", lambda schedule: schedule_states.time_of(schedule, "doNotRunUntil")
        ),
        "schedule/doNotRunAfter": Filterable(
            "time", lambda schedule: schedule_states.time_of(schedule, "doNotRunAfter")
        ),
    },
    closed=("deleting", "terminating", "completed"),
    recreate_switch="schedule-recreate-code",
    rest=_rest,
    added=("executionInfo",),
    stats=lambda account, schedule: of_jobs(account, schedule_states.jobs_of(account, schedule), schedule.created),
)


def add(account: SimulatedAccount, call: Call) -> Answer:
    body = JobScheduleAdd.accept(call.body, "", call.context)
    schedule_id = body.pop("id")
    existing = account.store.of(JobSchedule).find(schedule_id)
    if existing is not None:
        SCHEDULES.refuse_in(existing, "completed")
    SCHEDULES.refuse_existing(account, schedule_id)
    if account.find(Job, schedule_id) is not None:
        raise ServiceError("JobWithSameIdExists")
    check_quota(account)
    schedule = JobSchedule.new(schedule_id, body, account.clock.stamp())
    schedule_states.plan(account, schedule)
    return created(schedule, SCHEDULES.url(account, call.base, schedule))


def _write(account: SimulatedAccount, schedule: JobSchedule, body: dict[str, Any]) -> None:
    """Only jobs that are made from now on differ."""
    recurrence, schedule.body = schedule.body.get("schedule"), body
    schedule.modified = account.clock.stamp()
    if body.get("schedule") != recurrence:
        schedule_states.plan(account, schedule)
    else:
        account.store.save(schedule)


def patch(account: SimulatedAccount, call: Call) -> Answer:
    changes = JobSchedulePatch.accept(call.body, "", call.context)
    schedule = SCHEDULES.changeable(account, call)
    _write(account, schedule, {**schedule.body, **changes})
    return done(200, schedule, call.url)


def update(account: SimulatedAccount, call: Call) -> Answer:
    """Whatever the body leaves out is taken from the schedule, its recurrence as well."""
    sent = JobScheduleUpdate.accept(call.body, "", call.context)
    schedule = SCHEDULES.changeable(account, call)
    kept = {name: value for name, value in schedule.body.items() if name not in JobScheduleUpdate.by_name}
    _write(account, schedule, {**kept, **sent})
    return done(200, schedule, call.url)


def delete(account: SimulatedAccount, call: Call) -> Answer:
    """Moves the state and not the ETag."""
    schedule = SCHEDULES.found(account, call)
    SCHEDULES.refuse_in(schedule, "deleting")
    account.happened(schedule, "deleting", None)
    return Answer(202)


def disable(account: SimulatedAccount, call: Call) -> Answer:
    schedule = SCHEDULES.changeable(account, call)
    if schedule.state == "disabled":
        raise ServiceError("JobScheduleDisabled")
    schedule.modified = account.clock.stamp()
    account.happened(schedule, "disabled", None)
    return done(204, schedule, call.url)


def enable(account: SimulatedAccount, call: Call) -> Answer:
    schedule = SCHEDULES.changeable(account, call)
    schedule.modified = account.clock.stamp()
    if schedule.state == "active":
        account.store.save(schedule)
    else:
        account.happened(schedule, "active", None)
    return done(204, schedule, call.url)


def terminate(account: SimulatedAccount, call: Call) -> Answer:
    schedule = SCHEDULES.changeable(account, call)
    schedule.modified = account.clock.stamp()
    account.happened(schedule, "terminating", None)
    return done(202, schedule, call.url)


def jobs(account: SimulatedAccount, call: Call) -> Answer:
    schedule = SCHEDULES.present(account, call)
    for job in schedule_states.jobs_of(account, schedule):
        account.find(Job, job.id)
    return JOBS.answer_list(account, call, "", *completed_last(account.store.of(Job), f"{schedule.key}:job-"))

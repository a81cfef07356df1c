"""Job schedules, and the jobs that they have made."""

from __future__ import annotations

from batch_emulator.operations.job_schedules import SCHEDULES
from batch_emulator.pages.slices import cut
from batch_emulator.pages.view import Shown, View
from batch_emulator.state.entities import Job, JobSchedule


def show_all(view: View) -> Shown:
    schedules = view.account.store.of(JobSchedule)
    return Shown("schedules", "schedules", {"schedules": cut(schedules.keys, schedules.__getitem__, view.query)})


def show(view: View, schedule_id: str) -> Shown:
    schedule = view.found(JobSchedule, schedule_id)
    jobs = view.account.store.of(Job)
    values = {
        "schedule": schedule,
        "body": view.body(SCHEDULES, schedule),
        "jobs": cut(jobs.keys, jobs.__getitem__, view.query, f"{schedule.key}:"),
    }
    return Shown("schedule", "schedules", values)

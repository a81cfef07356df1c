"""How a job schedule moves between its states, and when it makes a job.

A job is due at the start and after each interval. It is made if the one before is over; otherwise it waits for that, as
long as `startWindow` lets it and until the next is due. So at most one is active.
"""

from __future__ import annotations

from typing import Any

from batch_emulator.protocol.durations import MINUTE, parse_duration
from batch_emulator.simulation import job_states
from batch_emulator.simulation.transitions import GONE, Transition, begin
from batch_emulator.state.account import Account
from batch_emulator.state.clock import parse_time
from batch_emulator.state.entities import Job, JobSchedule, Pending, Pool

JOBS_END = ("terminating", "completed", "deleting")
LONGEST_TRANSITION = MINUTE // 2
"""A job that goes from one state to the next by itself is there after that time, polled or not."""
MOST_RUNS = 10_000
"""A leap of the clock over more times at which a job is due makes up for the latest of them only."""


def jobs_of(account: Account, schedule: JobSchedule) -> list[Job]:
    jobs = account.store.of(Job)
    return [jobs[key] for key in jobs.keys_with(f"{schedule.key}:job-")]


def time_of(schedule: JobSchedule, name: str) -> int | None:
    text = schedule.body.get("schedule", {}).get(name)
    return None if text is None else parse_time(text)


def _length(schedule: JobSchedule, name: str) -> int | None:
    text = schedule.body.get("schedule", {}).get(name)
    return None if text is None else parse_duration(text)


def plan(account: Account, schedule: JobSchedule) -> None:
    """Its recurrence is new. The next job is due one interval after the latest, the first when it may begin."""
    begins, interval = time_of(schedule, "doNotRunUntil") or 0, _length(schedule, "recurrenceInterval")
    if schedule.latest_run is None:
        schedule.next_run = max(schedule.created, begins)
    else:
        schedule.next_run = None if interval is None else max(schedule.latest_run + interval, begins)
    look(account, schedule)


def look(account: Account, schedule: JobSchedule, _: None = None) -> None:
    """Sees to what is due while it is active: a job, the end of its time, what follows a job that is over."""
    if schedule.state != "active" or account.switches.text("schedules") == "off":
        schedule.look_at = None
        account.store.save(schedule)
        return
    now = max(account.clock.now(), schedule.modified)
    _pass_times(account, schedule, now)
    last = time_of(schedule, "doNotRunAfter")
    if last is not None and now > last:
        schedule.waiting = schedule.next_run = None
    over = _latest_is_over(account, schedule, now)
    if over and schedule.waiting is not None:
        _make_job(account, schedule)
    elif over and schedule.next_run is None:
        _end(account, schedule)
    ends = last + 1 if last is not None and now <= last else None
    times = (schedule.next_run, ends, _job_ends(account, schedule))
    schedule.look_at = min((time for time in times if time is not None), default=None)
    account.store.save(schedule)


def _pass_times(account: Account, schedule: JobSchedule, now: int) -> None:
    """Of several times at which a job was due only the latest counts."""
    due, interval = schedule.next_run, _length(schedule, "recurrenceInterval")
    if due is not None and due <= now:
        if interval is not None:
            due += (now - due) // interval * interval
            skipped = (account.clock.reached() - due) // interval - MOST_RUNS
            if skipped > 0:
                schedule.next_run = due + skipped * interval
                return
        schedule.waiting = schedule.latest_run = due
        last = time_of(schedule, "doNotRunAfter")
        later = due + interval if interval is not None else None
        schedule.next_run = later if later is not None and (last is None or later <= last) else None
    window = _length(schedule, "startWindow")
    if schedule.waiting is not None and window is not None and now > schedule.waiting + window:
        schedule.waiting = None


def _latest(account: Account, schedule: JobSchedule) -> Job | None:
    return account.store.of(Job).find(schedule.job_id(schedule.jobs_made))


def _job_ends(account: Account, schedule: JobSchedule) -> int | None:
    """When a transition of the latest job that waits for polls is over without them."""
    job = _latest(account, schedule)
    pending = job.pending if job is not None else None
    waits = pending is not None and pending.due is None and pending.to in ("completed", GONE)
    if not waits or schedule.job_moved is None or account.switches.text("states") == "by-hand":
        return None
    return schedule.job_moved + LONGEST_TRANSITION


def _latest_is_over(account: Account, schedule: JobSchedule, now: int) -> bool:
    """Whether the latest job is completed or gone."""
    job, ends = _latest(account, schedule), _job_ends(account, schedule)
    if job is not None and ends is not None and ends <= now:
        with account.clock.at(ends):
            job_states.end_wait(account, job)
        job = _latest(account, schedule)
    return job is None or job.state == "completed"


def _make_job(account: Account, schedule: JobSchedule) -> None:
    schedule.waiting = None
    schedule.jobs_made += 1
    account.store.save(schedule)
    job_states.add(account, schedule.job_id(schedule.jobs_made), schedule.body["jobSpecification"])


def _disable(account: Account, schedule: JobSchedule, _: None) -> None:
    """Its job goes on; no other is made."""
    schedule.enter("disabled", account.clock.now())
    account.store.save(schedule)


def _enable(account: Account, schedule: JobSchedule, _: None) -> None:
    """A job that was due meanwhile is made now, if `startWindow` still lets it."""
    schedule.enter("active", account.clock.now())
    look(account, schedule)


def _terminate(account: Account, schedule: JobSchedule, _: None) -> None:
    """Its job ends with it."""
    schedule.enter("terminating", account.clock.now())
    schedule.waiting = schedule.next_run = None
    for job in jobs_of(account, schedule):
        if job.state not in JOBS_END:
            job_states.terminate(account, job, "TerminateJobSchedule")
    begin(account, schedule, COMPLETED)
    account.store.save(schedule)


def _delete(account: Account, schedule: JobSchedule, _: None) -> None:
    """Its jobs go with it, and their tasks with them."""
    schedule.enter("deleting", account.clock.now())
    for job in jobs_of(account, schedule):
        if job.state != "deleting":
            job_states.delete(account, job)
    begin(account, schedule, DELETED)
    account.store.save(schedule)


def _end(account: Account, schedule: JobSchedule) -> None:
    """Nothing is left to do."""
    when = account.clock.now()
    schedule.enter("completed", when)
    schedule.ended, schedule.waiting, schedule.next_run = when, None, None
    _end_pool(account, schedule)
    account.store.save(schedule)


def _complete(account: Account, schedule: JobSchedule, pending: Pending) -> None:
    for job in jobs_of(account, schedule):
        if job.state == "terminating":
            job_states.end_wait(account, job)
    _end(account, schedule)


def _drop(account: Account, schedule: JobSchedule, pending: Pending) -> None:
    for job in jobs_of(account, schedule):
        job_states.end_wait(account, job)
    _end_pool(account, schedule)
    account.store.drop(schedule)


def _end_pool(account: Account, schedule: JobSchedule) -> None:
    pool = account.store.of(Pool).find(schedule.pool_id or "")
    if pool is not None and pool.made_for == schedule.key:
        account.store.drop(pool)


def _look_at(schedule: JobSchedule) -> int | None:
    return schedule.look_at


COMPLETED = Transition[JobSchedule](("terminating",), "completed", "wait", _complete)
DELETED = Transition[JobSchedule](("deleting",), GONE, "wait", _drop, delay="job-delete-delay")
TRANSITIONS: tuple[Transition[Any], ...] = (
    Transition[JobSchedule](("active",), "completed", "clock", look, at=_look_at),
    Transition[JobSchedule](("active",), "disabled", "event", _disable),
    Transition[JobSchedule](("disabled",), "active", "event", _enable),
    Transition[JobSchedule](("active", "disabled"), "terminating", "event", _terminate),
    Transition[JobSchedule](("active", "disabled", "terminating", "completed"), "deleting", "event", _delete),
    COMPLETED,
    DELETED,
)
"""The clock makes an active one's jobs as well; it is completed when there is nothing left to do."""

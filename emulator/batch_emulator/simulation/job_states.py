"""How a job moves between its states."""

from __future__ import annotations

import uuid
from typing import Any

from batch_emulator.protocol.durations import NO_LIMIT, parse_duration
from batch_emulator.simulation import lag, pool_states, special_tasks, task_runs
from batch_emulator.simulation.transitions import GONE, Transition, begin
from batch_emulator.state.account import Account
from batch_emulator.state.clock import format_time
from batch_emulator.state.entities import Job, JobNode, JobSchedule, Pending, Pool, Task
from batch_emulator.state.ids import folded

RUNNING = ("preparing", "running")
FAILURE_ACTIONS = "performexitoptionsjobaction"
_STOPS = {"requeue": task_runs.requeue, "terminate": task_runs.terminate}
MANAGER_ONLY = ("killJobOnCompletion", "runExclusive", "allowLowPriorityNode")
"""What the job manager task has and a task has not."""


def add(account: Account, job_id: str, body: dict[str, Any]) -> Job:
    """A job that begins now, with its pool if it brings one, and its manager, which is one of its tasks."""
    when = account.clock.stamp()
    job = Job.new(job_id, body, when, execution={"startTime": format_time(when)})
    make_auto_pool(account, job)
    account.store.save(job)
    manager = body.get("jobManagerTask")
    if manager is not None:
        kept = {name: value for name, value in manager.items() if name not in (*MANAGER_ONLY, "id")}
        account.store.save(Task.new(manager["id"], kept, account.clock.stamp(), parent=job.key))
    check_all_complete(account, job)
    return job


def terminate(account: Account, job: Job, reason: str) -> None:
    """Running tasks end; active ones stay as they are and never run. The reason shows from now on."""
    job.enter("terminating", account.clock.now())
    job.execution = {**job.execution, "terminateReason": reason}
    for task in account.store.of(Task, job.key).grouped(*RUNNING):
        task_runs.terminate(account, task)
    _begin(account, job, COMPLETED, reason)


def delete(account: Account, job: Job) -> None:
    job.enter("deleting", account.clock.now())
    _begin(account, job, DELETED)


def _drop(account: Account, job: Job, pending: Pending) -> None:
    if special_tasks.are_running(account, job):
        _go_on_waiting(account, job, pending)
        return
    end_auto_pool(account, job)
    account.store.drop(job)
    _tell_schedule(account, job)


def _go_on_waiting(account: Account, job: Job, pending: Pending) -> None:
    job.pending = pending
    account.store.save(job)


def _has_to_release(account: Account, job: Job) -> bool:
    """Whether a job that ends by itself still has its release task to run."""
    if job.state != "active" or "jobReleaseTask" not in job.body or account.switches.text("scheduling") != "on":
        return False
    return any(node.preparation is not None for node in account.store.of(JobNode, job.key))


def _complete(account: Account, job: Job, pending: Pending) -> None:
    if special_tasks.are_running(account, job):
        _go_on_waiting(account, job, pending)
        return
    if _has_to_release(account, job):
        terminate(account, job, pending.reason or "AllTasksComplete")
        return
    when = account.clock.now()
    job.enter("completed", when)
    reason = pending.reason or "UserTerminate"
    job.execution = {**job.execution, "endTime": format_time(when), "terminateReason": reason}
    end_auto_pool(account, job)
    account.store.save(job)
    _tell_schedule(account, job)


def _begin(account: Account, job: Job, transition: Transition[Job], reason: str | None = None) -> None:
    begin(account, job, transition, reason)
    account.store.save(job)
    _tell_schedule(account, job, moved=account.clock.now())


def _tell_schedule(account: Account, job: Job, moved: int | None = None) -> None:
    """The schedule that has made the job sees to what follows."""
    schedule = account.store.of(JobSchedule).find(job.schedule)
    if schedule is not None:
        schedule.look_at, schedule.job_moved = account.clock.now(), moved
        account.store.save(schedule)


def end_wait(account: Account, job: Job) -> None:
    """Ends the transition that it is in, if it is in one: what else happens comes after it."""
    pending, job.pending = job.pending, None
    for row in TRANSITIONS:
        if pending is not None and row.due == "wait" and job.state in row.states and row.to == pending.to:
            row.effect(account, job, pending)
            return


def disable(account: Account, job: Job, running: str) -> None:
    """`running` says what happens to running tasks: requeue, terminate, or wait for them."""
    job.enter("disabling", account.clock.now())
    if running in _STOPS:
        for task in account.store.of(Task, job.key).grouped(*RUNNING):
            _STOPS[running](account, task)
    begin(account, job, DISABLED)
    account.store.save(job)


def _disabled(account: Account, job: Job, pending: Pending) -> None:
    """Stays disabling while a task that is waited for runs."""
    if account.store.of(Task, job.key).count(*RUNNING):
        job.pending = pending
    else:
        job.enter("disabled", account.clock.now())
    account.store.save(job)


def enable(account: Account, job: Job) -> None:
    job.pending = None
    job.enter("active", account.clock.now())
    check_all_complete(account, job)
    account.store.save(job)


def check_all_complete(account: Account, job: Job) -> None:
    """With `terminatejob`, a job without unfinished tasks is soon over: one that never had any, too.

    A task that is added before that keeps it alive.
    """
    wanted = job.state == "active" and job.body["onAllTasksComplete"] == "terminatejob"
    ends = wanted and not account.store.of(Task, job.key).count("active", *RUNNING)
    ending = job.pending is not None and job.pending.reason == "AllTasksComplete"
    if ends and not ending:
        _begin(account, job, EMPTY, "AllTasksComplete")
        if lag.is_on(account) and job.pending is not None:
            job.pending.due = account.clock.now() + lag.LAG
            account.store.save(job)
    elif ending and not ends:
        job.pending = None
        account.store.save(job)


def after_task(account: Account, job: Job, task: Task) -> None:
    """What the end of a task does to its job."""
    manager = job.body.get("jobManagerTask")
    if manager and folded(manager["id"]) == task.key and manager["killJobOnCompletion"]:
        terminate(account, job, "JMComplete")
        return
    action = task_runs.job_action(task) if job.body["onTaskFailure"] == FAILURE_ACTIONS else "none"
    if action == "terminate":
        terminate(account, job, "TaskFailed")
    elif action == "disable":
        disable(account, job, "requeue")
    else:
        check_all_complete(account, job)


def make_auto_pool(account: Account, job: Job) -> None:
    """The pool that a job with an `autoPoolSpecification` brings with it; the jobs of a schedule can share one."""
    specification = job.body["poolInfo"].get("autoPoolSpecification")
    if specification is None:
        job.execution = {**job.execution, "poolId": job.body["poolInfo"]["poolId"]}
        return
    schedule = account.store.of(JobSchedule).find(job.schedule)
    if schedule is None or specification["poolLifetimeOption"] == "job":
        ends_with_job = specification["poolLifetimeOption"] == "job" and not specification["keepAlive"]
        pool_id = _add_auto_pool(account, specification, job.key if ends_with_job else None)
    elif schedule.pool_id is not None and account.store.of(Pool).find(schedule.pool_id) is not None:
        pool_id = schedule.pool_id
    else:
        pool_id = _add_auto_pool(account, specification, None if specification["keepAlive"] else schedule.key)
        schedule.pool_id = pool_id
    job.execution = {**job.execution, "poolId": pool_id}


def _add_auto_pool(account: Account, specification: dict[str, Any], made_for: str | None) -> str:
    made = str(uuid.uuid4()).upper()
    prefix = specification.get("autoPoolIdPrefix")
    pool_id = f"{prefix}_{made}" if prefix else made
    if "pool" in specification:
        pool = Pool.new(pool_id, specification["pool"], account.clock.stamp(), made_for=made_for)
        pool_states.add(account, pool)
    return pool_id


def end_auto_pool(account: Account, job: Job) -> None:
    pool = account.store.of(Pool).find(str(job.execution.get("poolId", "")))
    if pool is not None and pool.made_for == job.key:
        account.store.drop(pool)


def _deadline(job: Job) -> int | None:
    """A job that has run for its `maxWallClockTime` is terminated."""
    limit = job.body["constraints"]["maxWallClockTime"]
    return None if limit == NO_LIMIT else job.created + parse_duration(limit)


def _expire(account: Account, job: Job, pending: None) -> None:
    terminate(account, job, "MaxWallClockTimeExpiry")


DISABLED = Transition(("disabling",), "disabled", "wait", _disabled)
COMPLETED = Transition(("terminating",), "completed", "wait", _complete)
EMPTY = Transition(("active",), "completed", "wait", _complete, patience=2)
"""A caller who has polled the job once can still act on it while it is active."""
DELETED = Transition(("deleting",), GONE, "wait", _drop, delay="job-delete-delay")
EXPIRED = Transition(("active", "disabled"), "terminating", "clock", _expire, at=_deadline)
TRANSITIONS = (DISABLED, COMPLETED, EMPTY, DELETED, EXPIRED)

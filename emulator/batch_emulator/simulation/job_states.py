"""How a job moves between its states."""

from __future__ import annotations

import uuid

from batch_emulator.protocol.durations import NO_LIMIT, parse_duration
from batch_emulator.simulation import pool_states, task_runs
from batch_emulator.simulation.transitions import GONE, Transition, begin
from batch_emulator.state.account import Account
from batch_emulator.state.clock import format_time
from batch_emulator.state.entities import Job, Pending, Pool, Task
from batch_emulator.state.ids import folded

RUNNING = ("preparing", "running")
FAILURE_ACTIONS = "performexitoptionsjobaction"


def terminate(account: Account, job: Job, reason: str) -> None:
    """Running tasks end; active ones stay as they are and never run. The reason shows from now on."""
    job.enter("terminating", account.clock.now())
    job.execution = {**job.execution, "terminateReason": reason}
    for task in account.store.of(Task, job.key):
        if task.state in RUNNING:
            task_runs.terminate(account, task)
    begin(account, job, COMPLETED, reason)
    account.store.save(job)


def delete(account: Account, job: Job) -> None:
    job.enter("deleting", account.clock.now())
    begin(account, job, DELETED)
    account.store.save(job)


def _drop(account: Account, job: Job, pending: Pending) -> None:
    end_auto_pool(account, job)
    account.store.drop(job)


def _complete(account: Account, job: Job, pending: Pending) -> None:
    when = account.clock.now()
    job.enter("completed", when)
    reason = pending.reason or "UserTerminate"
    job.execution = {**job.execution, "endTime": format_time(when), "terminateReason": reason}
    end_auto_pool(account, job)
    account.store.save(job)


def disable(account: Account, job: Job, running: str) -> None:
    """`running` says what happens to running tasks: requeue, terminate, or wait for them."""
    job.enter("disabling", account.clock.now())
    for task in account.store.of(Task, job.key):
        if task.state in RUNNING and running == "requeue":
            task_runs.requeue(account, task)
        elif task.state in RUNNING and running == "terminate":
            task_runs.terminate(account, task)
    begin(account, job, DISABLED)
    account.store.save(job)


def _disabled(account: Account, job: Job, pending: Pending) -> None:
    """Stays disabling while a task that is waited for runs."""
    if any(task.state in RUNNING for task in account.store.of(Task, job.key)):
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
    ends = wanted and all(task.state == "completed" for task in account.store.of(Task, job.key))
    ending = job.pending is not None and job.pending.reason == "AllTasksComplete"
    if ends and not ending:
        begin(account, job, EMPTY, "AllTasksComplete")
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
    """The pool that a job with an `autoPoolSpecification` brings with it."""
    specification = job.body["poolInfo"].get("autoPoolSpecification")
    if specification is None:
        job.execution = {**job.execution, "poolId": job.body["poolInfo"]["poolId"]}
        return
    made = str(uuid.uuid4()).upper()
    prefix = specification.get("autoPoolIdPrefix")
    pool_id = f"{prefix}_{made}" if prefix else made
    job.execution = {**job.execution, "poolId": pool_id}
    if "pool" in specification:
        ends_with_job = specification["poolLifetimeOption"] == "job" and not specification["keepAlive"]
        when = account.clock.stamp()
        pool = Pool.new(pool_id, specification["pool"], when, made_for=job.key if ends_with_job else None)
        pool_states.add(account, pool)


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

"""How a job moves between its states."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from batch_emulator.simulation import task_states
from batch_emulator.state.clock import format_time
from batch_emulator.state.entities import Job, Pending, Pool, Task
from batch_emulator.state.ids import folded

if TYPE_CHECKING:
    from batch_emulator.state.account import Account

RUNNING = ("preparing", "running")
FAILURE_ACTIONS = "performexitoptionsjobaction"


def terminate(account: Account, job: Job, reason: str) -> None:
    """Running tasks end; active ones stay as they are and never run. The reason shows from now on."""
    job.enter("terminating", account.clock.now())
    job.execution = {**job.execution, "terminateReason": reason}
    for task in account.store.of(Task, job.key):
        if task.state in RUNNING:
            task_states.terminate(account, job, task)
    job.pending = account.transition("completed", reason=reason)
    account.store.save(job)


def complete(account: Account, job: Job, reason: str) -> None:
    when = account.clock.now()
    job.enter("completed", when)
    job.execution = {**job.execution, "endTime": format_time(when), "terminateReason": reason}
    end_auto_pool(account, job)
    account.store.save(job)


def disable(account: Account, job: Job, running: str) -> None:
    """`running` says what becomes of running tasks: requeue, terminate, or wait for them."""
    job.enter("disabling", account.clock.now())
    for task in account.store.of(Task, job.key):
        if task.state in RUNNING and running == "requeue":
            task_states.requeue(account, job, task)
        elif task.state in RUNNING and running == "terminate":
            task_states.terminate(account, job, task)
    job.pending = account.transition("disabled")
    account.store.save(job)


def settle_disabling(account: Account, job: Job, pending: Pending) -> None:
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
        job.pending = account.transition("completed", reason="AllTasksComplete")
        # A caller who has looked once can still act on an active job.
        job.pending.looks *= 2
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
    action = task_states.job_action(task) if job.body["onTaskFailure"] == FAILURE_ACTIONS else "none"
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
        pool = Pool.new(pool_id, specification["pool"], when, allocation_since=when)
        pool.made_for = job.key if ends_with_job else None
        pool.pending = account.transition("steady")
        account.store.save(pool)


def end_auto_pool(account: Account, job: Job) -> None:
    pool = account.store.of(Pool).find(str(job.execution.get("poolId", "")))
    if pool is not None and pool.made_for == job.key:
        account.store.drop(pool)

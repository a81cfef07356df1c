"""Job operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from batch_emulator.bodies.job import JobAdd, JobDisable, JobPatch, JobTerminate, JobUpdate
from batch_emulator.operations.entity import FILTERS, PREVIOUS, STATUS, EntityKind, in_execution
from batch_emulator.operations.statistics import of_jobs
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import ServiceError, invalid_property
from batch_emulator.protocol.wire import Answer, Call, created, done
from batch_emulator.simulation import job_states
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.collection import Collection
from batch_emulator.state.entities import Job, JobSchedule, Pool, Task


def _rest(job: Job, body: dict[str, Any], context: Context) -> dict[str, Any]:
    ends = {name: body.pop(name) for name in ("onAllTasksComplete", "onTaskFailure")}
    return {**body, "executionInfo": job.execution, **ends}


def completed_last(jobs: Collection[Job], prefix: str = "") -> tuple[Sequence[str], Callable[[str], Job]]:
    keys = sorted(f"{int(jobs[key].state == 'completed')}{key}" for key in jobs.keys_with(prefix))
    return keys, lambda key: jobs[key[1:]]


JOBS = EntityKind(
    "Job",
    "jobs",
    Job,
    JobAdd,
    shown=STATUS | PREVIOUS,
    filters={
        **FILTERS,
        "executionInfo/startTime": in_execution("startTime", "time"),
        "executionInfo/endTime": in_execution("endTime", "time"),
        "executionInfo/poolId": in_execution("poolId", "string", prefix=True),
    },
    closed=("deleting", "terminating", "completed"),
    recreate_switch="job-recreate-code",
    rest=_rest,
    added=("executionInfo",),
    listed=completed_last,
    stats=lambda account, job: of_jobs(account, [job], job.created),
)


def add(account: SimulatedAccount, call: Call) -> Answer:
    """The answer's headers name `job-1` whatever the id is: so does the service's."""
    body = JobAdd.accept(call.body, "", call.context)
    job_id = body.pop("id")
    JOBS.refuse_existing(account, job_id)
    if account.find(JobSchedule, job_id) is not None:
        raise ServiceError("JobScheduleWithSameIdExists")
    check_quota(account)
    job = job_states.add(account, job_id, body)
    return created(job, f"{call.base}/jobs/job-1")


def check_quota(account: SimulatedAccount) -> None:
    """Jobs and schedules share it. Raises ServiceError when it is used up."""
    quota = account.switches.integer("active-job-quota")
    if quota:
        active = sum(entity.state != "completed" for kind in (Job, JobSchedule) for entity in account.store.of(kind))
        if active >= quota:
            raise ServiceError("ActiveJobAndScheduleQuotaReached")


def _same_but_keep_alive(old: dict[str, Any], new: dict[str, Any]) -> bool:
    def rest(info: dict[str, Any]) -> dict[str, Any]:
        auto = info.get("autoPoolSpecification")
        if auto is None or auto["poolLifetimeOption"] != "job":
            return info
        return {"autoPoolSpecification": {name: value for name, value in auto.items() if name != "keepAlive"}}

    return rest(old) == rest(new)


def _check_change(job: Job, new: dict[str, Any]) -> None:
    """Termination on completion cannot be taken back; the pool can change only while the job is disabled."""
    if job.body["onAllTasksComplete"] == "terminatejob" and new["onAllTasksComplete"] == "noaction":
        reason = "terminatejob cannot be changed back to noaction."
        raise invalid_property("onAllTasksComplete", reason, "noaction")
    old_info, new_info = job.body["poolInfo"], new["poolInfo"]
    if old_info == new_info:
        return
    automatic = "autoPoolSpecification" in old_info and "autoPoolSpecification" in new_info
    if automatic and not _same_but_keep_alive(old_info, new_info):
        reason = "Of an autoPoolSpecification only keepAlive can change, and only when the pool lives with its job."
        raise invalid_property("poolInfo.autoPoolSpecification", reason)
    if job.state != "disabled":
        raise _not_disabled()


def _not_disabled() -> ServiceError:
    values = [("PropertyName", "poolInfo"), ("Reason", "The job is not disabled.")]
    return ServiceError("OperationInvalidForCurrentState", values)


def _write(account: SimulatedAccount, job: Job, body: dict[str, Any]) -> None:
    old_info, job.body = job.body["poolInfo"], body
    job.modified = account.clock.stamp()
    if body["poolInfo"] != old_info:
        _follow_pool(account, job, old_info)
    account.store.save(job)
    job_states.check_all_complete(account, job)


def _follow_pool(account: SimulatedAccount, job: Job, old_info: dict[str, Any]) -> None:
    """The job goes to another pool; or it keeps its auto pool, whose life is now tied to the job or no longer is."""
    auto = job.body["poolInfo"].get("autoPoolSpecification")
    if auto is None or "autoPoolSpecification" not in old_info:
        job_states.end_auto_pool(account, job)
        job_states.make_auto_pool(account, job)
        return
    pool = account.store.of(Pool).find(str(job.execution.get("poolId", "")))
    if pool is not None:
        pool.made_for = None if auto["keepAlive"] else job.key
        account.store.save(pool)


def patch(account: SimulatedAccount, call: Call) -> Answer:
    changes = JobPatch.accept(call.body, "", call.context)
    job = JOBS.changeable(account, call)
    if "poolInfo" in changes and job.state != "disabled":
        raise _not_disabled()
    body = {**job.body, **changes}
    _check_change(job, body)
    _write(account, job, body)
    return done(200, job, call.url)


def update(account: SimulatedAccount, call: Call) -> Answer:
    """Whatever the body leaves out goes back to its default."""
    sent = JobUpdate.accept(call.body, "", call.context)
    job = JOBS.changeable(account, call)
    kept = {name: value for name, value in job.body.items() if name not in JobUpdate.by_name}
    body = {**kept, **sent}
    _check_change(job, body)
    _write(account, job, body)
    return done(200, job, call.url)


def delete(account: SimulatedAccount, call: Call) -> Answer:
    """Moves the state and not the ETag."""
    job = JOBS.found(account, call)
    JOBS.refuse_in(job, "deleting")
    job_states.delete(account, job)
    return Answer(202)


def disable(account: SimulatedAccount, call: Call) -> Answer:
    """One that is disabled already stays so."""
    sent = JobDisable.accept(call.body, "", call.context)
    job = JOBS.changeable(account, call)
    job.modified = account.clock.stamp()
    if job.state == "disabled":
        account.store.save(job)
    else:
        job_states.disable(account, job, sent["disableTasks"])
    return done(202, job, call.url)


def enable(account: SimulatedAccount, call: Call) -> Answer:
    job = JOBS.changeable(account, call)
    job.modified = account.clock.stamp()
    if job.state == "active":
        account.store.save(job)
    else:
        job_states.enable(account, job)
    return done(202, job, call.url)


def terminate(account: SimulatedAccount, call: Call) -> Answer:
    sent = JobTerminate.accept(call.body if call.body is not None else {}, "", call.context)
    job = JOBS.changeable(account, call)
    job.modified = account.clock.stamp()
    job_states.terminate(account, job, sent["terminateReason"])
    return done(202, job, call.url)


_COUNTED = {
    "active": ("active",),
    "preparing": ("running",),
    "running": ("running",),
    "success": ("completed", "succeeded"),
    "failure": ("completed", "failed"),
}


def task_counts(account: SimulatedAccount, call: Call) -> Answer:
    job = JOBS.found(account, call)
    tasks, slots = account.late_counts.of(account, job, count_tasks(account, job))
    metadata = f"{call.base}/$metadata#taskcountsresult/@Element"
    return Answer(200, {"odata.metadata": metadata, "taskCounts": tasks, "taskSlotCounts": slots})


def count_tasks(account: SimulatedAccount, job: Job) -> tuple[dict[str, int], dict[str, int]]:
    """Its tasks, and the slots that they need, by their states and results."""
    names = ("active", "running", "completed", "succeeded", "failed")
    tasks, slots = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    for group, weight, count in account.store.of(Task, job.key).counts():
        for name in _COUNTED[group]:
            tasks[name] += count
            slots[name] += weight * count
    return tasks, slots

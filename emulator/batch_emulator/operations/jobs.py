"""Job operations."""

from __future__ import annotations

from typing import Any

from batch_emulator.bodies.job import MANAGER_ONLY, JobAdd, JobDisable, JobPatch, JobTerminate, JobUpdate
from batch_emulator.protocol.conditions import check_conditions
from batch_emulator.protocol.errors import ServiceError, invalid_property
from batch_emulator.protocol.filters import EQUALITY, Filterable, parse_filter
from batch_emulator.protocol.paging import page
from batch_emulator.protocol.select import Selection
from batch_emulator.protocol.wire import Answer, Call, created, done, one
from batch_emulator.simulation import job_states
from batch_emulator.simulation.settle import SimulatedAccount
from batch_emulator.state.clock import etag, format_time, parse_time
from batch_emulator.state.entities import Job, Pool, Task

_STATUS_PROPS = (
    "id url eTag lastModified creationTime state stateTransitionTime previousState previousStateTransitionTime"
    " executionInfo stats"
)
_KNOWN = frozenset(_STATUS_PROPS.split()) | frozenset(JobAdd.by_name)


def _execution_time(name: str) -> Filterable:
    def read(job: Job) -> int | None:
        return parse_time(job.execution[name]) if name in job.execution else None

    return Filterable("time", read)


FILTERS = {
    "id": Filterable("text", lambda job: job.id, prefix=True),
    "state": Filterable("text", lambda job: job.state, EQUALITY),
    "stateTransitionTime": Filterable("time", lambda job: job.state_since),
    "creationTime": Filterable("time", lambda job: job.created),
    "lastModified": Filterable("time", lambda job: job.modified),
    "executionInfo/startTime": _execution_time("startTime"),
    "executionInfo/endTime": _execution_time("endTime"),
    "executionInfo/poolId": Filterable("text", lambda job: job.execution.get("poolId"), prefix=True),
}


def show_job(job: Job, base: str, version: str) -> dict[str, Any]:
    body = JobAdd.show(job.body, version)
    shown: dict[str, Any] = {"id": job.id}
    if "displayName" in body:
        shown["displayName"] = body.pop("displayName")
    shown |= {
        "url": f"{base}/jobs/{job.id}",
        "eTag": etag(job.modified),
        "lastModified": format_time(job.modified),
        "creationTime": format_time(job.created),
        "state": job.state,
        "stateTransitionTime": format_time(job.state_since),
    }
    if job.previous_state is not None and job.previous_since is not None:
        shown["previousState"] = job.previous_state
        shown["previousStateTransitionTime"] = format_time(job.previous_since)
    ends = {name: body.pop(name) for name in ("onAllTasksComplete", "onTaskFailure")}
    return {**shown, **body, "executionInfo": job.execution, **ends}


def found_job(account: SimulatedAccount, call: Call) -> Job:
    job = account.job(call.ids["job"])
    if job is None:
        raise ServiceError("JobNotFound")
    return job


def _found(account: SimulatedAccount, call: Call) -> Job:
    job = found_job(account, call)
    check_conditions(call.method, call.headers, job.modified)
    return job


def refuse_in(job: Job, *states: str) -> None:
    """Raises the conflict of the state that the job is in, if it is one of these."""
    codes = {"deleting": "JobBeingDeleted", "terminating": "JobBeingTerminated", "completed": "JobCompleted"}
    if job.state in states:
        raise ServiceError(codes[job.state])


def add(account: SimulatedAccount, call: Call) -> Answer:
    """The answer's headers name `job-1` whatever the id is: so does the service's."""
    body = JobAdd.accept(call.body, "", call.context)
    job_id = body.pop("id")
    existing = account.job(job_id)
    if existing is not None:
        code = account.switches.text("job-recreate-code")
        raise ServiceError(code if existing.state == "deleting" else "JobExists")
    quota = account.switches.whole("active-job-quota")
    if quota and sum(job.state != "completed" for job in account.store.of(Job)) >= quota:
        raise ServiceError("ActiveJobAndScheduleQuotaReached")
    when = account.clock.stamp()
    job = Job(job_id, body, when, when, "active", when, execution={"startTime": format_time(when)})
    job_states.make_auto_pool(account, job)
    account.store.save(job)
    _add_manager(account, job)
    job_states.check_all_complete(account, job)
    return created(job, f"{call.base}/jobs/job-1")


def _add_manager(account: SimulatedAccount, job: Job) -> None:
    """The job manager task is a task of the job from the start."""
    manager = job.body.get("jobManagerTask")
    if manager is None:
        return
    body = {name: value for name, value in manager.items() if name not in (*MANAGER_ONLY, "id")}
    when = account.clock.stamp()
    account.store.save(Task(manager["id"], body, when, when, "active", when, parent=job.key))


def get(account: SimulatedAccount, call: Call) -> Answer:
    selection = Selection(call.query.get("$select"), _KNOWN)
    job = _found(account, call)
    return one(call, "jobs", selection.of(show_job(job, call.base, call.context.version)), job)


def list_all(account: SimulatedAccount, call: Call) -> Answer:
    """Completed jobs come after all others."""
    selection = Selection(call.query.get("$select"), _KNOWN)
    keep = parse_filter(call.query.get("$filter", ""), FILTERS)
    account.look_at_jobs()
    kept = account.store.of(Job)
    jobs = {f"{int(kept[key].state == 'completed')}{key}": kept[key] for key in kept.keys}

    def show(job: Job) -> dict[str, Any]:
        return selection.of(show_job(job, call.base, call.context.version))

    return page(call, "jobs", sorted(jobs), jobs.__getitem__, keep, show)


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
    job = _found(account, call)
    refuse_in(job, "deleting", "terminating", "completed")
    if "poolInfo" in changes and job.state != "disabled":
        raise _not_disabled()
    body = {**job.body, **changes}
    _check_change(job, body)
    _write(account, job, body)
    return done(200, job, call.url)


def update(account: SimulatedAccount, call: Call) -> Answer:
    """Whatever the body leaves out goes back to its default."""
    sent = JobUpdate.accept(call.body, "", call.context)
    job = _found(account, call)
    refuse_in(job, "deleting", "terminating", "completed")
    kept = {name: value for name, value in job.body.items() if name not in JobUpdate.by_name}
    body = {**kept, **sent}
    _check_change(job, body)
    _write(account, job, body)
    return done(200, job, call.url)


def delete(account: SimulatedAccount, call: Call) -> Answer:
    """Moves the state and not the ETag."""
    job = _found(account, call)
    refuse_in(job, "deleting")
    job.enter("deleting", account.clock.now())
    job.pending = account.transition("gone", "job-delete-delay")
    account.store.save(job)
    return Answer(202)


def disable(account: SimulatedAccount, call: Call) -> Answer:
    sent = JobDisable.accept(call.body, "", call.context)
    job = _found(account, call)
    refuse_in(job, "deleting", "terminating", "completed")
    if job.state in ("disabling", "disabled"):
        raise ServiceError("JobDisabled")
    job.modified = account.clock.stamp()
    job_states.disable(account, job, sent["disableTasks"])
    return done(202, job, call.url)


def enable(account: SimulatedAccount, call: Call) -> Answer:
    job = _found(account, call)
    refuse_in(job, "deleting", "terminating", "completed")
    job.modified = account.clock.stamp()
    if job.state == "active":
        account.store.save(job)
    else:
        job_states.enable(account, job)
    return done(202, job, call.url)


def terminate(account: SimulatedAccount, call: Call) -> Answer:
    sent = JobTerminate.accept(call.body if call.body is not None else {}, "", call.context)
    job = _found(account, call)
    refuse_in(job, "deleting", "terminating", "completed")
    job.modified = account.clock.stamp()
    job_states.terminate(account, job, sent["terminateReason"])
    return done(202, job, call.url)


def task_counts(account: SimulatedAccount, call: Call) -> Answer:
    job = found_job(account, call)
    names = ("active", "running", "completed", "succeeded", "failed")
    tasks, slots = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    for task in account.store.of(Task, job.key):
        state = "running" if task.state == "preparing" else task.state
        counted = [state]
        if state == "completed":
            counted.append("succeeded" if task.execution.get("result") == "success" else "failed")
        for name in counted:
            tasks[name] += 1
            slots[name] += task.body["requiredSlots"]
    metadata = f"{call.base}/$metadata#taskcountsresult/@Element"
    return Answer(200, {"odata.metadata": metadata, "taskCounts": tasks, "taskSlotCounts": slots})

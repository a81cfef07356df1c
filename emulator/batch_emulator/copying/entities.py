"""Fills an empty account with the pools, nodes, job schedules, jobs, tasks and applications of another one.

What was copied stays in the state that it was in; only what is being resized, disabled, terminated or deleted there
comes to its end here as well, as a caller may wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from batch_emulator.bodies.common import whole_constraints
from batch_emulator.bodies.job import JobAdd
from batch_emulator.bodies.job_schedule import JobScheduleAdd
from batch_emulator.bodies.node import NodeBody
from batch_emulator.bodies.pool import PoolAdd
from batch_emulator.bodies.task import TaskAdd
from batch_emulator.copying.kept import Gaps, kept
from batch_emulator.copying.source import Gone, Source, each
from batch_emulator.simulation.machine import TABLES, SimulatedAccount
from batch_emulator.simulation.transitions import begin
from batch_emulator.state.clock import LATEST, parse_time
from batch_emulator.state.entities import Application, Entity, Job, JobSchedule, Node, Pool, Task

if TYPE_CHECKING:
    from azure.batch import BatchClient

_UNDER_WAY = ("disabling", "terminating", "deleting")
_COUNTED: dict[str, type[Entity]] = {
    "pools": Pool,
    "nodes": Node,
    "job schedules": JobSchedule,
    "jobs": Job,
    "tasks": Task,
    "applications": Application,
}
_URLS = ("nodeUrl", "taskRootDirectoryUrl")
Shown = dict[str, Any]


def copy(account: SimulatedAccount, source: Source) -> Iterator[str]:
    """Reads the source, and then says what was copied and what could not be, a line each. Raises CopyError."""
    gaps = Gaps()
    with source.client() as client:
        _pools(account, client, gaps)
        _nodes(account, client, gaps)
        _schedules(account, client, gaps)
        _jobs(account, client, gaps)
        _tasks(account, client, gaps)
        _applications(account, client)
    _connect_auto_pools(account)
    account.store.commit()
    counts = {noun: sum(map(len, account.store.all(kind))) for noun, kind in _COUNTED.items()}
    yield f"a copy of {source.endpoint}: " + ", ".join(f"{count:,} {noun}" for noun, count in counts.items())
    yield from gaps.lines()


def _keep(account: SimulatedAccount, entity: Entity) -> None:
    account.clock.not_before(entity.modified)
    moving = entity.state in _UNDER_WAY or (isinstance(entity, Pool) and entity.allocation_state != "steady")
    rows = [row for row in TABLES[type(entity)] if row.due == "wait" and entity.state in row.states]
    if moving and rows:
        begin(account, entity, rows[-1], entity.execution.get("terminateReason") if isinstance(entity, Job) else None)
    account.store.save(entity)


def _time(shown: Shown, name: str) -> int | None:
    return parse_time(shown[name]) if name in shown else None


def _status(shown: Shown) -> dict[str, Any]:
    """What every entity but a node shows of itself."""
    return {
        "created": parse_time(shown["creationTime"]),
        "modified": parse_time(shown["lastModified"]),
        "state": shown["state"],
        "state_since": parse_time(shown["stateTransitionTime"]),
        "previous_state": shown.get("previousState"),
        "previous_since": _time(shown, "previousStateTransitionTime"),
    }


def _pools(account: SimulatedAccount, client: BatchClient, gaps: Gaps) -> None:
    for shown in each(client.list_pools()):
        pool = Pool(
            shown["id"],
            kept(PoolAdd, shown, f"pools/{shown['id']}", gaps),
            **_status(shown),
            allocation_state=shown["allocationState"],
            allocation_since=parse_time(shown["allocationStateTransitionTime"]),
            dedicated=shown["currentDedicatedNodes"],
            low_priority=shown["currentLowPriorityNodes"],
            resize_errors=shown.get("resizeErrors", []),
            autoscale_run=shown.get("autoScaleRun"),
            autoscale_next=LATEST,
        )
        _keep(account, pool)


def _nodes(account: SimulatedAccount, client: BatchClient, gaps: Gaps) -> None:
    for pool in list(account.store.of(Pool)):
        try:
            for number, shown in enumerate(each(client.list_nodes(pool.id))):
                account.store.save(_node(shown, pool, number, gaps))
        except Gone:
            account.store.drop(pool)


def _node(shown: Shown, pool: Pool, number: int, gaps: Gaps) -> Node:
    allocated, since = parse_time(shown["allocationTime"]), parse_time(shown["stateTransitionTime"])
    return Node(
        shown["id"],
        kept(NodeBody, shown, f"pools/{pool.id}/nodes/{shown['id']}", gaps),
        allocated,
        allocated,
        shown["state"],
        since,
        parent=pool.key,
        number=number,
        dedicated=shown.get("isDedicated", True),
        scheduling=shown.get("schedulingState", "enabled"),
        booted=_time(shown, "lastBootTime"),
        start_task_info=shown.get("startTaskInfo"),
        errors=shown.get("errors", []),
        tasks_run=shown.get("totalTasksRun", 0),
        tasks_succeeded=shown.get("totalTasksSucceeded", 0),
        running_tasks=shown.get("runningTasksCount", 0),
        running_slots=shown.get("runningTaskSlotsCount", 0),
        recent_tasks=[
            {name: value for name, value in task.items() if name != "taskUrl"} for task in shown.get("recentTasks", ())
        ],
    )


def _schedules(account: SimulatedAccount, client: BatchClient, gaps: Gaps) -> None:
    for shown in each(client.list_job_schedules()):
        execution = shown.get("executionInfo", {})
        latest = execution.get("recentJob", {}).get("id", "").rpartition(":job-")[2]
        schedule = JobSchedule(
            shown["id"],
            kept(JobScheduleAdd, shown, f"jobschedules/{shown['id']}", gaps),
            **_status(shown),
            next_run=_time(execution, "nextRunTime"),
            jobs_made=int(latest) if latest.isdecimal() else 0,
            ended=_time(execution, "endTime"),
        )
        _keep(account, schedule)


def _jobs(account: SimulatedAccount, client: BatchClient, gaps: Gaps) -> None:
    for shown in each(client.list_jobs()):
        body = kept(JobAdd, shown, f"jobs/{shown['id']}", gaps)
        _keep(account, Job(shown["id"], body, **_status(shown), execution=shown.get("executionInfo", {})))


def _tasks(account: SimulatedAccount, client: BatchClient, gaps: Gaps) -> None:
    for job in list(account.store.of(Job)):
        try:
            for shown in each(client.list_tasks(job.id)):
                _keep(account, _task(shown, job, gaps))
        except Gone:
            account.store.drop(job)


def _task(shown: Shown, job: Job, gaps: Gaps) -> Task:
    body = kept(TaskAdd, shown, f"jobs/{job.id}/tasks/{shown['id']}", gaps)
    body["constraints"] = whole_constraints(body.get("constraints"), job.body["constraints"]["maxTaskRetryCount"])
    node_info = shown.get("nodeInfo")
    return Task(
        shown["id"],
        body,
        **_status(shown),
        parent=job.key,
        execution={"retryCount": 0, "requeueCount": 0, **shown.get("executionInfo", {})},
        node_info=None if node_info is None else {k: v for k, v in node_info.items() if k not in _URLS},
    )


def _applications(account: SimulatedAccount, client: BatchClient) -> None:
    for shown in each(client.list_applications()):
        account.store.save(Application.new(shown["id"], {"versions": [], **shown}, account.clock.stamp()))


def _connect_auto_pools(account: SimulatedAccount) -> None:
    """An auto pool ends with its job or schedule, unless it is kept alive."""
    for job in account.store.of(Job):
        automatic = job.body["poolInfo"].get("autoPoolSpecification")
        pool = account.store.of(Pool).find(str(job.execution.get("poolId", "")))
        if automatic is None or pool is None:
            continue
        schedule = account.store.of(JobSchedule).find(job.schedule)
        of_schedule = schedule if automatic["poolLifetimeOption"] == "jobschedule" else None
        if of_schedule is not None:
            of_schedule.pool_id = pool.id
        if not automatic["keepAlive"]:
            pool.made_for = (of_schedule or job).key

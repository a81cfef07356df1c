"""Job - List Preparation And Release Task Status: what the two did on each node that the job was on."""

from __future__ import annotations

from typing import Any

from batch_emulator.operations.jobs import JOBS
from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.filters import EQUALITY, Filterable, parse_filter
from batch_emulator.protocol.paging import page
from batch_emulator.protocol.select import Selection
from batch_emulator.protocol.wire import Answer, Call
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.simulation.special_tasks import SPECIAL, Which, root_directory
from batch_emulator.state.clock import parse_time
from batch_emulator.state.entities import Job, JobNode

_SHOWN: dict[str, Which] = {
    "jobPreparationTaskExecutionInfo": "preparation",
    "jobReleaseTaskExecutionInfo": "release",
}
_KNOWN = frozenset({"poolId", "nodeId", "nodeUrl", *_SHOWN})


def _execution(node: JobNode, which: Which) -> dict[str, Any] | None:
    return node.preparation if which == "preparation" else node.release


def _filters() -> dict[str, Filterable]:
    filters = {
        "poolId": Filterable("string", lambda node: node.pool_id, EQUALITY),
        "nodeId": Filterable("string", lambda node: node.id, EQUALITY),
    }
    for name, which in _SHOWN.items():
        for inner, kind in (("state", "string"), ("startTime", "time"), ("endTime", "time"), ("exitCode", "number")):
            filters[f"{name}/{inner}"] = _filter(which, inner, kind)
    return filters


def _filter(which: Which, name: str, kind: str) -> Filterable:
    def read(node: JobNode) -> Any:
        value = (_execution(node, which) or {}).get(name)
        return parse_time(value) if kind == "time" and value is not None else value

    return Filterable(kind, read, frozenset({"eq"})) if kind == "string" else Filterable(kind, read)


_FILTERS = _filters()


def _show(job: Job, node: JobNode, base: str) -> dict[str, Any]:
    node_url = f"{base}/pools/{node.pool_id}/nodes/{node.id}"
    shown: dict[str, Any] = {"poolId": node.pool_id, "nodeId": node.id, "nodeUrl": node_url}
    for name, which in _SHOWN.items():
        execution = _execution(node, which)
        if execution is not None:
            root = root_directory(job, which)
            place = {"taskRootDirectory": root, "taskRootDirectoryUrl": f"{node_url}/files/{root}"}
            shown[name] = {**execution, **place}
    return shown


def status(account: SimulatedAccount, call: Call) -> Answer:
    selection = Selection(call.query.get("$select"), _KNOWN)
    keep = parse_filter(call.query.get("$filter", ""), _FILTERS)
    job = JOBS.present(account, call)
    if not any(name in job.body for name in SPECIAL.values()):
        raise ServiceError("JobPreparationTaskOrReleaseTaskNotSpecified")
    nodes = account.store.of(JobNode, job.key)

    def show(node: JobNode) -> dict[str, Any]:
        return selection.of(_show(job, node, call.base))

    return page(call, "jobpreparationandreleasestatuslist", nodes.keys, nodes.__getitem__, keep, show)

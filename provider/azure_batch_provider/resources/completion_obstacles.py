"""Why tasks can never complete, whoever waits for them: rules on what a job, its pool and its tasks say.

Knows plain values. What may change by itself, such as a pool that is still being resized, is no reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from azure_batch_provider.lifecycle.dependents import ranges_of
from azure_batch_provider.models.exit_conditions import DependencyAction
from azure_batch_provider.models.job_body import TaskFailureMode
from azure_batch_provider.resources.completion_failure import has_failed, how
from azure_batch_provider.resources.ids import job_id, pool_id
from azure_batch_provider.resources.task_job import ENDED

_TARGETS: Final = ("targetDedicatedNodes", "targetLowPriorityNodes")
_NODES: Final = (*_TARGETS, "currentDedicatedNodes", "currentLowPriorityNodes")

Task = Mapping[str, Any]


def of_job(job: Mapping[str, Any]) -> str | None:
    """Why no task of a job that is `active` will ever run."""
    where, state = job_id(job.get("id")), job.get("state")
    if state in ENDED:
        return f"{where} is {state}, and a task that was active by then never runs"
    acts = TaskFailureMode.PERFORM_EXIT_OPTIONS_JOB_ACTION.matches(job.get("onTaskFailure"))
    if state in ("disabling", "disabled") and acts:
        return (
            f"{where} is {state}, as exit conditions of its tasks can have it, and starts no task until it is enabled"
        )
    return None


def of_pool(pool: Mapping[str, Any]) -> str | None:
    """Why a pool will never run a task: it has no nodes, and nothing that would get it any."""
    if pool.get("state") == "deleting":
        return f"{pool_id(pool.get('id'))} is being deleted"
    if str(pool.get("allocationState")) != "steady" or pool.get("enableAutoScale") is True:
        return None
    if any(pool.get(name) for name in _NODES):
        return None
    targets = " and ".join(f"`{name}`" for name in _TARGETS)
    return f"{pool_id(pool.get('id'))} has no nodes: {targets} are 0, and it has no autoscale formula"


def of_task(task: Task, pool: Mapping[str, Any]) -> str | None:
    """Why a task does not fit into its pool."""
    slots, offered = task.get("requiredSlots"), pool.get("taskSlotsPerNode") or 1
    where = pool_id(pool.get("id"))
    if isinstance(slots, int) and isinstance(offered, int) and slots > offered:
        return f"its `requiredSlots` is {slots}, and a node of {where} has {offered} (`taskSlotsPerNode`)"
    if isinstance(task.get("multiInstanceSettings"), Mapping) and pool.get("enableInterNodeCommunication") is not True:
        return f"it is a multi-instance task, and {where} has no `enableInterNodeCommunication: true`"
    return None


class Dependencies:
    """Which tasks of a job wait for one that has failed, and so for ever.

    Args:
        failed: the job's tasks that have failed.
        waiting: its tasks that are `active`, those that are asked about among them.
    """

    def __init__(self, failed: Iterable[Task], waiting: Iterable[Task]) -> None:
        self._why: dict[str, str] = {}
        self._numbered: dict[int, str] = {}

        def blocks(id: str, why: str) -> None:
            self._why[id.casefold()] = why
            number = _number(id)
            if number is not None:
                self._numbered[number] = id.casefold()

        for task in failed:
            if has_failed(task) and blocks_dependents(task):
                blocks(str(task["id"]), f"{task['id']}, which failed {how(task)} and blocks what depends on it")
        rest = [task for task in waiting if isinstance(task.get("dependsOn"), Mapping)]
        found = bool(self._why)
        while found:  # what waits for one that waits for ever does so as well
            found, left = False, []
            for task in rest:
                cause = next((id for id in _named(task["dependsOn"], self._numbered) if id in self._why), None)
                if cause is None:
                    left.append(task)
                else:
                    found = True
                    blocks(str(task["id"]), self._why[cause])
            rest = left

    def of(self, task: Task) -> str | None:
        """Why a task that is active, or is to be added, will never start."""
        depends_on = task.get("dependsOn")
        if not isinstance(depends_on, Mapping) or not self._why:
            return None
        why = self._why.get(str(task.get("id")).casefold())
        if why is None:
            why = next((self._why[id] for id in _named(depends_on, self._numbered) if id in self._why), None)
        return None if why is None else f"it depends on {why}"


def _named(depends_on: Mapping[str, Any], numbered: Mapping[int, str]) -> Iterator[str]:
    """The ids that a task waits for, as far as they matter: of ranges only what is in `numbered`."""
    ids = depends_on.get("taskIds")
    for id in ids if isinstance(ids, list) else ():
        yield str(id).casefold()
    for start, end in ranges_of(depends_on):
        yield from (id for number, id in numbered.items() if start <= number <= end)


def blocks_dependents(task: Task) -> bool:
    """Whether a task that has failed keeps what depends on it from starting, by its exit conditions."""
    options = _exit_options(_object(task.get("exitConditions")), _object(task.get("executionInfo")))
    return not DependencyAction.SATISFY.matches(options.get("dependencyAction"))


def _exit_options(conditions: Mapping[str, Any], execution: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those for the way in which a failed task ended: an exit code's own, its range's, an error's, the default's."""
    code = execution.get("exitCode")
    if isinstance(code, int):
        for item in _objects(conditions.get("exitCodes")):
            if item.get("code") == code:
                return _object(item.get("exitOptions"))
        for item in _objects(conditions.get("exitCodeRanges")):
            if _within(item, code):
                return _object(item.get("exitOptions"))
    if code is None or code == 0:
        special = conditions.get("preProcessingError" if code is None else "fileUploadError")
        if special is not None:
            return _object(special)
    return _object(conditions.get("default"))


def _within(range: Mapping[str, Any], number: int) -> bool:
    start, end = range.get("start"), range.get("end")
    return isinstance(start, int) and isinstance(end, int) and start <= number <= end


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else ()


def _number(id: str) -> int | None:
    """The number that an id is to a range: leading zeros do not count."""
    return int(id) if id.isascii() and id.isdecimal() and len(id) < 19 else None


def pool_of(job: Mapping[str, Any]) -> str | None:
    """The pool that runs a job's tasks: what it says of its run, since an auto pool has a name of its own."""
    id = _object(job.get("executionInfo")).get("poolId") or _object(job.get("poolInfo")).get("poolId")
    return id if isinstance(id, str) else None

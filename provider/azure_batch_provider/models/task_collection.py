"""Many tasks of one job, declared as one resource (Tasks - Create Task Collection)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.common import AllTasksCompleteMode, OnMissing
from azure_batch_provider.models.completion import AwaitCompletion, OnFailure
from azure_batch_provider.models.scalars import Bool, Id
from azure_batch_provider.models.sweep import Sweep
from azure_batch_provider.models.sweep_rules import first_task
from azure_batch_provider.models.task import JobReference
from azure_batch_provider.models.task_body import TaskBody, task_rules, task_warnings
from azure_batch_provider.values.mappings import MAPPING
from azure_batch_provider.values.unknown import UNKNOWN

MANY: Final = 20_000
"""Tasks of a map from which on a state file is the wrong place for them."""


class TaskCollection(Model):
    """Many tasks of one job: as a map from task id to task, as a sweep over parameters, or both.

    Only what differs is touched: tasks are added, removed, and, where something of theirs changed, deleted and added
    again; all others stay, whether they have run or not. Tasks of the job that are not declared here are left alone.
    """

    id_form: ClassVar[str] = "jobs/<jobId>/tasks"
    mutable: ClassVar[frozenset[str]] = frozenset(
        {
            "tasks",
            "defaults",
            "sweep",
            "rerunDependents",
            "onAllTasksComplete",
            "onMissing",
            "awaitCompletion",
            "onFailure",
        }
    )

    jobId: JobReference = prop("Job that the tasks belong to.", required=True, in_body=False)
    tasks: dict[Id, TaskBody] | None = prop(
        "Tasks by their ids: 1 to 64 letters, digits, hyphens and underscores; case is kept but does not tell ids "
        "apart."
    )
    defaults: TaskBody | None = prop(
        "What every task of the collection starts from, those of the sweep as well. What a task says itself takes its "
        "place, lists and objects as a whole. Texts are taken as they are: only the sweep's task has placeholders."
    )
    sweep: Sweep | None = prop("One task for each combination of parameters.")
    rerunDependents: Bool | None = prop(
        "Whether the tasks of this collection that depend on one that is added again, directly or through others, are "
        "added again as well (default false: they are named and stay).",
        default=False,
        in_body=False,
    )
    onAllTasksComplete: AllTasksCompleteMode | None = prop(
        "With `terminatejob` the job ends when its tasks have: set on the job once all tasks of the collection are in. "
        "It is never taken back, and nothing can be added to a job that has ended: put what tells one run from "
        "another into the job's id. The job itself leaves its `onAllTasksComplete` out.",
        default="noaction",
        in_body=False,
    )
    onMissing: OnMissing | None = prop(
        "What to do when a task is gone from its job although it was not deleted here (default `recreate`). A task "
        "of a job that has ended is never added again, nor is one that may have been added more than 179 days ago.",
        default="recreate",
        in_body=False,
    )
    awaitCompletion: AwaitCompletion | None = prop(
        "Wait until all tasks of the collection have ended. Left out, an operation ends when they are added.",
        in_body=False,
        empty_is_distinct=True,
    )
    onFailure: OnFailure | None = prop(
        "What the next deployment does about tasks that have failed (default `keep`).", default="keep", in_body=False
    )
    triggers: list[Any] | None = prop(
        "Values of any kind; when one of them changes, all tasks are deleted and added again. Compared as they are, "
        "and not sent to the service.",
        in_body=False,
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if value.get("tasks") is None and value.get("sweep") is None:
            yield Violation((), "one of `tasks`, `sweep` must be given, or both")
        yield from _same_ids(value)
        for path, task in _whole(value):
            if task.get("commandLine") is None:
                yield Violation((*path, "commandLine"), "must be given, by the task or by `defaults`")
            for broken in task_rules(task):
                yield Violation((*path, *broken.path), broken.reason)

    @classmethod
    def warnings(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        tasks = value.get("tasks")
        if isinstance(tasks, MAPPING) and len(tasks) > MANY:
            yield Violation(
                ("tasks",),
                f"has {len(tasks):,} entries, all of them in the state file: a `sweep`, or a job manager task that "
                "adds the tasks, scales further",
            )
        for path, task in _whole(value):
            for doubtful in task_warnings(path[-1] if path[0] == "tasks" else None, task):
                yield Violation((*path, *doubtful.path), doubtful.reason)


def _whole(value: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Each task with the defaults, as far as it is known; of the sweep the first one."""
    defaults = value.get("defaults")
    if defaults is UNKNOWN:
        return
    start = defaults if isinstance(defaults, MAPPING) else {}
    tasks, sweep = value.get("tasks"), value.get("sweep")
    for name, task in tasks.items() if isinstance(tasks, MAPPING) else ():
        if isinstance(task, MAPPING):
            yield ("tasks", name), _over(start, task)
    task = first_task(sweep) if isinstance(sweep, MAPPING) else None
    if isinstance(task, MAPPING):
        yield ("sweep", "task"), _over(start, task)


def _over(defaults: Mapping[str, Any], task: Mapping[str, Any]) -> dict[str, Any]:
    return {**defaults, **{name: item for name, item in task.items() if item is not None}}


def _same_ids(value: Mapping[str, Any]) -> Iterator[Violation]:
    """The rule that ids differ in more than their case."""
    tasks = value.get("tasks")
    seen: dict[str, str] = {}
    # The engine hands a map over in any order.
    for name in sorted(tasks) if isinstance(tasks, MAPPING) else ():
        first = seen.setdefault(name.casefold(), name)
        if first != name:
            yield Violation(("tasks", name), f"is the id `{first}` again: case does not tell ids apart")

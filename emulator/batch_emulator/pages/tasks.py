"""A task: how it ended, what it waits for, and what it has written."""

from __future__ import annotations

from typing import Any

from batch_emulator.operations.tasks import TASKS
from batch_emulator.pages import files
from batch_emulator.pages.view import Shown, View
from batch_emulator.state.entities import Job, Task


def show(view: View, job_id: str, task_id: str) -> Shown:
    job = view.found(Job, job_id)
    task = view.found(Task, task_id, job.key)
    needs = task.body.get("dependsOn", {})
    directory = files.of_task(view, job, task)
    values = {
        "job": job,
        "task": task,
        "body": view.body(TASKS, task),
        "needs": [(needed, view.account.store.of(Task, job.key).find(needed)) for needed in needs.get("taskIds", ())],
        "ranges": [f"{span['start']} to {span['end']}" for span in needs.get("taskIdRanges", ())],
        "node": _node(view, task),
        "outputs": files.outputs(directory),
        "files": files.listed(directory),
        "files_root": ["jobs", job.id, "tasks", task.id, "files"],
    }
    return Shown("task", "jobs", values)


def _node(view: View, task: Task) -> dict[str, Any] | None:
    """Where it ran, and whether the node is there still."""
    place = task.node_info
    if place is None:
        return None
    return {**place, "known": view.knows_node(place.get("poolId"), place.get("nodeId"))}

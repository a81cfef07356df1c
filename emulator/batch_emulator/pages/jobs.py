"""Jobs: how their tasks are doing, and a table of these."""

from __future__ import annotations

from batch_emulator.operations.jobs import JOBS, count_tasks
from batch_emulator.pages.slices import cut
from batch_emulator.pages.view import Shown, View
from batch_emulator.state.entities import Job, JobNode, Task
from batch_emulator.state.ids import folded

_MOST_NEEDS = 3


def show_all(view: View) -> Shown:
    jobs = view.account.store.of(Job)
    shown = cut(jobs.keys, jobs.__getitem__, view.query)
    held = {job.key: len(view.account.store.of(Task, job.key)) for job in shown.rows}
    return Shown("jobs", "jobs", {"jobs": shown, "tasks": held, "pool_of": view.pool_of})


def show(view: View, job_id: str) -> Shown:
    job = view.found(Job, job_id)
    tasks = view.account.store.of(Task, job.key)
    begins = folded(view.query.get("begins", "").strip())
    values = {
        "job": job,
        "body": view.body(JOBS, job),
        "pool": view.pool_of(job),
        "counts": count_tasks(view.account, job)[0],
        "total": len(tasks),
        "tasks": cut(tasks.keys, tasks.__getitem__, view.query, begins),
        "needs_of": _needs,
        "begins": begins,
        "special": list(view.account.store.of(JobNode, job.key)),
    }
    return Shown("job", "jobs", values)


def _needs(task: Task) -> str:
    """What it depends on, in a few words."""
    needs = task.body.get("dependsOn", {})
    words = list(needs.get("taskIds", ()))
    words += [f"{span['start']} to {span['end']}" for span in needs.get("taskIdRanges", ())]
    more = f" and {len(words) - _MOST_NEEDS} more" if len(words) > _MOST_NEEDS else ""
    return ", ".join(words[:_MOST_NEEDS]) + more

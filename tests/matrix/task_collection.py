"""What becomes of a collection: `task1` and `task2`, in a job of their own."""

from __future__ import annotations

from typing import Final

from tests.matrix import unreadable
from tests.matrix.outcomes import DoesNotApply, Outcome, Row, never, row

_ADD: Final = "POST {job}/addtaskcollection"
_REMOVE: Final = ("DELETE {task}", "DELETE {task2}")
_BOTH: Final = ("tasks.task1", "tasks.task2")
_SAME: Final = Outcome("same")
_SEEN: Final = Outcome("same")
_TAKEN: Final = Outcome("import")
_DELETED: Final = Outcome("delete", writes=_REMOVE)
_ABSENT: Final = Outcome("import", says="resource '{parent}/tasks' does not exist", exit=1)
_UNTOUCHED: Final = row(up=_SAME, refresh=_SEEN, imports=_TAKEN, destroy=_DELETED)
_CHANGED: Final = ("tasks.task1.constraints.retentionTime",)
_OTHERWISE: Final = "tasks of {parent} that are not what was added: task1. They are deleted and added again"
_GONE: Final = "tasks of {parent} that are gone: task1, task2. "
_PARENT_GONE: Final = "{parent} is gone, and the tasks of {id} with it. They count as done"
_YOUNGER: Final = f"{_GONE}The job is another one than they were added to: they are added again"
_ADDED: Final = Outcome("update", writes=(_ADD,), says="{id} adds 2", paths=_BOTH)
"""An import of a job without tasks goes on to add them."""


def _over(state: str) -> Row:
    text = f"{_GONE}The job is {state}: they count as done"
    return row(
        up=Outcome("same", says=text),
        refresh=Outcome("same", says=text),
        imports=Outcome("update", says=f"{{parent}} is {state}: no task can be added to it", paths=_BOTH, exit=1),
        destroy=Outcome("delete", says=text),
    )


ROWS: Final[dict[str, Row]] = {
    "as-declared": _UNTOUCHED,
    "drifted": row(
        up=Outcome("update", writes=("DELETE {task}", _ADD), says=_OTHERWISE, paths=_CHANGED),
        refresh=Outcome("update", says=_OTHERWISE, paths=_CHANGED),
        # The engine takes in what is there, and goes on with what the program declares.
        imports=Outcome("update", writes=("DELETE {task}", _ADD), says="{id} re-adds 1", paths=_CHANGED),
        destroy=Outcome("delete", writes=_REMOVE, says=_OTHERWISE, paths=_CHANGED),
    ),
    "gone": row(
        up=Outcome("update", writes=(_ADD,), says=f"{_GONE}They are added again", paths=_BOTH),
        refresh=Outcome("update", says=_GONE, paths=_BOTH),
        imports=_ADDED,
        destroy=Outcome("delete", says=_GONE, paths=_BOTH),
    ),
    "some-gone": row(
        up=Outcome("update", writes=(_ADD,), says="{parent} that are gone: task1. They are", paths=("tasks.task1",)),
        refresh=Outcome("update", says="{parent} that are gone: task1. They are", paths=("tasks.task1",)),
        imports=Outcome("update", writes=(_ADD,), says="{id} adds 1", paths=("tasks.task1",)),
        destroy=Outcome(
            "delete", writes=("DELETE {task2}",), says="{parent} that are gone: task1. They are", paths=("tasks.task1",)
        ),
    ),
    "others": row(
        up=_SAME,
        refresh=_SEEN,
        # All tasks of the job are taken in, and those that are not declared then removed.
        imports=Outcome("update", writes=("DELETE {job}/tasks/other",), says="{id} removes 1", paths=("tasks.other",)),
        destroy=_DELETED,
    ),
    "stuck": row(
        up=_SAME,
        refresh=_SEEN,
        imports=_TAKEN,
        destroy=Outcome("delete", writes=("DELETE {task2}",), says="1 tasks of {parent} could not be deleted", exit=1),
    ),
    "gone-ignored": row(
        up=_SAME,
        refresh=_SEEN,
        imports=Outcome("update", writes=(_ADD,), says="{id} adds 2", paths=("onMissing", *_BOTH)),
        destroy=Outcome("delete"),
    ),
    "parent-gone": row(
        up=Outcome("same", says=_PARENT_GONE),
        refresh=Outcome("same", says=_PARENT_GONE),
        imports=_ABSENT,
        destroy=Outcome("delete", says=_PARENT_GONE),
    ),
    "parent-remade": row(
        # The old one is deleted before the new one is made, which finds nothing in a job that is empty.
        up=Outcome("replace", writes=("POST /jobs", _ADD), says=_PARENT_GONE, paths=("jobId",)),
        refresh=Outcome("same", says=_PARENT_GONE),
        imports=DoesNotApply("An import takes in what is there."),
        destroy=Outcome("delete", says=_PARENT_GONE),
    ),
    "parent-younger": row(
        up=Outcome("update", writes=(_ADD,), says=_YOUNGER, paths=_BOTH),
        refresh=Outcome("update", says=_YOUNGER, paths=_BOTH),
        imports=_ADDED,
        destroy=Outcome("delete", says=_YOUNGER, paths=_BOTH),
    ),
    "job-disabled": _UNTOUCHED,
    "job-completed": _UNTOUCHED,
    "job-terminating": _UNTOUCHED,
    # The service refuses to delete tasks of such a job, and the end of both is waited for.
    "job-deleting": row(up=_SAME, refresh=_SEEN, imports=_TAKEN, destroy=Outcome("delete")),
    "gone-job-completed": _over("completed"),
    "gone-job-terminating": _over("terminating"),
    "gone-job-deleting": _over("deleting"),
    "task-failed": _UNTOUCHED,
    "pool-deleting": _UNTOUCHED,
    **unreadable.rows(
        _ADD,
        _REMOVE,
        Outcome("update", writes=(f"other: {_ADD}",), says="{id} adds 2", paths=_BOTH),
        reads="GET {path}/task",
    ),
    **dict.fromkeys(
        ("imported-deletionPolicy", "imported-takeOver", "imported-rollout"),
        never("A collection has no such property."),
    ),
    **{
        f"imported-{name}": row(up=_SAME, refresh=_SEEN, imports=Outcome("update", paths=(name,)), destroy=_DELETED)
        for name in ("triggers", "awaitCompletion", "rerunDependents")
    },
    "imported-onFailure": row(
        up=_SAME, refresh=_SEEN, imports=Outcome("update", paths=("awaitCompletion", "onFailure")), destroy=_DELETED
    ),
    "imported-onAllTasksComplete": row(
        up=_SAME,
        refresh=_SEEN,
        imports=Outcome("update", writes=("PATCH {job}",), paths=("onAllTasksComplete",)),
        destroy=_DELETED,
    ),
    "imported-onMissing": row(
        up=_SAME,
        refresh=_SEEN,
        imports=Outcome("update", paths=("onMissing",)),
        destroy=Outcome("delete"),
    ),
    **dict.fromkeys(
        ("imported-waitForSteady", "imported-stopPendingResize", "imported-nodeDeallocationOption"),
        never("Only a pool has such a property."),
    ),
    **dict.fromkeys(("imported-movePool", "imported-disableTasks"), never("Only a job has such a property.")),
}

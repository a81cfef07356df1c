"""What becomes of a task."""

from __future__ import annotations

from typing import Final

from tests.matrix import unreadable
from tests.matrix.outcomes import DoesNotApply, Outcome, Row, never, row

_ADD: Final = "POST {tasks}"
_REMOVE: Final = "DELETE {task}"
_SAME: Final = Outcome("same")
_SEEN: Final = Outcome("same")
_TAKEN: Final = Outcome("import")
_DELETED: Final = Outcome("delete", writes=(_REMOVE,))
_ABSENT: Final = Outcome("import", says="resource '{id}' does not exist", exit=1)
_UNTOUCHED: Final = row(up=_SAME, refresh=_SEEN, imports=_TAKEN, destroy=_DELETED)
_ANOTHER: Final = "{parent} is another job than the one that {id} was added to"


def _done(text: str) -> Row:
    """The task is over and was cleaned away: that is no change, and nothing is left to delete."""
    return row(
        up=Outcome("same", says=text),
        refresh=Outcome("same", says=text),
        imports=_ABSENT,
        destroy=Outcome("delete", says=text),
    )


def _over(state: str) -> Row:
    return _done(f"{{id}} is gone and {{parent}} is {state}: the task counts as done")


ROWS: Final[dict[str, Row]] = {
    "as-declared": _UNTOUCHED,
    "drifted": row(
        up=Outcome("replace", writes=(_REMOVE, _ADD), paths=("constraints.retentionTime",)),
        refresh=Outcome("update", paths=("constraints.retentionTime",)),
        imports=Outcome(
            "import", says="previously-imported resources that still specify an ID may not be replaced", exit=1
        ),
        destroy=Outcome("delete", writes=(_REMOVE,), paths=("constraints.retentionTime",)),
    ),
    "gone": row(
        up=Outcome("create", writes=(_ADD,)), refresh=Outcome("delete"), imports=_ABSENT, destroy=Outcome("refresh")
    ),
    **dict.fromkeys(("some-gone", "others"), never("A task is one task.")),
    "stuck": row(
        up=_SAME,
        refresh=_SEEN,
        imports=_TAKEN,
        destroy=Outcome("delete", says="DELETE {task} was answered 409 TaskBusy", exit=1),
    ),
    "gone-ignored": row(up=_SAME, refresh=_SEEN, imports=_ABSENT, destroy=Outcome("delete")),
    "parent-gone": _done("{parent} is gone, and {id} with it. The task counts as done"),
    "parent-remade": row(
        # The old one is deleted before the new one is made, which finds nothing in a job that is empty.
        up=Outcome("replace", writes=("POST /jobs", _ADD), says="{parent} is gone, and {id} with it", paths=("jobId",)),
        refresh=Outcome("same", says="{parent} is gone, and {id} with it"),
        imports=DoesNotApply("An import takes in what is there."),
        destroy=Outcome("delete", says="{parent} is gone, and {id} with it"),
    ),
    "parent-younger": row(
        up=Outcome("create", writes=(_ADD,), says=_ANOTHER),
        refresh=Outcome("delete", says=_ANOTHER),
        imports=_ABSENT,
        destroy=Outcome("refresh", says=_ANOTHER),
    ),
    "job-disabled": _UNTOUCHED,
    "job-completed": _UNTOUCHED,
    "job-terminating": _UNTOUCHED,
    # The service refuses to delete a task of such a job, and the end of both is waited for.
    "job-deleting": row(up=_SAME, refresh=_SEEN, imports=_TAKEN, destroy=Outcome("delete")),
    "gone-job-completed": _over("completed"),
    "gone-job-terminating": _over("terminating"),
    "gone-job-deleting": _over("deleting"),
    "task-failed": _UNTOUCHED,
    "pool-deleting": _UNTOUCHED,
    **unreadable.rows(_ADD, (_REMOVE,), _ABSENT),
    **dict.fromkeys(
        (
            "imported-deletionPolicy",
            "imported-takeOver",
            "imported-rollout",
            "imported-rerunDependents",
            "imported-onAllTasksComplete",
        ),
        never("A task has no such property."),
    ),
    "imported-triggers": row(up=_SAME, refresh=_SEEN, imports=Outcome("update", paths=("triggers",)), destroy=_DELETED),
    "imported-onMissing": row(
        up=_SAME, refresh=_SEEN, imports=Outcome("update", paths=("onMissing",)), destroy=Outcome("delete")
    ),
    "imported-awaitCompletion": row(
        up=_SAME, refresh=_SEEN, imports=Outcome("update", paths=("awaitCompletion",)), destroy=_DELETED
    ),
    "imported-onFailure": row(
        up=_SAME, refresh=_SEEN, imports=Outcome("update", paths=("awaitCompletion", "onFailure")), destroy=_DELETED
    ),
    **dict.fromkeys(
        ("imported-waitForSteady", "imported-stopPendingResize", "imported-nodeDeallocationOption"),
        never("Only a pool has such a property."),
    ),
    **dict.fromkeys(("imported-movePool", "imported-disableTasks"), never("Only a job has such a property.")),
}

"""What becomes of a pool."""

from __future__ import annotations

from typing import Final

from tests.matrix import unreadable
from tests.matrix.outcomes import Outcome, Row, never, row

_SAME: Final = Outcome("same")
_SEEN: Final = Outcome("same")
_TAKEN: Final = Outcome("import")
_DELETED: Final = Outcome("delete", writes=("DELETE {pool}",))
_ABSENT: Final = Outcome("import", says="resource '{id}' does not exist", exit=1)
_JOB: Final = never("What becomes of jobs does not change a pool.")
_NONE: Final = never("A pool has no such property.")
_PARENT: Final = never("A pool belongs to nothing.")
_NODES: Final = "targetDedicatedNodes"
_GOING: Final = "{id} is being deleted by another client"


def _records(name: str) -> Outcome:
    """The import is followed by an update that sends nothing."""
    return Outcome("update", paths=(name,))


ROWS: Final[dict[str, Row]] = {
    "as-declared": row(up=_SAME, refresh=_SEEN, imports=_TAKEN, destroy=_DELETED),
    "drifted": row(
        up=Outcome("update", writes=("POST {pool}/resize",), paths=(_NODES,)),
        refresh=Outcome("update", paths=(_NODES,)),
        # The engine takes in what is there, and goes on with what the program declares.
        imports=Outcome("update", writes=("POST {pool}/resize",), paths=(_NODES,)),
        destroy=Outcome("delete", writes=("DELETE {pool}",), paths=(_NODES,)),
    ),
    "gone": row(
        up=Outcome("create", writes=("POST /pools",)),
        refresh=Outcome("delete"),
        imports=_ABSENT,
        destroy=Outcome("refresh"),
    ),
    "gone-ignored": never("A pool that is gone is made again: it has no `onMissing`."),
    **dict.fromkeys(("some-gone", "others", "stuck"), _JOB),
    **dict.fromkeys(("parent-gone", "parent-remade", "parent-younger"), _PARENT),
    **dict.fromkeys(("job-disabled", "job-completed", "job-terminating", "job-deleting"), _JOB),
    **dict.fromkeys(("gone-job-completed", "gone-job-terminating", "gone-job-deleting", "task-failed"), _JOB),
    "pool-deleting": row(
        up=Outcome("same", says=f"{_GOING}; once it is gone, the next `pulumi up` creates it again"),
        refresh=Outcome("same", says=_GOING),
        imports=_TAKEN,
        # The service refuses a second deletion, and the end of the first one is waited for.
        destroy=Outcome("delete", says=_GOING),
    ),
    **unreadable.rows("POST /pools", ("DELETE {pool}",), _ABSENT),
    "imported-deletionPolicy": row(
        up=_SAME, refresh=_SEEN, imports=_records("deletionPolicy"), destroy=Outcome("delete")
    ),
    "imported-waitForSteady": row(up=_SAME, refresh=_SEEN, imports=_records("waitForSteady"), destroy=_DELETED),
    "imported-stopPendingResize": row(up=_SAME, refresh=_SEEN, imports=_records("stopPendingResize"), destroy=_DELETED),
    "imported-nodeDeallocationOption": row(
        up=_SAME,
        refresh=_SEEN,
        imports=_records("nodeDeallocationOption"),
        destroy=Outcome("delete", writes=("POST {pool}/resize", "DELETE {pool}")),
    ),
    "imported-takeOver": row(up=_SAME, refresh=_SEEN, imports=_records("takeOver"), destroy=_DELETED),
    "imported-rollout": row(up=_SAME, refresh=_SEEN, imports=_records("rollout"), destroy=_DELETED),
    **dict.fromkeys(("imported-triggers", "imported-onMissing"), _NONE),
    **dict.fromkeys(("imported-awaitCompletion", "imported-onFailure", "imported-rerunDependents"), _NONE),
    "imported-onAllTasksComplete": _NONE,
    **dict.fromkeys(("imported-movePool", "imported-disableTasks"), never("Only a job has such a property.")),
}

"""What becomes of a job schedule."""

from __future__ import annotations

from typing import Final

from tests.matrix import unreadable
from tests.matrix.outcomes import Outcome, Row, never, row

_SAME: Final = Outcome("same")
_SEEN: Final = Outcome("same")
_TAKEN: Final = Outcome("import")
_DELETED: Final = Outcome("delete", writes=("DELETE {schedule}",))
_ABSENT: Final = Outcome("import", says="resource '{id}' does not exist", exit=1)
_UNTOUCHED: Final = row(up=_SAME, refresh=_SEEN, imports=_TAKEN, destroy=_DELETED)
_TASK: Final = never("What becomes of tasks does not change a job schedule.")
_NONE: Final = never("A job schedule has no such property.")
_LEFT: Final = Outcome("delete")
_DISABLED: Final = "{id} is disabled: it makes no jobs until it is enabled again"
_LATER: Final = "`jobSpecification` of {id} holds for the jobs that are made from now on"
_GOING: Final = "{id} is being deleted by another client"


def _records(name: str) -> Outcome:
    """The import is followed by an update that sends nothing."""
    return Outcome("update", paths=(name,))


ROWS: Final[dict[str, Row]] = {
    "as-declared": _UNTOUCHED,
    "drifted": row(
        up=Outcome("update", writes=("PATCH {schedule}",), paths=("jobSpecification.priority",), says=_LATER),
        refresh=Outcome("update", paths=("jobSpecification.priority",)),
        # The engine takes in what is there, and goes on with what the program declares.
        imports=Outcome("update", writes=("PATCH {schedule}",), paths=("jobSpecification.priority",), says=_LATER),
        destroy=Outcome("delete", writes=("DELETE {schedule}",), paths=("jobSpecification.priority",)),
    ),
    "gone": row(
        up=Outcome("create", writes=("POST /jobschedules",)),
        refresh=Outcome("delete"),
        imports=_ABSENT,
        destroy=Outcome("refresh"),
    ),
    "gone-ignored": row(up=_SAME, refresh=_SEEN, imports=_ABSENT, destroy=Outcome("delete")),
    **dict.fromkeys(("some-gone", "others", "stuck"), _TASK),
    # Its jobs wait for a pool of that id.
    "parent-gone": _UNTOUCHED,
    "parent-remade": never("Whoever makes it again: it is as with a younger one."),
    "parent-younger": _UNTOUCHED,
    "job-disabled": row(
        up=Outcome("same", says=_DISABLED),
        refresh=Outcome("same", says=_DISABLED),
        imports=Outcome("import", says=_DISABLED),
        destroy=Outcome("delete", writes=("DELETE {schedule}",), says=_DISABLED),
    ),
    "job-completed": _UNTOUCHED,
    "job-terminating": _UNTOUCHED,
    "job-deleting": row(
        up=Outcome("same", says=f"{_GOING}; once it is gone, the next `pulumi up` creates it again"),
        refresh=Outcome("same", says=_GOING),
        imports=_TAKEN,
        # The service refuses a second deletion, and the end of the first one is waited for.
        destroy=Outcome("delete", says=_GOING),
    ),
    **dict.fromkeys(("gone-job-completed", "gone-job-terminating", "gone-job-deleting", "task-failed"), _TASK),
    "pool-deleting": _UNTOUCHED,
    **unreadable.rows("POST /jobschedules", ("DELETE {schedule}",), _ABSENT),
    "imported-deletionPolicy": row(up=_SAME, refresh=_SEEN, imports=_records("deletionPolicy"), destroy=_LEFT),
    "imported-takeOver": row(up=_SAME, refresh=_SEEN, imports=_records("takeOver"), destroy=_DELETED),
    **dict.fromkeys(("imported-triggers", "imported-rollout"), _NONE),
    **dict.fromkeys(("imported-awaitCompletion", "imported-onFailure", "imported-rerunDependents"), _NONE),
    "imported-onAllTasksComplete": never("It stands in the job specification, which the service shows."),
    "imported-onMissing": row(up=_SAME, refresh=_SEEN, imports=_records("onMissing"), destroy=_LEFT),
    **dict.fromkeys(
        ("imported-waitForSteady", "imported-stopPendingResize", "imported-nodeDeallocationOption"),
        never("Only a pool has such a property."),
    ),
    **dict.fromkeys(("imported-movePool", "imported-disableTasks"), never("Only a job has such a property.")),
}

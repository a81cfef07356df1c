"""What becomes of pool properties."""

from __future__ import annotations

from typing import Final

from tests.matrix import unreadable
from tests.matrix.outcomes import Outcome, Row, never, row

_WRITE: Final = "POST {pool}/updateproperties"
_SAME: Final = Outcome("same")
_SEEN: Final = Outcome("same")
_TAKEN: Final = Outcome("import")
_CLEARED: Final = Outcome("delete", writes=(_WRITE,))
_START: Final = "startTask"
_COMMAND: Final = "startTask.commandLine"
_NO_EXECUTION: Final = "Pool properties are no execution: they have no `onMissing` and no job."
_JOB: Final = never("What becomes of jobs is nothing to a pool's properties.")


def _differs(path: str, *, kind: str = "update") -> Outcome:
    return Outcome(kind, writes=(_WRITE,), paths=(path,))


ROWS: Final[dict[str, Row]] = {
    "as-declared": row(up=_SAME, refresh=_SEEN, imports=_TAKEN, destroy=_CLEARED),
    "drifted": row(
        up=_differs(_COMMAND),
        refresh=Outcome("update", paths=(_COMMAND,)),
        # The engine takes in what is there, and goes on with what the program declares.
        imports=_differs(_COMMAND),
        destroy=Outcome("delete", writes=(_WRITE,), paths=(_COMMAND,)),
    ),
    "gone": row(
        up=_differs(_START),
        refresh=Outcome("update", paths=(_START,)),
        imports=_differs(_START),
        destroy=Outcome("delete", paths=(_START,)),
    ),
    "gone-ignored": never(_NO_EXECUTION),
    **dict.fromkeys(("some-gone", "others", "stuck"), _JOB),
    "parent-gone": row(
        up=Outcome("create", says="404 PoolNotFound", exit=1),
        refresh=Outcome("delete"),
        imports=Outcome("import", says="resource '{id}' does not exist", exit=1),
        destroy=Outcome("refresh"),
    ),
    "parent-remade": never("Whoever makes it again: it is as with a younger one."),
    "parent-younger": row(
        up=_differs(_START),
        refresh=Outcome("update", paths=(_START,)),
        imports=_differs(_START),
        destroy=Outcome("delete", paths=(_START,)),
    ),
    **dict.fromkeys(("job-disabled", "job-completed", "job-terminating", "job-deleting"), _JOB),
    **dict.fromkeys(("gone-job-completed", "gone-job-terminating", "gone-job-deleting", "task-failed"), _JOB),
    "pool-deleting": row(
        up=Outcome("same", says="{id} is being deleted: its properties are left as they are, and end with it"),
        refresh=Outcome("same", says="{id} is being deleted"),
        imports=_TAKEN,
        destroy=Outcome("delete", says="{id} is being deleted"),
    ),
    # The pool is there, without the properties.
    **unreadable.rows(_WRITE, (_WRITE,), Outcome("update", writes=(f"other: {_WRITE}",), paths=(_START,))),
    "imported-deletionPolicy": row(
        up=_SAME,
        refresh=_SEEN,
        imports=Outcome("update", paths=("deletionPolicy",)),
        destroy=Outcome("delete"),
    ),
    "imported-takeOver": row(up=_SAME, refresh=_SEEN, imports=Outcome("update", paths=("takeOver",)), destroy=_CLEARED),
    "imported-rollout": row(up=_SAME, refresh=_SEEN, imports=Outcome("update", paths=("rollout",)), destroy=_CLEARED),
    "imported-triggers": row(up=_SAME, refresh=_SEEN, imports=Outcome("update", paths=("triggers",)), destroy=_CLEARED),
    **dict.fromkeys(("imported-onMissing", "imported-awaitCompletion", "imported-onFailure"), never(_NO_EXECUTION)),
    **dict.fromkeys(("imported-rerunDependents", "imported-onAllTasksComplete"), _JOB),
    **dict.fromkeys(
        ("imported-waitForSteady", "imported-stopPendingResize", "imported-nodeDeallocationOption"),
        never("Only a pool has such a property."),
    ),
    **dict.fromkeys(("imported-movePool", "imported-disableTasks"), never("Only a job has such a property.")),
}

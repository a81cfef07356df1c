"""What each operation does with an application package."""

from __future__ import annotations

from typing import Final

from tests.matrix import unreadable
from tests.matrix.outcomes import Outcome, Row, never, row

_UPLOAD: Final = ("PUT {package}", "POST {package}/activate")
_MADE: Final = ("PUT {application}", *_UPLOAD)
_REMOVE: Final = ("DELETE {package}",)
_HASH: Final = ("contentHash",)
_TAKEN_IN: Final = "{id} is active; what is in it cannot be read, and is taken to be what the program declares"
_FOREIGN: Final = "{id} was activated by another client at"
_PENDING: Final = "{id} is pending: its content has not been activated; the next `pulumi up` uploads it again"

_SAME: Final = Outcome("same")
_TAKEN: Final = Outcome("update", says=_TAKEN_IN, paths=_HASH)
_DELETED: Final = Outcome("delete", writes=_REMOVE)
_ABSENT: Final = Outcome("import", says="resource '{id}' does not exist", exit=1)
_UNTOUCHED: Final = row(up=_SAME, refresh=_SAME, imports=_TAKEN, destroy=_DELETED)
_NONE: Final = never("A package has no such property.")
_JOB: Final = never("What becomes of jobs and tasks does not change a package.")


def _content(says: str, up: Outcome, imports: Outcome = _TAKEN) -> Row:
    """What is in it is not what was uploaded."""
    return row(
        up=up,
        refresh=Outcome("update", says=says, paths=_HASH),
        imports=imports,
        destroy=Outcome("delete", writes=_REMOVE, says=says, paths=_HASH),
    )


def _gone(*made: str, says: str = "") -> Row:
    return row(
        up=Outcome("create", writes=made, says=says),
        refresh=Outcome("delete"),
        imports=_ABSENT,
        destroy=Outcome("refresh"),
    )


def _imported(name: str, *writes: str) -> Row:
    return row(
        up=_SAME,
        refresh=_SAME,
        imports=Outcome("update", writes=writes, says=_TAKEN_IN, paths=("contentHash", name)),
        destroy=_DELETED,
    )


ROWS: Final[dict[str, Row]] = {
    "as-declared": _UNTOUCHED,
    # What an import finds cannot be compared.
    "drifted": _content(_FOREIGN, Outcome("update", writes=_UPLOAD, says=_FOREIGN, paths=_HASH)),
    "gone": _gone(*_UPLOAD),
    "gone-ignored": never("A package that is gone is made again: it has no `onMissing`."),
    **dict.fromkeys(("some-gone", "others", "stuck"), _JOB),
    "parent-gone": _gone(*_MADE, says="was made, and is left there when its packages are deleted"),
    "parent-remade": never("An application is made with its first package, and is no resource."),
    "parent-younger": _gone(*_UPLOAD),
    **dict.fromkeys(("job-disabled", "job-completed", "job-terminating", "job-deleting"), _JOB),
    **dict.fromkeys(("gone-job-completed", "gone-job-terminating", "gone-job-deleting", "task-failed"), _JOB),
    "pool-deleting": _UNTOUCHED,
    "in-use": row(
        up=_SAME,
        refresh=_SAME,
        imports=_TAKEN,
        destroy=Outcome("delete", says="refers to it. Have that refer to another version first", exit=1),
    ),
    "pending": _content(
        _PENDING,
        Outcome("update", writes=_UPLOAD, says=_PENDING, paths=_HASH),
        Outcome("update", writes=_UPLOAD, says="{id} is pending: what the program declares is uploaded", paths=_HASH),
    ),
    "locked": _content(
        _FOREIGN,
        Outcome("update", says="does not allow packages to be updated, so that its content stays", paths=_HASH, exit=1),
    ),
    "refused-401": unreadable.refused("401 AuthenticationFailed", ""),
    "refused-403": unreadable.refused("403 AuthorizationFailed", ""),
    **unreadable.unanswered(),
    **dict.fromkeys(
        ("another-account", "another-account-environment"),
        row(
            up=Outcome("replace", writes=(*(f"other: {request}" for request in _UPLOAD), *_REMOVE)),
            refresh=_SAME,
            imports=_ABSENT,
            destroy=_DELETED,
        ),
    ),
    "imported-takeOver": _imported("takeOver"),
    "imported-displayName": _imported("displayName", "PATCH {application}"),
    "imported-allowUpdates": _imported("allowUpdates", "PATCH {application}"),
    "imported-defaultVersion": _imported("defaultVersion", "PATCH {application}"),
    **dict.fromkeys(("imported-deletionPolicy", "imported-triggers", "imported-rollout", "imported-onMissing"), _NONE),
    **dict.fromkeys(("imported-awaitCompletion", "imported-onFailure", "imported-rerunDependents"), _NONE),
    "imported-onAllTasksComplete": _NONE,
    **dict.fromkeys(
        ("imported-waitForSteady", "imported-stopPendingResize", "imported-nodeDeallocationOption"),
        never("Only a pool has such a property."),
    ),
    **dict.fromkeys(("imported-movePool", "imported-disableTasks"), never("Only a job has such a property.")),
}

"""The rows that are the same for every resource: it cannot be read, or it is looked for in another account."""

from __future__ import annotations

from typing import Final

from tests.matrix.outcomes import DoesNotApply, Outcome, Row, row

_KEPT: Final = "{id} could not be read: "


def refused(answer: str, reads: str) -> Row:
    """Credentials are refused: the state is kept, and an update that brings other ones must be able to go on."""
    update = Outcome("update", says=answer, exit=1)
    return row(
        up=update,
        refresh=Outcome("same", says=f"{_KEPT}{reads or f'GET {{path}} was answered {answer}'}"),
        imports=Outcome("import", says=f"GET {{path}} was answered {answer}", exit=1),
        destroy=Outcome("delete", says="run `pulumi up` with valid ones first", exit=1),
    )


def failing(answer: str, reads: str) -> Row:
    """The service does not answer, or not with an answer: nothing happens, to no resource."""
    stopped = Outcome("refresh", says=f"{_KEPT}{reads or f'GET {{path}} {answer}'}", exit=1)
    return row(
        up=stopped,
        refresh=stopped,
        imports=Outcome("import", says=f"GET {{path}} {answer}", exit=1),
        destroy=stopped,
    )


def unanswered(reads: str = "") -> dict[str, Row]:
    """No answer, or none that says anything."""
    return {
        "fails-500": failing("was answered 500 InternalError", reads),
        "times-out": failing("got no answer", reads),
    }


def elsewhere(made: str, removed: tuple[str, ...], taken: Outcome, reads: str) -> dict[str, Row]:
    """The rows on another account: `made` is the request that makes the resource there, `removed` what takes the old
    one away, `taken` what an import finds."""
    replaced = Outcome("replace", writes=(f"other: {made}", *removed))
    return {
        "another-account": row(
            up=replaced,
            refresh=Outcome("same"),
            imports=taken,
            destroy=Outcome("delete", writes=removed),
        ),
        "another-account-environment": row(
            up=Outcome("replace", writes=(f"other: {made}",), says="could not be deleted in the account at", exit=1),
            refresh=Outcome("same", says=f"{_KEPT}{reads or 'GET {path} was answered 403 AuthenticationFailed'}"),
            imports=DoesNotApply("Nothing is recorded yet, so it is as above."),
            destroy=Outcome("delete", says="could not be deleted in the account at", exit=1),
        ),
    }


def rows(made: str, removed: tuple[str, ...], taken: Outcome, *, reads: str = "") -> dict[str, Row]:
    """All of them. `reads` is what an operation says of its failed read, where it may be any of several."""
    return {
        "refused-401": refused("401 AuthenticationFailed", reads),
        "refused-403": refused("403 InsufficientAccountPermissions", reads),
        **unanswered(reads),
        **elsewhere(made, removed, taken, reads),
    }

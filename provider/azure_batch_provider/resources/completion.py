"""Waiting until tasks of one job have completed, however many they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from azure_batch_provider.lifecycle.context import Call, Session

WAITING: Final = "completion"
"""What an operation left unfinished: it did not see the end of tasks that it waited for."""
FAILED: Final = "failed-completion"
"""The same: they have ended, and some of them have failed."""


@dataclass(frozen=True)
class Outcome:
    """What came of waiting.

    Attributes:
        unfinished: None when all is well; otherwise `WAITING` or `FAILED`, for the mark that the state keeps.
        reasons: for the user, a sentence each, without a secret; not many, however many tasks there are.
        failed: the ids of the tasks that have failed, in the spelling that was asked for; also where that is no error.
    """

    unfinished: str | None = None
    reasons: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


class Completion:
    """Waits on behalf of one call, for tasks of one job."""

    def __init__(self, session: Session, call: Call, job: str) -> None:
        self._session = session
        self._call = call
        self._job = job

    def wait(self, ids: Collection[str], options: Mapping[str, Any]) -> Outcome:
        """Return when all of these tasks have completed, when one of them never can, or when the time is over.

        Never raises a RequestError: what exists must not be lost, whatever happens while it is waited for. A
        preview must not call it.

        Args:
            ids: of tasks that have been added; other tasks of the job do not matter.
            options: `awaitCompletion`.
        """
        raise NotImplementedError

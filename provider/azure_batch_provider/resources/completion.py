"""Waiting until tasks of one job have completed, however many they are.

Tasks are counted by themselves: a job can be completed before the last of its tasks is.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from azure_batch_provider.http.errors import Cancelled, RequestError
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.lifecycle.waiting import poll
from azure_batch_provider.resources import completion_foresight
from azure_batch_provider.resources.completion_failure import has_failed, reasons
from azure_batch_provider.resources.completion_progress import NeverCompletes, Progress
from azure_batch_provider.resources.completion_watch import Watch, watch
from azure_batch_provider.resources.ids import task_id
from azure_batch_provider.values.durations import NO_LIMIT, TICKS_PER_SECOND, parse_duration
from azure_batch_provider.values.redact import redact

WAITING: Final = "completion"
"""What an operation left unfinished: it did not see the end of tasks that it waited for."""
FAILED: Final = "failed-completion"
"""The same: they have ended, and some of them have failed."""
_ON: Final = "The next `pulumi up` waits on."


@dataclass(frozen=True)
class Outcome:
    """What came of waiting.

    Attributes:
        unfinished: None when all is well; otherwise `WAITING` or `FAILED`, for the mark that the state keeps.
        reasons: for the user, a sentence each, without a secret; not many, however many tasks there are.
        failed: the ids of the tasks that have failed, in the service's spelling; also where that is no error.
        gone: the ids of tasks that are not there any more, where that was seen: of few tasks it always is; of many,
            one that is deleted while it is waited for counts as completed.
    """

    unfinished: str | None = None
    reasons: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


class _Over(Exception):
    """There is no more time."""


class Completion:
    """Waits on behalf of one call, for tasks of one job."""

    def __init__(self, session: Session, call: Call, job: str) -> None:
        self._session = session
        self._call = call
        self._job = job

    def foresee(self, tasks: Mapping[str, Mapping[str, Any]]) -> None:
        """Warn in a preview of what would keep tasks from ever completing, as far as their job and its pool are there.

        Args:
            tasks: what is declared, by task id.

        Raises:
            RequestError
        """
        completion_foresight.foresee(self._session, self._call, self._job, tasks)

    def wait(self, ids: Collection[str], options: Mapping[str, Any]) -> Outcome:
        """Return when all of these tasks have completed, when one of them never can, or when the time is over.

        Never raises a RequestError: what exists must not be lost, whatever happens while it is waited for. A
        preview must not call it.

        Args:
            ids: of tasks that have been added; other tasks of the job do not matter.
            options: `awaitCompletion`.
        """
        call = replace(self._call, deadline=self._call.deadline.at_most(_seconds(options)))
        tasks = watch(self._session.client, self._job, ids, call.deadline)
        progress = Progress(self._session, call, self._job, tasks)
        began = call.deadline.now()

        def late() -> str:
            more = "No more time is allowed, by `awaitCompletion.timeout` or the resource option `customTimeouts`."
            return f"{progress.left(f'after {call.deadline.now() - began:.0f} s')}. {more}"

        try:
            poll(call, progress.look, status=progress.status, over=lambda error, seconds: _Over())
            return self._outcome(tasks.failures(), options, gone=tasks.gone)
        except _Over:
            return _unseen(late())
        except Cancelled:
            return _unseen(f"{progress.left('when the wait for it was interrupted')}.")
        except NeverCompletes as never:
            return self._never(never.reasons, tasks, options)
        except RequestError as error:
            # Also the look that the end of the time cut off.
            last = late() if call.deadline.remaining() <= 0 else f"{progress.left('when it was last seen')}."
            return _unseen(f"{last} {error}")

    def outcome(self, task: Mapping[str, Any], options: Mapping[str, Any]) -> Outcome:
        """What it would come to if a task that was just read were not waited for any longer.

        Raises:
            Cancelled
        """
        if str(task.get("state")).casefold() != "completed":
            return _unseen(f"{task_id(self._job, task['id'])} has not completed: it is {task.get('state')}.")
        return self._outcome([task] if has_failed(task) else [], options)

    def ended(self, failed: Sequence[Mapping[str, Any]], options: Mapping[str, Any]) -> Outcome:
        """What it comes to that all tasks have ended, and these have failed.

        Raises:
            Cancelled
        """
        return self._outcome(failed, options)

    def _outcome(
        self, failed: Sequence[Mapping[str, Any]], options: Mapping[str, Any], gone: Sequence[str] = ()
    ) -> Outcome:
        """Of tasks that have all ended."""
        ids = tuple(str(task["id"]) for task in failed)
        texts = tuple(reasons(self._session, self._call, self._job, failed))
        if not _must_succeed(options):
            for text in texts:
                self._call.warn(text)
            texts = ()
        return Outcome(FAILED if texts else None, texts, ids, tuple(gone))

    def _never(self, causes: Sequence[str], tasks: Watch, options: Mapping[str, Any]) -> Outcome:
        """Of tasks that will not all end: those that have failed count as they do otherwise."""
        try:
            ended = self._outcome(tasks.failures(), options, tasks.gone)
        except RequestError as error:
            self._call.debug(f"which tasks have failed is not known: {error}")
            ended = Outcome()
        texts = (*map(redact, causes), *ended.reasons, _ON)
        return replace(ended, unfinished=ended.unfinished or WAITING, reasons=texts)


def _unseen(text: str) -> Outcome:
    return Outcome(WAITING, (f"{redact(text)} {_ON}",))


def _must_succeed(options: Mapping[str, Any]) -> bool:
    return options.get("failOnError") is not False


def _seconds(options: Mapping[str, Any]) -> float:
    """The time that `awaitCompletion` allows."""
    text = options.get("timeout")
    ticks = NO_LIMIT if text is None else parse_duration(str(text))
    return math.inf if ticks >= NO_LIMIT else ticks / TICKS_PER_SECOND

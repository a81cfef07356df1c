"""How tasks have failed, for the user: few sentences, however many they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.resources.ids import task_id
from azure_batch_provider.resources.last_lines import STDERR, indented, last_lines
from azure_batch_provider.values.redact import redact

NAMED: Final = 20
"""Tasks that have a sentence of their own."""
MISSES: Final = 3
"""After so many tasks in a row whose standard error cannot be had, it is not asked for any more."""
_LONGEST: Final = 300
_KINDS: Final = 5


def has_failed(task: Mapping[str, Any]) -> bool:
    """Whether a task on the server has come to its end without success."""
    return str((task.get("executionInfo") or {}).get("result")).casefold() == "failure"


def how(task: Mapping[str, Any]) -> str:
    """The exit code of a failed task, and what the service says of it."""
    execution = task.get("executionInfo") or {}
    code, failure = execution.get("exitCode"), execution.get("failureInfo")
    failure = failure if isinstance(failure, Mapping) else {}
    texts = [failure.get("message"), *_details(failure)]
    said = ", ".join(_short(text) for text in texts if isinstance(text, str) and text)
    why = ": ".join(filter(None, (_short(str(failure.get("code") or "")), said)))
    ended = "without an exit code" if code is None else f"with exit code {code}"
    return f"{ended} ({why})" if why else ended


def _details(failure: Mapping[str, Any]) -> Iterator[Any]:
    details = failure.get("details")
    for item in details[:3] if isinstance(details, list) else ():
        if isinstance(item, Mapping) and item.get("value") not in (None, failure.get("message")):
            yield item["value"]


def reasons(session: Session, call: Call, job: str, tasks: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence for each of the first failed tasks, with the end of its standard error where it can be had, and how
    many others have failed in which way.

    Raises:
        Cancelled
    """
    found, misses = [], 0
    for task in tasks[:NAMED]:
        end = _stderr(session, call, job, str(task["id"])) if misses < MISSES else None
        misses = misses + 1 if end is None else 0
        written = f" The end of its {STDERR}:{indented(end)}" if end else ""
        found.append(redact(f"{task_id(job, task['id'])} failed {how(task)}.{written}"))
    rest = tasks[NAMED:]
    if rest:
        kinds = Counter(map(how, rest)).most_common(_KINDS)
        counts = "; ".join(f"{count:,} {kind}" for kind, count in kinds)
        others = len(rest) - sum(count for _, count in kinds)
        found.append(redact(f"{len(rest):,} more tasks failed: {counts}{f'; {others:,} otherwise' if others else ''}."))
        call.debug(f"failed tasks of jobs/{job}: {', '.join(str(task['id']) for task in tasks)}")
    return found


def _stderr(session: Session, call: Call, job: str, task: str) -> list[str] | None:
    """The last lines that the task wrote to its standard error; None when they cannot be had."""
    client = session.client
    return last_lines(
        call, task_id(job, task), lambda size, by: client.end_of_file(job, task, STDERR, size, deadline=by)
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rpartition(' ')[0]} [...]"

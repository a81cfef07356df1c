"""What Task - Add Collection answers: a result for each task that was sent.

https://learn.microsoft.com/rest/api/batchservice/tasks/create-task-collection
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

from azure_batch_provider.batch.answers import LOOK_FOR_A_PROXY, id_key
from azure_batch_provider.batch.dialect import error_body
from azure_batch_provider.batch.remedies import MEANINGS
from azure_batch_provider.http.dialect import NO_MEANING
from azure_batch_provider.http.errors import ProtocolError
from azure_batch_provider.values.redact import redact

if TYPE_CHECKING:
    from azure_batch_provider.http.answer import Reply

LONGEST_TEXT: Final = 1000
"""Characters of the service's words for one task that are kept: there may be a hundred thousand of them."""
_EXISTS: Final = "TaskExists"

Kind = Literal["added", "exists", "refused", "again", "unknown"]


@dataclass(frozen=True)
class TaskResult:
    """What became of one task.

    Attributes:
        kind: `again` for a refusal that another attempt may not meet; `unknown` if the answer does not say.
        text: when it was added; why it was not, in one line without secrets.
    """

    kind: Kind
    text: str = ""


def task_results(reply: Reply, ids: Iterable[str]) -> dict[str, TaskResult]:
    """The result of each task of a request, by id as it was sent.

    Raises:
        ProtocolError: the answer is not the one to these tasks.
    """
    entries = reply.body.get("value") if isinstance(reply.body, dict) else None
    if not isinstance(entries, list):
        raise ProtocolError("Tasks were answered without a list of results: the answer is not one of Azure Batch.")
    request_id = str(reply.headers.get("request-id", ""))
    sent = {id_key(id): id for id in ids}
    results: dict[str, TaskResult] = {}
    for entry in entries:
        id = entry.get("taskId") if isinstance(entry, dict) else None
        if not isinstance(id, str) or id_key(id) not in sent:
            what = f"the task {id[:80]!r}, which was not sent" if isinstance(id, str) else "a task without an id"
            raise ProtocolError(f"Tasks were answered with a result of {what}. {LOOK_FOR_A_PROXY}")
        id = sent[id_key(id)]
        results[id] = _unknown("two results", request_id) if id in results else _result(entry, request_id)
    for id in sent.values():
        if id not in results:
            results[id] = _unknown("no result", request_id)
    return results


def _result(entry: dict[str, Any], request_id: str) -> TaskResult:
    """An error is one, whatever the status beside it says; the status is written in any case."""
    status = str(entry.get("status", "")).lower()
    error = entry.get("error")
    if error is None and status == "success":
        time = entry.get("lastModified")
        return TaskResult("added", time if isinstance(time, str) else "")
    if error is None and status not in ("clienterror", "servererror"):
        return _unknown(f"the status {status[:40]!r}", request_id)
    body = error_body(error)
    if body.code == _EXISTS:
        return TaskResult("exists")
    meaning = MEANINGS.get(body.code, NO_MEANING)
    is_passing = status == "servererror" if meaning.retried is None else meaning.retried
    reason = _reason(body.code, body.message, tuple(body.values.items()))
    return TaskResult("again" if is_passing else "refused", _with_id(reason, request_id))


def _unknown(what: str, request_id: str) -> TaskResult:
    text = f"The service's answer has {what} for this task, which does not say whether it was added."
    return TaskResult("unknown", _with_id(redact(text), request_id))


@lru_cache(maxsize=1024)
def _reason(code: str, message: str, values: tuple[tuple[str, str], ...]) -> str:
    """Cached, because what is wrong with one task is mostly wrong with many."""
    said = message or "The service does not say why."
    if values:
        said = f"{said} ({'; '.join(f'{name}: {value}' for name, value in values)})"
    said = " ".join(said.split())
    if len(said) > LONGEST_TEXT:
        said = f"{said[:LONGEST_TEXT].rpartition(' ')[0]} [...]"
    remedy = MEANINGS.get(code, NO_MEANING).remedy
    return redact(" ".join(filter(None, (f"{code or 'Refused'}: {said}", remedy))))


def _with_id(text: str, request_id: str) -> str:
    return f"{text} [request-id {redact(request_id)}]" if request_id else text

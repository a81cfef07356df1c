"""What an answer says: a `Reply`, an error of the service, or nothing that can be believed. Knows no HTTP library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Final

from azure_batch_provider.http import content
from azure_batch_provider.http.call import Call
from azure_batch_provider.http.dialect import Dialect
from azure_batch_provider.http.errors import ProtocolError, ServiceError
from azure_batch_provider.values.redact import redact

_LONGEST_DATE: Final = 64


@dataclass(frozen=True)
class Reply:
    """A successful answer; `body` is the parsed JSON, None when there was none, or the bytes that were asked for.

    Header names have no case.
    """

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass
class Answer:
    """Any answer, as it came; `content` is decompressed."""

    status: int
    reason: str
    headers: Mapping[str, str]
    content: bytes = b""

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    @property
    def kind(self) -> str:
        return self.headers.get("Content-Type", "no content type")


def check_echo(call: Call, answer: Answer, dialect: Dialect) -> None:
    """Raises ProtocolError: the answer belongs to another request."""
    echo = answer.headers.get(dialect.client_request_id)
    if echo is not None and echo.strip().lower() != call.id:
        raise ProtocolError(
            f"{call} was answered with {dialect.client_request_id} {echo[:64]}, but {call.id} was sent: the answer"
            " belongs to another request, and was not used. Look for a proxy between here and the service that mixes or"
            " replays answers."
        )


def interpret(call: Call, answer: Answer, dialect: Dialect, secrets: tuple[str, ...], url: str) -> Reply:
    """What the answer to `call` at `url` comes to.

    Raises:
        ServiceError: it is an error, of the service or of something on the way.
        ProtocolError: it leads elsewhere, or cannot be read.
    """
    status = answer.status
    if status < 200 or (300 <= status < 400 and status != 304):
        raise ProtocolError(
            f"{call} was answered {status}, a redirection, which is not followed: credentials are sent to {url} only."
            " Check `endpoint`."
        )
    if call.raw and status < 300:
        return Reply(status, answer.headers, answer.content)
    try:
        body = content.parse(answer.content)
    except content.Unreadable as error:
        if status >= 400:
            raise _service_error(call, answer, None, dialect, secrets) from None
        raise not_believed(call, answer, error, dialect) from None
    if status >= 400:
        raise _service_error(call, answer, body, dialect, secrets)
    return Reply(status, answer.headers, body)


def not_believed(call: Call, answer: Answer, error: content.Unreadable, dialect: Dialect) -> ProtocolError:
    return ProtocolError(
        f"{call} was answered {answer.status} with something that {error} ({answer.kind[:100]}): the answer is not one"
        f" of {dialect.service}. Check `endpoint`, and any proxy on the way."
    )


def _service_error(
    call: Call, answer: Answer, document: Any, dialect: Dialect, secrets: tuple[str, ...]
) -> ServiceError:
    body = dialect.error_body(document)
    unread = f"{answer.reason or 'an error'}, without the service's error body ({answer.kind.partition(';')[0]})"
    return ServiceError(
        status=answer.status,
        code=body.code,
        message=redact(body.message if body.code else unread, secrets),
        values={name: redact(value, secrets) for name, value in body.values.items()},
        meaning=dialect.meaning(answer.status, body, _skew(answer.headers.get("Date"))),
        request_id=answer.header(dialect.request_id),
        client_request_id=call.id,
        method=call.method,
        path=call.path,
        gone=call.gone,
        retry_after=_retry_after(answer.headers.get("Retry-After")),
        time=body.time,
    )


def _retry_after(value: str | None) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or a date."""
    if value is None:
        return None
    seconds = value.strip()
    if seconds.isascii() and seconds.isdecimal():
        return float(seconds)
    when = _date(value)
    return None if when is None else max(0.0, (when - datetime.now(timezone.utc)).total_seconds())


def _skew(value: str | None) -> timedelta | None:
    when = None if value is None else _date(value)
    return None if when is None else when - datetime.now(timezone.utc)


def _date(value: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(value[:_LONGEST_DATE])
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=timezone.utc)

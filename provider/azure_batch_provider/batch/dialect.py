"""Batch's conventions on top of HTTP: https://learn.microsoft.com/rest/api/batchservice/."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email.utils import formatdate
from typing import Any, Final

from azure_batch_provider.batch.remedies import CLOCK, MEANINGS, NEEDS_ENTRA, NOT_BATCH
from azure_batch_provider.http.dialect import NO_MEANING, ErrorBody, Meaning

SKEW_LIMIT: Final = timedelta(minutes=15)
_KEY_NOT_ALLOWED: Final = re.compile(r"(?i)SharedKey\s+is\s+not\s+allowed\s+when\s+external\s+resources")
# The service repeats what it was sent, which may be a value that the program marked as secret.
_ECHOES: Final = frozenset({"PropertyValue"})


class BatchDialect:
    """The dialect of Batch's data plane in one version of its REST API."""

    service: Final = "Azure Batch"
    media_type: Final = "application/json; odata=minimalmetadata"
    longest_wait: Final = 30
    request_id: Final = "request-id"
    client_request_id: Final = "client-request-id"

    def __init__(self, api_version: str) -> None:
        self._api_version = api_version
        self._timeout_name = "timeout" if api_version.startswith("2024") else "timeOut"

    def headers(self) -> dict[str, str]:
        return {"return-client-request-id": "true", "ocp-date": formatdate(usegmt=True)}

    def query(self, seconds: int) -> dict[str, str]:
        return {"api-version": self._api_version, self._timeout_name: str(seconds)}

    def error_body(self, document: Any) -> ErrorBody:
        return error_body(document)

    def meaning(self, status: int, body: ErrorBody, skew: timedelta | None) -> Meaning:
        if not body.code:
            return NOT_BATCH
        if status == 403 and any(_KEY_NOT_ALLOWED.search(text) for text in (body.message, *body.values.values())):
            return NEEDS_ENTRA
        found = MEANINGS.get(body.code, NO_MEANING)
        if body.code == "AuthenticationFailed" and skew is not None and abs(skew) > SKEW_LIMIT:
            minutes = round(abs(skew).total_seconds() / 60)
            side = "behind" if skew > timedelta(0) else "ahead of"
            return replace(found, remedy=CLOCK.format(minutes=minutes, side=side))
        return found


def error_body(document: Any) -> ErrorBody:
    """What `{code, message: {value}, values: [{key, value}]}` says; it is the same in an answer of its own and within
    one."""
    code = document.get("code") if isinstance(document, dict) else None
    if not isinstance(code, str) or not code:
        return ErrorBody()
    message = document.get("message")
    text = message.get("value") if isinstance(message, dict) else message
    values = document.get("values")
    return ErrorBody(
        code,
        _without_trailer(text) if isinstance(text, str) else "",
        {
            key: str(item.get("value") or "")
            for item in (values if isinstance(values, list) else [])
            if isinstance(item, dict) and "key" in item and (key := str(item["key"])) not in _ECHOES
        },
        _time_of(text) if isinstance(text, str) else "",
    )


def _time_of(message: str) -> str:
    """What the line `Time:` says, which ends the service's texts."""
    found = re.findall(r"^Time:(\S+)$", message, re.MULTILINE)
    return found[-1] if found else ""


def _without_trailer(message: str) -> str:
    """Without the lines `RequestId:...` and `Time:...` that end the service's texts."""
    lines = [line for line in message.splitlines() if not line.startswith(("RequestId:", "Time:"))]
    return "\n".join(lines).strip()

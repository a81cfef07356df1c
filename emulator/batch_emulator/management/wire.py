"""Requests and answers of the resource manager: its ids, its errors, and its headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.wire import Answer
from batch_emulator.state.entities import Entity

JSON: Final = "application/json; charset=utf-8"
SUBSCRIPTION: Final = "00000000-0000-0000-0000-000000000000"
GROUP: Final = "emulator"
"""The subscription and the resource group of the account, made up as its name is."""
_FIXED: Final = {
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
    "Expires": "-1",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Call:
    """A request that passed authentication; `url` is without its query."""

    url: str
    query: Mapping[str, str]
    ids: Mapping[str, str]
    body: Any


def account_id(account: str) -> str:
    """The id of the one account."""
    return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Batch/batchAccounts/{account}"


def shown(id: str, name: str, kind: str, entity: Entity, properties: Mapping[str, Any]) -> Answer:
    """A resource as it is answered. `kind` follows `Microsoft.Batch/batchAccounts`."""
    return Answer(200, resource(id, name, kind, entity, properties), {"ETag": _etag(entity)})


def resource(id: str, name: str, kind: str, entity: Entity, properties: Mapping[str, Any]) -> dict[str, Any]:
    type = f"Microsoft.Batch/batchAccounts{kind}"
    return {"id": id, "name": name, "type": type, "etag": _etag(entity), "properties": dict(properties)}


def _etag(entity: Entity) -> str:
    return f'W/"0x{entity.modified:X}"'


def failed(error: ServiceError, *, request_id: str, time: str) -> Answer:
    """What the account's resource provider says, unless it is the resource manager's own word."""
    message = f"{error.text}\nRequestId:{request_id}\nTime:{time}"
    body: dict[str, Any] = {"code": error.code, "message": message, "target": "BatchAccount"}
    if error.values:
        body["details"] = [{"code": name, "message": value or ""} for name, value in error.values]
    return Answer(error.status, {"error": body}, error.headers)


def headers(answer: Answer, sent: Mapping[str, str], request_id: str) -> dict[str, str]:
    """Of an answer to a request with these headers."""
    found = {**_FIXED, "x-ms-request-id": request_id, "x-ms-correlation-request-id": request_id, **answer.headers}
    if "x-ms-client-request-id" in sent:
        found["x-ms-client-request-id"] = sent["x-ms-client-request-id"]
    return found

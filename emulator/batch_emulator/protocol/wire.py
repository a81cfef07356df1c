"""Calls and answers: what a handler is given and what it gives back, and the headers around it.

Knows the service's wire format, not what any operation does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import ServiceError, error_body
from batch_emulator.state.clock import etag, http_date
from batch_emulator.state.entities import Entity

JSON = "application/json; odata=minimalmetadata"
OLDER_JSON = "application/json;odata=minimalmetadata"
"""How the versions of before 2024-07-01.20.0 are answered: without the blank."""
ERROR_METADATA = "Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element"
FIXED_HEADERS = {
    "Server": "Microsoft-HTTPAPI/2.0",
    "DataServiceVersion": "3.0",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Call:
    """One request that passed authentication.

    `base` is scheme and host as the caller knows them; `query` has its names in lower case, `sent` as they came; `ids`
    are those of the path; `conditional` says that conditional headers are honoured. `task_fault` gives the refusal that
    a test has ordered for a task of this id, if any.
    """

    method: str
    path: str
    base: str
    query: Mapping[str, str]
    sent: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    context: Context
    request_id: str
    ids: Mapping[str, str]
    conditional: bool
    task_fault: Callable[[str], ServiceError | None]

    @property
    def url(self) -> str:
        return f"{self.base}{self.path}"


@dataclass(frozen=True)
class Content:
    """So many bytes of an open file, from where it is: whoever writes them closes it."""

    file: BinaryIO
    length: int


@dataclass(frozen=True)
class Answer:
    """`body` is JSON, encoded already where it is bytes, or None. What a file holds is its `content` instead.

    Without a body, 204 says that its length is 0 and other statuses say nothing of it.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Content | None = None


def stamps(entity: Entity) -> dict[str, str]:
    return {"ETag": etag(entity.modified), "Last-Modified": http_date(entity.modified)}


def one(call: Call, metadata: str, shown: dict[str, Any], entity: Entity | None = None) -> Answer:
    body = {"odata.metadata": f"{call.base}/$metadata#{metadata}/@Element", **shown}
    return Answer(200, body, stamps(entity) if entity else {})


def created(entity: Entity, location: str) -> Answer:
    return Answer(201, headers={**stamps(entity), "DataServiceId": location, "Location": location})


def done(status: int, entity: Entity, service_id: str | None) -> Answer:
    """A change was made; `service_id` is the URL that was called, where the service says it."""
    headers = stamps(entity)
    if service_id is not None:
        headers["DataServiceId"] = service_id
    return Answer(status, headers=headers)


def failed(error: ServiceError, *, base: str, request_id: str, time: str) -> Answer:
    body = {
        "odata.metadata": f"{base}/$metadata#{ERROR_METADATA}",
        **error_body(error, request_id=request_id, time=time),
    }
    return Answer(error.status, None if error.status == 304 else body, error.headers)


def encode(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()

"""What was asked of the service and how it was answered, for tests to read.

Bodies are kept as they came, so the log is as secret as they are: it is served only to those who have the account key.
It never holds an Authorization header, nor the body of a request that was not authenticated.
"""

from __future__ import annotations

import json
from collections import deque
from itertools import islice
from typing import Any

from batch_emulator.protocol.json_body import Body
from batch_emulator.protocol.request import Request

LARGEST = 64 * 1024 * 1024
_HEADERS = (
    "accept",
    "client-request-id",
    "content-type",
    "date",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "ocp-date",
    "return-client-request-id",
    "user-agent",
)


class RequestsLog:
    """The latest requests, oldest first, each as its JSON; at most `largest` bytes of them."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._size = 0
        self._entries: deque[tuple[bytes, bytes]] = deque()
        """What is known of each, and its body."""

    def note(
        self,
        request: Request,
        body: Body,
        status: int | None,
        request_id: str,
        operation: str | None = None,
        time: str = "",
    ) -> None:
        """`status` is None when the connection was closed without an answer, `operation` when it was none of ours.

        `time` is the emulator's, as it was when the request was answered.
        """
        noted = {
            "time": time,
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "operation": operation,
            "headers": {name: request.headers[name] for name in _HEADERS if name in request.headers},
            "status": status,
            "code": request.refusal,
            "requestId": request_id,
        }
        entry = json.dumps(noted).encode(), body.text() or b"null"
        self._entries.append(entry)
        self._size += _length(entry)
        while self._size > self._largest:
            self._size -= _length(self._entries.popleft())

    def __len__(self) -> int:
        return len(self._entries)

    def as_json(self) -> bytes:
        return b"[" + b",".join(noted[:-1] + b',"body":' + body + b"}" for noted, body in self._entries) + b"]"

    def latest(self, count: int, before: int = 0) -> list[dict[str, Any]]:
        """The newest first, without their bodies, after leaving out `before` of them."""
        return [json.loads(noted) for noted, _ in islice(reversed(self._entries), before, before + count)]

    def clear(self) -> None:
        self._entries.clear()
        self._size = 0


def _length(entry: tuple[bytes, bytes]) -> int:
    return len(entry[0]) + len(entry[1])

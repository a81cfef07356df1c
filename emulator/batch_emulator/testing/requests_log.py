"""What was asked of the service and how it was answered, for tests to read.

Bodies are kept as they came, so the log is as secret as they are: it is served only to those who have the account key.
It never holds an Authorization header, nor the body of a request that was not authenticated.
"""

from __future__ import annotations

import json
from collections import deque

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
        self._entries: deque[bytes] = deque()

    def note(self, request: Request, body: Body, status: int | None, request_id: str) -> None:
        """`status` is None when the connection was closed without an answer."""
        noted = {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": {name: request.headers[name] for name in _HEADERS if name in request.headers},
            "status": status,
            "requestId": request_id,
        }
        entry = json.dumps(noted)[:-1].encode() + b',"body":' + (body.text() or b"null") + b"}"
        self._entries.append(entry)
        self._size += len(entry)
        while self._size > self._largest:
            self._size -= len(self._entries.popleft())

    def as_json(self) -> bytes:
        return b"[" + b",".join(self._entries) + b"]"

    def clear(self) -> None:
        self._entries.clear()
        self._size = 0

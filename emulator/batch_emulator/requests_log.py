"""What was asked of the service and how it was answered, for tests to read.

Bodies are kept whole, so the log is as secret as they are: it is served only to who has the account key. It never
holds an Authorization header.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

LONGEST = 100_000
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
    """The latest requests, oldest first; at most `LONGEST` of them."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=LONGEST)

    def note(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: Any,
        status: int | None,
        request_id: str,
    ) -> None:
        """`status` is None when the connection was closed without an answer."""
        self._entries.append(
            {
                "method": method,
                "path": path,
                "query": dict(query),
                "headers": {name: headers[name] for name in _HEADERS if name in headers},
                "body": body,
                "status": status,
                "requestId": request_id,
            }
        )

    def entries(self) -> list[dict[str, Any]]:
        return list(self._entries)

    def clear(self) -> None:
        self._entries.clear()

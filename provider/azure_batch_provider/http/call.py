"""What stays the same over all attempts of one call."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from typing import Any, Final

from azure_batch_provider.http.errors import TransportError


class Call:
    """A request as it was asked for.

    Attributes:
        path: percent-encoded, with a slash in front.
        payload: the body as it is sent, None for none.
        gone: the codes by which a 404 says that what was asked for does not exist.
        raw: the answer is bytes, not JSON, unless it is an error.
        id: the client-request-id, by which all attempts are found together in a log.

    Raises:
        TransportError: a text in the body is not one.
    """

    def __init__(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Any,
        headers: Mapping[str, str] | None,
        gone: Collection[str],
        raw: bool = False,
    ) -> None:
        self.method = method
        self.path = path
        self.query = dict(query or {})
        self.payload = None if body is None else payload(body)
        self.headers = dict(headers or {})
        self.gone = frozenset(gone)
        self.raw = raw
        self.id = str(uuid.uuid4())

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


_JSON: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def payload(body: Any) -> bytes:
    """A body as it is sent.

    Raises:
        TransportError: a text in it is not one.
    """
    try:
        return _JSON.encode(body).encode()
    except UnicodeEncodeError:
        raise TransportError(
            "Nothing was sent: a text holds half of a character (a lone surrogate), which UTF-8 cannot carry.",
            sent=False,
            retryable=False,
        ) from None

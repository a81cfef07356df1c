"""A request as it was sent, read strictly: where two readers could read it two ways, it is refused.

What a signature covers must be what is done. So a query parameter or a header that means something is there once, in
whatever spelling, and a path is percent-encoded UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from batch_emulator.protocol.errors import ServiceError, invalid_header, invalid_query
from batch_emulator.state.ids import folded

SIGNED_HEADERS = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)
"""What a Shared Key signature covers, besides the headers whose names begin with `ocp-`, in its order."""
_ONCE = frozenset(SIGNED_HEADERS) | {"authorization", "client-request-id", "host", "return-client-request-id"}
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _unreadable(reason: str) -> ServiceError:
    return ServiceError("InvalidUri", [("Reason", reason)])


def _check_escapes(encoded: str) -> None:
    if _BROKEN_ESCAPE.search(encoded):
        raise _unreadable("A percent sign must begin an escape.")


def read_path(encoded: str) -> str:
    """The decoded path. Raises ServiceError `InvalidUri`."""
    _check_escapes(encoded)
    try:
        path = unquote(encoded, errors="strict")
    except UnicodeDecodeError:
        raise _unreadable("The path is not UTF-8.") from None
    if not path.startswith("/") or _CONTROL.search(path):
        raise _unreadable("The path must begin with a slash and have no control characters.")
    return path


def read_query(encoded: str) -> dict[str, str]:
    """The parameters by name, as they came. Raises ServiceError, for one that is given twice too."""
    _check_escapes(encoded)
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise _unreadable("The query is not UTF-8.") from None
    seen: set[str] = set()
    for name, value in pairs:
        if folded(name) in seen:
            raise invalid_query(name[:128], value[:64], "The parameter must be given once.")
        seen.add(folded(name))
    return dict(pairs)


def read_headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers by name in lower case. Raises ServiceError for one that would mean another thing when repeated."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name not in headers:
            headers[name] = value
        elif name in _ONCE or name.startswith("ocp-"):
            raise invalid_header(name, "The header must be given once.")
        else:
            headers[name] += f", {value}"
    return headers


class Request:
    """One request, of which nothing is known but its method and raw path until `read` was called."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self.method: str = scope["method"]
        self.raw_path: str = scope["raw_path"].decode("latin-1")
        self.path: str = self.raw_path
        self.query: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.scheme: str = scope["scheme"]
        self.client: str = (scope.get("client") or ("-",))[0]
        """The address that it came from."""
        self.refusal: str | None = None
        """The code of the error that it was answered with."""
        host, port = scope["server"]
        self.port: int = port
        """That it came to."""
        self.base = f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{port}"
        """Scheme and host as the caller knows them, once its Host header was found good."""
        self.raw_query: str = scope["query_string"].decode("latin-1")
        self._raw_headers: list[tuple[bytes, bytes]] = scope["headers"]

    def read(self) -> None:
        """Raises ServiceError for what cannot be read in one way only."""
        self.headers = read_headers(self._raw_headers)
        self.path = read_path(self.raw_path)
        self.query = read_query(self.raw_query)

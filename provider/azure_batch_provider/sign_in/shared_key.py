"""Batch's signature with the account's key.

Follows https://learn.microsoft.com/rest/api/batchservice/authenticate-requests-to-the-azure-batch-service.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from email.utils import formatdate
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from azure_batch_provider.http.errors import AuthenticationError
from azure_batch_provider.values.account_key import decode_key

if TYPE_CHECKING:
    from requests import PreparedRequest

_SIGNED_HEADERS: Final = (
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-MD5",
    "Content-Type",
    "Date",
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Unmodified-Since",
    "Range",
)


class SharedKey:
    """Signs with the account's key.

    Raises:
        AuthenticationError: the key is not base64.
    """

    needs_tls = False

    def __init__(self, account: str, key: str) -> None:
        if not account:
            raise AuthenticationError("A request signed with the account key names the account: set `accountName`.")
        self._account = account
        self._secret = key
        try:
            self._key = decode_key(key)
        except ValueError as error:
            raise AuthenticationError(f"`accountKey` (or AZURE_BATCH_ACCESS_KEY) {error}.") from None

    def sign(self, request: PreparedRequest) -> None:
        if "ocp-date" not in request.headers:
            request.headers["ocp-date"] = formatdate(usegmt=True)
        text = string_to_sign(request, self._account)
        digest = hmac.new(self._key, text.encode(), hashlib.sha256).digest()
        request.headers["Authorization"] = f"SharedKey {self._account}:{base64.b64encode(digest).decode()}"

    def secrets(self) -> tuple[str, ...]:
        return (self._secret,)


def string_to_sign(request: PreparedRequest, account: str) -> str:
    """The text whose HMAC-SHA256 is the signature; query names stand as they are sent."""
    headers = {name: _text(value) for name, value in request.headers.items() if value}
    standard = {name.lower(): value for name, value in headers.items()}
    method = request.method or ""
    if method not in ("GET", "HEAD"):
        standard.setdefault("content-length", "0")
    ocp = sorted((name.lower(), value) for name, value in headers.items() if name.lower().startswith("ocp-"))
    url = urlsplit(_text(request.url or ""))
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(url.query):
        query.setdefault(name, []).append(value)
    return "\n".join(
        [
            method,
            *(standard.get(name.lower(), "") for name in _SIGNED_HEADERS),
            *(f"{name}:{value}" for name, value in ocp),
            f"/{account}{url.path}",
            *(f"{name}:{','.join(sorted(query[name]))}" for name in sorted(query, key=str.lower)),
        ]
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value

"""Who may look: whoever has the address that the emulator prints when it starts.

The token in that address becomes a cookie, so that it does not stay in the address bar. A cookie is good for looking
only: whatever changes something needs a signature, which no other site can make a browser send.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

PARAMETER = "token"
ROOT = "/_emulator/"


class Admission:
    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)

    def address(self, endpoint: str) -> str:
        """What to open in a browser."""
        return f"{endpoint}{ROOT}?{PARAMETER}={self.token}"

    def by_token(self, query: Mapping[str, str]) -> bool:
        return self._is_token(query.get(PARAMETER, ""))

    def by_cookie(self, headers: Mapping[str, str], base: str) -> bool:
        name = _cookie_name(base)
        for pair in headers.get("cookie", "").replace(",", ";").split(";"):
            given, equals, value = pair.strip().partition("=")
            if equals and given == name and self._is_token(value):
                return True
        return False

    def cookie(self, base: str) -> str:
        """The value of Set-Cookie; it ends with the browser."""
        secure = "; Secure" if base.startswith("https:") else ""
        return f"{_cookie_name(base)}={self.token}; Path={ROOT}; HttpOnly; SameSite=Strict{secure}"

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())


def _cookie_name(base: str) -> str:
    """Browsers keep cookies by host and not by port, where another emulator may listen."""
    return f"azure-batch-emulator-{urlsplit(base).port or 0}"

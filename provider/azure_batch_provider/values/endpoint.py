"""The account's endpoint: its forms, its host, and the account name that it tells. Knows URLs only."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_EXAMPLE: Final = "https://myaccount.westeurope.batch.azure.com"
_CLOUDS: Final = {
    ".batch.azure.com": "public",
    ".batch.usgovcloudapi.net": "usgovernment",
    ".batch.azure.cn": "china",
    ".batch.chinacloudapi.cn": "china",
}
_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Endpoint:
    """`scheme://host[:port]`, in lower case, without a port that the scheme implies."""

    scheme: str
    host: str
    port: int

    @property
    def url(self) -> str:
        """Without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")

    @property
    def is_loopback(self) -> bool:
        """Nothing that is sent there leaves the machine: 127.0.0.0/8, ::1, localhost."""
        if self.host == "localhost":
            return True
        address = _address(self.host)
        return address is not None and address.is_loopback

    @property
    def account(self) -> str:
        """The host's first label, "" where that cannot be an account's name (an address, localhost, a bare name)."""
        if _address(self.host) is not None or "." not in self.host:
            return ""
        return self.host.split(".", 1)[0]

    @property
    def cloud(self) -> str:
        """The cloud that the host's name belongs to, "" when it does not tell."""
        return next((cloud for suffix, cloud in _CLOUDS.items() if self.host.endswith(suffix)), "")


def parse_endpoint(text: str) -> Endpoint:
    """Read an endpoint with or without scheme (https is meant) and trailing slash.

    Raises:
        ValueError: why it is not one, as the rest of a sentence that starts with its name.
    """
    stripped = text.strip()
    if not stripped:
        raise ValueError(f"must be the account's URL, such as {_EXAMPLE}")
    try:
        parts = urlsplit(stripped if "://" in stripped else f"https://{stripped}")
        port = parts.port
    except ValueError:
        raise ValueError(f"is not a valid URL; it looks like {_EXAMPLE}") from None
    if parts.scheme not in _PORTS:
        raise ValueError("must start with https://")
    if "@" in parts.netloc:
        raise ValueError("must not contain a user or password; set accountKey instead")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"must be the account's URL alone, without a path or query, such as {_EXAMPLE}")
    host = (parts.hostname or "").rstrip(".")
    if not _is_host(host):
        raise ValueError(f"has no valid host; it looks like {_EXAMPLE}")
    return Endpoint(parts.scheme, host, _PORTS[parts.scheme] if port is None else port)


def _is_host(text: str) -> bool:
    """Whether a text is an address, or labels of letters, digits and hyphens: an account key, say, is neither."""
    if _address(text) is not None:
        return True
    return all(re.fullmatch(r"[^\W_]([\w-]{0,61}[^\W_])?", label) for label in text.split("."))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None

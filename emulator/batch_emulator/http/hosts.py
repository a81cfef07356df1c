"""The names by which the emulator can be called.

A page of the web can give its own name the address of this machine, and then a browser lets it read what is answered.
It cannot choose what the browser puts into the Host header, which is that name.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from functools import lru_cache

from batch_emulator.protocol.errors import invalid_header
from batch_emulator.protocol.request import Request
from batch_emulator.state.ids import folded

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?", re.ASCII)


@lru_cache(maxsize=16)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


class Hosts:
    """`address` is what the emulator listens on, `names` are further ones that it is known by.

    On loopback it answers to loopback's addresses and `localhost`. Beyond, ports and addresses are mapped on the way,
    so it answers to every address, and to names without a dot as well: those are given within a network of
    containers, and cannot be registered.
    """

    def __init__(self, address: str, names: Iterable[str] = ()) -> None:
        self._own = _address(address)
        self._beyond = self._own is None or not self._own.is_loopback
        self._names = {folded(name).rstrip(".") for name in (*names, address)}
        if self._beyond:
            self._names.add(folded(socket.gethostname()))

    def check(self, request: Request) -> None:
        """Raises ServiceError. A client of HTTP/1.0 may send no Host; browsers are not among them."""
        header = request.headers.get("host")
        if header is None:
            return
        if not self._knows(header):
            reason = "The emulator is not known by this name. Its option --allow-host adds one."
            raise invalid_header("Host", reason)
        request.base = f"{request.scheme}://{header}"

    def _knows(self, header: str) -> bool:
        match = _HOST.fullmatch(header)
        if match is None:
            return False
        name = folded(match[1]).rstrip(".")
        address = _address(name)
        if address is not None:
            return self._beyond or address.is_loopback or address == self._own
        if name in self._names or name == "localhost" or name.endswith(".localhost"):
            return True
        return self._beyond and re.fullmatch(r"[a-z][a-z0-9_-]*", name) is not None

"""HTTP to servers of this machine, and to no others: no name is looked up, and no redirection leads away."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO
from urllib.parse import quote, urljoin, urlsplit

SECONDS = 30.0
"""How long a server can say nothing."""
_REDIRECTIONS = 5
_REDIRECTED = (301, 302, 303, 307, 308)
_AS_SENT = "%/:=&?~+!$,;'@()*[]"


class RefusedUrl(ValueError):
    """Not an address that is called; the text says why, and holds nothing of the URL."""


class TransferError(Exception):
    """The server could not be reached, or broke off."""


class TimedOut(TransferError):
    pass


def addresses(host: str) -> tuple[str, ...]:
    """Where a host of loopback is. Raises RefusedUrl for any other."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return "127.0.0.1", "::1"
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise RefusedUrl("The emulator reads and writes files on loopback only")
    return (str(address),)


class _Plain(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = _dial(self.host, self.port, self.timeout)


class _Tls(http.client.HTTPSConnection):
    def connect(self) -> None:
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(_dial(self.host, self.port, self.timeout), server_hostname=self.host)


def _dial(host: str, port: int, timeout: float | None) -> socket.socket:
    *others, last = addresses(host)
    for address in others:
        try:
            return socket.create_connection((address, port), timeout)
        except OSError:
            continue
    return socket.create_connection((last, port), timeout)


@contextmanager
def _answer(
    method: str, url: str, headers: Mapping[str, str], content: BinaryIO | None = None
) -> Iterator[http.client.HTTPResponse]:
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        raise RefusedUrl("Not a URL") from None
    if split.scheme not in ("http", "https"):
        raise RefusedUrl("Only http and https are read")
    if split.username is not None or split.password is not None:
        raise RefusedUrl("A URL with a user name is not called")
    host = split.hostname or ""
    addresses(host)
    kind = _Tls if split.scheme == "https" else _Plain
    connection = kind(host, port or (443 if split.scheme == "https" else 80), timeout=SECONDS)
    target = quote(split.path or "/", safe=_AS_SENT) + (f"?{quote(split.query, safe=_AS_SENT)}" if split.query else "")
    try:
        # The length is said by whoever has content: http.client would send a file of unknown length in chunks.
        connection.request(method, target, content, dict(headers))
        with connection.getresponse() as response:
            yield response
    except TimeoutError as error:
        raise TimedOut("The server did not answer in time") from error
    except ssl.SSLError as error:
        raise TransferError(f"No connection by TLS: {error.reason}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        text = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise TransferError(f"No answer: {text}") from error
    finally:
        connection.close()


@contextmanager
def get(url: str, headers: Mapping[str, str] | None = None) -> Iterator[http.client.HTTPResponse]:
    """The answer, after redirections. Raises RefusedUrl and TransferError."""
    for _ in range(_REDIRECTIONS):
        with _answer("GET", url, headers or {}) as response:
            location = response.headers.get("Location")
            if response.status not in _REDIRECTED or location is None:
                yield response
                return
        try:
            url = urljoin(url, location)
        except ValueError:
            raise RefusedUrl("Not a URL") from None
    raise TransferError("Too many redirections")


def put(url: str, headers: Mapping[str, str], content: BinaryIO, length: int) -> int:
    """The status of the answer. Raises RefusedUrl and TransferError."""
    with _answer("PUT", url, {**headers, "Content-Length": str(length)}, content) as response:
        response.read(65_536)
        return response.status


def ask(method: str, url: str, headers: Mapping[str, str] | None = None) -> int:
    """The status of an answer whose body does not matter. Raises RefusedUrl and TransferError."""
    with _answer(method, url, {"Content-Length": "0", **(headers or {})}) as response:
        response.read(65_536)
        return response.status

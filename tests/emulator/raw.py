"""Requests as bytes, for what no client would send: the target and the headers go out as they are given.

Signed by what the target and the headers say, percent-decoded as far as that goes.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.emulator_process import MEDIA_TYPE, EmulatorProcess

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class RawReply:
    """`status` is 0 when the connection was closed without an answer."""

    status: int
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content) if self.content else None

    @property
    def code(self) -> str:
        return str(self.body["code"])


def signed(emulator: EmulatorProcess, method: str, target: str, headers: Headers, content: bytes = b"") -> Headers:
    """The headers with a date and a signature. Of a header or a parameter that is repeated, the first is signed."""
    if not any(name.lower() == "ocp-date" for name, _ in headers):
        headers = [*headers, ("ocp-date", formatdate(usegmt=True))]
    path, _, query = target.partition("?")
    first: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        first.setdefault(name, value)
    covered: dict[str, str] = {}
    for name, value in headers:
        covered.setdefault(name.lower(), value)
    return [*headers, ("Authorization", emulator.authorization(method, path, first, covered, content))]


def send(
    emulator: EmulatorProcess, method: str, target: str, headers: Headers = (), content: bytes = b"", host: str = ""
) -> RawReply:
    """One signed request. A body has a length and the media type, unless `headers` say otherwise."""
    given = {name.lower() for name, _ in headers}
    if content or method in ("POST", "PUT", "PATCH"):
        headers = [*headers, *([] if "content-length" in given else [("Content-Length", str(len(content)))])]
        headers = [*headers, *([] if "content-type" in given else [("Content-Type", MEDIA_TYPE)])]
    return exchange(emulator, method, target, signed(emulator, method, target, headers, content), content, host)


def exchange(
    emulator: EmulatorProcess, method: str, target: str, headers: Headers, content: bytes = b"", host: str = ""
) -> RawReply:
    """Sends this and nothing else, but for a Host header."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host or urlsplit(emulator.endpoint).netloc}"]
    lines += [f"{name}: {value}" for name, value in headers]
    head = "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")
    return answer_to(emulator, head + content)


def answer_to(emulator: EmulatorProcess, sent: bytes, afterwards: bytes = b"", ends: bool = False) -> RawReply:
    """The first answer to these bytes, read until the connection ends.

    `afterwards` follow when it has begun; `ends` says to the other side that nothing follows.
    """
    split = urlsplit(emulator.endpoint)
    received = b""
    # What is refused is not always read to its end.
    with (
        socket.create_connection((str(split.hostname), int(split.port or 0)), timeout=30) as connection,
        contextlib.suppress(BrokenPipeError, ConnectionResetError),
    ):
        connection.sendall(sent)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        if afterwards:
            received += connection.recv(65_536)
            connection.sendall(afterwards)
        received += _received(connection)
    return _reply(received)


def _received(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65_536):
            received += chunk
    return received


def _reply(received: bytes) -> RawReply:
    head, _, content = received.partition(b"\r\n\r\n")
    if not head:
        return RawReply(0, b"")
    chunked = b"transfer-encoding: chunked" in head.lower()
    return RawReply(int(head.split(b" ", 2)[1]), _joined(content) if chunked else content)


def answer_in_pieces(emulator: EmulatorProcess, *pieces: bytes) -> RawReply:
    """The answer to pieces that arrive one by one: each is read before the next is sent, as another answer shows."""
    split = urlsplit(emulator.endpoint)
    with socket.create_connection((str(split.hostname), int(split.port or 0)), timeout=30) as connection:
        for piece in pieces:
            connection.sendall(piece)
            emulator.get("/_emulator/clock")
        return _reply(_received(connection))


def _joined(content: bytes) -> bytes:
    joined = b""
    while content:
        size, _, content = content.partition(b"\r\n")
        joined += content[: int(size, 16)]
        content = content[int(size, 16) + 2 :]
    return joined

"""A request that h11 has read, and its answer, as an ASGI application sees them.

The answer is written here, a head with the first of its content at once: h11 would check and spell each header again,
which takes longer than it takes to read the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import h11
from starlette.types import Message, Scope

from batch_emulator.state.clock import http_date, machine_ticks

_MOST_WAITING = 64 * 1024
"""Bytes of a body that nobody has asked for, beyond which no more are read."""
_WITHOUT_CONTENT = (204, 304)


@lru_cache(maxsize=64)
def _status_line(status: int) -> bytes:
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    return f"HTTP/1.1 {status} {phrase}".encode()


def head(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Of an answer, with its date. Raises ValueError for a header that would be more than one."""
    date = http_date(machine_ticks()).encode()
    lines = [_status_line(status), b"Date: " + date, *(b"%s: %s" % header for header in headers), b"", b""]
    written = b"\r\n".join(lines)
    if written.count(b"\n") != len(lines) - 1:
        raise ValueError("a header of an answer has a line break in it")
    return written


class Exchange:
    def __init__(
        self,
        transport: asyncio.Transport,
        writable: asyncio.Event,
        answered: Callable[[], None],
        request: h11.Request,
        expects: bool,
    ) -> None:
        """`writable` is set unless the caller does not read, `answered` is called when the answer has gone out.

        `expects` says that the caller waits for `100 Continue` before it sends the body.
        """
        self._transport = transport
        self._writable = writable
        self._when_answered = answered
        self._expects = expects
        self._method = request.method
        self._target = request.target
        self._headers = list(request.headers)
        self._version = request.http_version
        self._body = bytearray()
        self._news = asyncio.Event()
        """Set when more of the body has come, and when nothing more is to come."""
        self._start: Message | None = None
        self._chunked = False
        self.keep_alive = self._version >= b"1.1" and not self._asks_to_close()
        """Whether another request can follow."""
        self.read = False
        """Whether the request has come to its end."""
        self.begun = False
        """Whether something of the answer has gone out."""
        self.answered = False

    def _asks_to_close(self) -> bool:
        tokens = (token for name, value in self._headers if name == b"connection" for token in value.split(b","))
        return any(token.strip().lower() == b"close" for token in tokens)

    def scope(self, addresses: Mapping[str, Any]) -> Scope:
        path, _, query = self._target.partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": self._version.decode("ascii"),
            "method": self._method.decode("ascii"),
            "root_path": "",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "headers": self._headers,
            "state": {"abort": self._transport.abort},
            **addresses,
        }

    def feed(self, data: bytes) -> None:
        """A piece of the body. What comes after the answer is dropped."""
        if not self.answered:
            self._expects = False
            self._body += data
            self._news.set()
            if len(self._body) > _MOST_WAITING:
                self._transport.pause_reading()

    def end(self) -> None:
        """The request has come to its end."""
        self.read = True
        self._news.set()

    def lose(self) -> None:
        """The connection has ended."""
        self._news.set()

    async def receive(self) -> Message:
        if self._expects and not self._transport.is_closing():
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._expects = False
        if not self._transport.is_closing() and not self.answered:
            self._transport.resume_reading()
            await self._news.wait()
            self._news.clear()
        if self._transport.is_closing() or self.answered:
            return {"type": "http.disconnect"}
        body, self._body = bytes(self._body), bytearray()
        return {"type": "http.request", "body": body, "more_body": not self.read}

    async def send(self, message: Message) -> None:
        await self._writable.wait()
        if self._transport.is_closing():
            return
        if message["type"] == "http.response.start":
            self._start = message
            return
        content, more = message.get("body", b""), message.get("more_body", False)
        start = b"" if self.begun else self._begin()
        if self._method == b"HEAD":
            content = b""
        elif self._chunked:
            content = b"%x\r\n%s\r\n" % (len(content), content) if content else b""
            content += b"" if more else b"0\r\n\r\n"
        self._transport.write(start + content)
        if not more:
            self.answered = True
            self._news.set()
            self._when_answered()

    def _begin(self) -> bytes:
        """The head, which says how the content ends."""
        assert self._start is not None
        status, headers = self._start["status"], list(self._start["headers"])
        if status not in _WITHOUT_CONTENT and not any(name.lower() == b"content-length" for name, _ in headers):
            if self._version >= b"1.1":
                self._chunked = True
                headers.append((b"Transfer-Encoding", b"chunked"))
            else:
                self.keep_alive = False
        if not self.keep_alive:
            headers.append((b"Connection", b"close"))
        written = head(status, headers)
        self.begun = True
        return written

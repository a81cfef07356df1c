"""A server that stands between a client and a service, and answers in its place as a test says, byte by byte."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

Speak = Callable[[socket.socket], None]
"""Sends whatever it likes; the connection is closed afterwards."""
_HOP: Final = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})


@dataclass
class _Rule:
    method: str
    path: str
    speak: Speak
    carried_out: bool
    times: int


def answer(status: str, body: bytes = b"{}", *headers: str) -> bytes:
    """A whole answer: `answer("201 Created", b"", "ETag: x")`."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body


class GoBetween:
    """`with GoBetween(emulator.endpoint) as between`, then `between.endpoint` in place of the service's."""

    def __init__(self, service: str) -> None:
        self._service = urlsplit(service)
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def instead(
        self, method: str, path: str, with_: bytes | Speak, *, carried_out: bool = False, times: int = 1000
    ) -> None:
        """Answer like this; the service gets the request all the same if it is to be `carried_out`."""
        speak = with_ if callable(with_) else _saying(with_)
        with self._lock:
            self._rules.append(_Rule(method, path, speak, carried_out, times))

    def faithful(self) -> None:
        """Pass on everything from now on."""
        with self._lock:
            self._rules.clear()

    def __enter__(self) -> GoBetween:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        # What waits in accept() keeps a closed socket listening, and would take one more connection.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as reader:
            try:
                while line := reader.readline():
                    if b" HTTP/1." not in line:
                        return  # Not for us: a client of gRPC, say, that looks for whoever had this port before.
                    method, target, _ = line.decode("latin-1").split(" ", 2)
                    headers = http.client.parse_headers(reader)
                    body = reader.read(int(headers.get("Content-Length") or 0))
                    rule = self._rule(method, target)
                    if rule is None or rule.carried_out:
                        reply = self._pass_on(method, target, dict(headers.items()), body)
                    if rule is not None:
                        rule.speak(connection)
                        return
                    connection.sendall(reply)
            except OSError:
                return

    def _rule(self, method: str, target: str) -> _Rule | None:
        path = urlsplit(target).path
        with self._lock:
            for rule in self._rules:
                if rule.times and (rule.method, rule.path) == (method, path):
                    rule.times -= 1
                    return rule
        return None

    def _pass_on(self, method: str, target: str, headers: dict[str, str], body: bytes) -> bytes:
        onward = http.client.HTTPConnection(self._service.hostname or "", self._service.port, timeout=60)
        try:
            onward.request(method, target, body or None, headers)
            reply = onward.getresponse()
            content = reply.read()
            lines = [f"HTTP/1.1 {reply.status} {reply.reason}"]
            lines += [f"{name}: {value}" for name, value in reply.getheaders() if name.lower() not in _HOP]
            # An answer to HEAD, or a 204, has no body whatever its length says; none of ours is one.
            lines += [f"Content-Length: {len(content)}", "", ""]
            return "\r\n".join(lines).encode("latin-1") + content
        finally:
            onward.close()


def _saying(content: bytes) -> Speak:
    return lambda connection: connection.sendall(content)

"""What goes over one connection: requests one after the other, and the form of each answer, as the standard library
reads it."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Sequence
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest

from batch_emulator.http.exchange import head
from tests.emulator.parts import POOL_INFO
from tests.emulator.raw import Headers, signed
from tests.emulator_process import MEDIA_TYPE, EmulatorProcess

VERSION = "api-version=2025-06-01"


class _Received(io.BytesIO):
    """All that came, as the socket that HTTPResponse wants: each answer is read from where the one before has ended."""

    def makefile(self, mode: str) -> _Received:
        return self

    def close(self) -> None:
        pass


class _Answer(HTTPResponse):
    """The next answer, read to its end."""

    def __init__(self, received: Any, method: str) -> None:
        super().__init__(received, method=method)
        self.begin()
        self.content = self.read()


def _request(
    emulator: EmulatorProcess,
    asked: str,
    headers: Headers = (),
    body: Any = None,
    version: str = "HTTP/1.1",
) -> bytes:
    """`asked` is method and path."""
    method, path = asked.split(" ")
    target = f"{path}?{VERSION}"
    content = b"" if body is None else json.dumps(body).encode()
    framing = () if body is None else (("Content-Type", MEDIA_TYPE), ("Content-Length", str(len(content))))
    lines = [f"{method} {target} {version}", f"Host: {urlsplit(emulator.endpoint).netloc}"]
    lines += [f"{name}: {value}" for name, value in signed(emulator, method, target, (*headers, *framing), content)]
    return "\r\n".join([*lines, "", ""]).encode() + content


def _connect(emulator: EmulatorProcess) -> socket.socket:
    split = urlsplit(emulator.endpoint)
    return socket.create_connection((str(split.hostname), int(split.port or 0)), timeout=30)


def _answers(emulator: EmulatorProcess, sent: bytes, methods: Sequence[str]) -> list[_Answer]:
    """All that comes until the connection ends, which is as many answers as these methods ask for."""
    with _connect(emulator) as connection:
        connection.sendall(sent)
        received = _Received(b"".join(iter(lambda: connection.recv(65_536), b"")))
    answers = [_Answer(received, method) for method in methods]
    assert received.read() == b""
    return answers


def test_requests_that_come_at_once_are_answered_one_after_the_other(emulator: EmulatorProcess) -> None:
    asked = ("POST /jobs", "HEAD /pools/p", "GET /jobs/j1", "POST /jobs/j1/disable", "GET /jobs/j1", "DELETE /jobs/j1")
    bodies: list[Any] = [{"id": "j1", "poolInfo": POOL_INFO}, None, None, {"disableTasks": "wait"}, None, None]
    unchanged = ("If-None-Match", "*")
    more: list[Headers] = [[], [], [], [], [unchanged], [("Connection", "close")]]
    sent = [_request(emulator, *each) for each in zip(asked, more, bodies, strict=True)]
    answers = _answers(emulator, b"".join(sent), [each.split(" ")[0] for each in asked])
    assert [answer.status for answer in answers] == [201, 404, 200, 202, 304, 202]
    assert [answer.chunked for answer in answers] == [True, False, False, True, False, True]
    assert json.loads(answers[2].content)["id"] == "j1"
    assert [len(answer.content) for index, answer in enumerate(answers) if index != 2] == [0] * 5
    assert [answer.headers["Connection"] for answer in answers] == [None] * 5 + ["close"]
    assert {"Date", "Transfer-Encoding", "ETag"} <= set(answers[0].headers)


def test_a_caller_of_http_1_0_is_answered_without_chunks(emulator: EmulatorProcess) -> None:
    body = {"id": "j1", "poolInfo": POOL_INFO}
    (answer,) = _answers(emulator, _request(emulator, "POST /jobs", body=body, version="HTTP/1.0"), ["POST"])
    assert (answer.status, answer.chunked, answer.headers["Connection"]) == (201, False, "close")


@pytest.mark.parametrize("waits", [True, False])
def test_a_caller_that_waits_for_it_is_told_to_send_the_body(emulator: EmulatorProcess, waits: bool) -> None:
    headers = [("Expect", "100-continue"), ("Connection", "close")]
    sent = _request(emulator, "POST /jobs", headers, {"id": "j1", "poolInfo": POOL_INFO})
    start, _, content = sent.partition(b"\r\n\r\n")
    with _connect(emulator) as connection:
        connection.sendall(start + b"\r\n\r\n" if waits else sent)
        if waits:
            assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(content)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 201 ")


def test_a_body_comes_with_the_offer_of_another_protocol(emulator: EmulatorProcess) -> None:
    """Java's own client offers it with each request that is not over TLS."""
    offer = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAEAAEAAAAI")]
    sent = _request(emulator, "POST /jobs", offer, {"id": "j1", "poolInfo": POOL_INFO})
    sent += _request(emulator, "GET /jobs/j1", [("Connection", "close")])
    assert [answer.status for answer in _answers(emulator, sent, ["POST", "GET"])] == [201, 200]


def test_a_broken_body_before_an_answer_is_refused_once(emulator: EmulatorProcess) -> None:
    broken = b"POST /jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    (answer,) = _answers(emulator, broken, ["POST"])
    assert (answer.status, answer.content) == (400, b"Invalid HTTP request received.")
    assert emulator.errors() == ""


def test_a_header_of_an_answer_is_one_line() -> None:
    assert head(599, [(b"ETag", b"0x1")]).endswith(b"\r\nETag: 0x1\r\n\r\n")
    with pytest.raises(ValueError, match="line break"):
        head(200, [(b"ETag", b"0x1\r\nLocation: x")])

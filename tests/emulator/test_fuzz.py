"""Whatever is asked of whatever operation, none is answered 500, none waits for ever, and no memory stays taken."""

from __future__ import annotations

import contextlib
import socket
from collections import Counter
from urllib.parse import urlsplit

import pytest

from batch_emulator.operations.table import OPERATIONS
from tests.emulator.fuzz import BODIES, PATIENCE, fuzz
from tests.emulator.raw import Headers, signed
from tests.emulator_process import MEDIA_TYPE, EmulatorProcess

SIZE = 4_000
SEED = 1


def test_no_request_makes_the_emulator_fail_hang_or_grow() -> None:
    tally: Counter[str] = Counter()
    fuzz(SIZE, SEED, tally)
    assert tally["requests"] >= SIZE
    assert sum(tally[f"answered {status}"] for status in (200, 201, 202, 204)) > SIZE / 4, "too few are good ones"


def test_each_operation_that_takes_a_body_has_a_good_one_to_spoil() -> None:
    assert BODIES.keys() == {operation.name for operation in OPERATIONS if operation.body != "none"}


def _connect(emulator: EmulatorProcess) -> socket.socket:
    split = urlsplit(emulator.endpoint)
    return socket.create_connection((str(split.hostname), int(split.port or 0)), timeout=PATIENCE)


def _read(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65_536):
            received += chunk
    return received


def _head(emulator: EmulatorProcess, asked: str, headers: Headers) -> bytes:
    lines = [
        f"{asked} HTTP/1.1",
        f"Host: {urlsplit(emulator.endpoint).netloc}",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def test_slow_and_half_sent_requests_time_out(emulator: EmulatorProcess) -> None:
    emulator.switch("request-seconds", 0.2)
    target = "/jobs?api-version=2025-06-01"
    head = f"POST {target} HTTP/1.1\r\nHost: localhost\r\n".encode()
    halves = {
        b"": b"",
        b"GET": b"408",
        head: b"408",
        head + b"Content-Length: 5\r\n\r\n{": b"",
        head + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{": b"",
        b"GET /jobs HTTP/1.1\r\nHost: localhost\r\n\r\nGET /jo": b"408",
    }
    with contextlib.ExitStack() as stack:
        connections = {half: stack.enter_context(_connect(emulator)) for half in halves}
        for half, connection in connections.items():
            connection.sendall(half)
        for half, connection in connections.items():
            received = _read(connection)
            assert halves[half] in received, half
            assert received == b"" or received.startswith(b"HTTP/1.1 "), half
    headers = signed(emulator, "POST", target, (("Content-Length", "5"),), b"{....")
    with _connect(emulator) as connection:
        connection.sendall(_head(emulator, f"POST {target}", headers) + b"{")
        assert _read(connection).startswith(b"HTTP/1.1 408 ")
    emulator.reset()
    assert emulator.get("/jobs")["value"] == []
    assert emulator.errors() == ""


class _Claimed(bytes):
    """Content that has not come yet, for a signature that covers its length."""

    def __len__(self) -> int:
        return 10**12


@pytest.mark.parametrize("chunked", [False, True])
def test_a_huge_body_is_refused_before_it_is_read(emulator: EmulatorProcess, chunked: bool) -> None:
    target = "/jobs?api-version=2025-06-01"
    framing = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(10**12))
    headers = signed(emulator, "POST", target, (framing, ("Content-Type", MEDIA_TYPE)), b"" if chunked else _Claimed())
    part = b"10000\r\n" + b" " * 65_536 + b"\r\n" if chunked else b""
    with _connect(emulator) as connection:
        connection.sendall(_head(emulator, f"POST {target}", headers) + part * 17)
        answered = b""
        while b"RequestBodyTooLarge" not in answered and (more := connection.recv(65_536)):
            answered += more
        assert answered.startswith(b"HTTP/1.1 413 ") and b"RequestBodyTooLarge" in answered
    assert emulator.errors() == ""

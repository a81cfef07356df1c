"""A service, or something in its place, that drips, floods and lies: bounded in time and memory, and told in words."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azure_batch_provider.batch import operations
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.batch.dialect import BatchDialect
from azure_batch_provider.batch.operations import Operation
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import Cancelled, ProtocolError, RequestError, TransportError
from azure_batch_provider.http.transport import Transport
from azure_batch_provider.lifecycle.verbs import may_have_happened
from azure_batch_provider.sign_in.shared_key import SharedKey
from tests.batch.test_operations import IDS, OPERATIONS
from tests.go_between import GoBetween, answer
from tests.http.conftest import KEY, Connect

NOWHERE = "http://127.0.0.1:1"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRIPS: dict[str, tuple[bytes, bytes]] = {
    "nothing": (b"", b""),
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "continuations": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "header": (HEAD + b"X-Header: ", b"x"),
    "headers": (HEAD, b"X: y\r\n"),
    "body": (HEAD + b"Content-Length: 1000000\r\n\r\n", b" "),
    "body without end": (HEAD + b"\r\n", b" "),
    "chunk size": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "trailers": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    "gzip that yields nothing": (HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")),
    "gzip header": (HEAD + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08" + bytes(6), b"n"),
}
BODY_DRIPS = [name for name, (first, _) in DRIPS.items() if b"\r\n\r\n" in first]


class Drip:
    """Says the first part at once and then the second again and again, until nobody listens any more."""

    def __init__(self, first: bytes, then: bytes) -> None:
        self._pieces = chain([first], repeat(then))
        self.left = threading.Event()

    def __call__(self, connection: socket.socket) -> None:
        connection.settimeout(0.05)
        try:
            for piece in self._pieces:
                connection.sendall(piece)
                with contextlib.suppress(TimeoutError):
                    if connection.recv(1) == b"":
                        break
        except OSError:
            pass
        self.left.set()


@contextlib.contextmanager
def dripping(name: str) -> Iterator[tuple[str, Drip]]:
    drip = Drip(*DRIPS[name])
    with GoBetween(NOWHERE) as service:
        service.instead("POST", "/jobs", drip)
        yield service.endpoint, drip


def in_real_time(endpoint: str, seconds: float = 60, auth: Any = None) -> Transport:
    return Transport(
        endpoint,
        auth or SharedKey("acct", KEY),
        BatchDialect("2025-06-01"),
        request_timeout=seconds,
        max_concurrency=4,
    )


def at_once(names: Iterable[str], drips: Callable[[str], None]) -> None:
    """Try each of them, all at the same time: nearly all of it is waiting. Fails with the names of those that fail."""

    def tried(name: str) -> str | None:
        try:
            drips(name)
        except (Exception, pytest.fail.Exception) as error:
            return f"{name}: {error!r}"
        return None

    with ThreadPoolExecutor(len(DRIPS)) as pool:
        assert [failure for failure in pool.map(tried, names) if failure is not None] == []


def test_whatever_drips_the_call_is_over_within_a_second_of_its_budget() -> None:
    def drips(name: str) -> None:
        with dripping(name) as (endpoint, _):
            began = time.monotonic()
            with pytest.raises(TransportError, match=r"POST /jobs got no answer .* within the time allowed") as raised:
                in_real_time(endpoint, seconds=1).request("POST", "/jobs", body={"id": "j"})
            took = time.monotonic() - began
        assert may_have_happened(raised.value)
        assert 0.9 < took < 2.5, took  # half a second of it for a busy machine

    at_once(DRIPS, drips)


def test_whatever_drips_the_call_is_over_within_a_second_of_a_cancel() -> None:
    def drips(name: str) -> None:
        cancelled = threading.Event()
        with dripping(name) as (endpoint, _):
            threading.Timer(0.5, cancelled.set).start()
            began = time.monotonic()
            with pytest.raises(Cancelled) as raised:
                deadline = Deadline(alive=lambda: not cancelled.is_set())
                in_real_time(endpoint).request("POST", "/jobs", body={"id": "j"}, deadline=deadline)
            took = time.monotonic() - began
        assert raised.value.sent
        assert took < 2.0, took  # half a second of it for a busy machine

    at_once(DRIPS, drips)


def test_a_body_that_is_given_up_is_not_read_on() -> None:
    def drips(name: str) -> None:
        cancelled = threading.Event()
        with dripping(name) as (endpoint, drip):
            threading.Timer(0.3, cancelled.set).start()
            with pytest.raises(Cancelled):
                deadline = Deadline(alive=lambda: not cancelled.is_set())
                in_real_time(endpoint).request("POST", "/jobs", deadline=deadline)
            assert drip.left.wait(5), "read on"

    at_once(BODY_DRIPS, drips)


def test_an_answer_that_comes_just_after_a_cancel_still_counts() -> None:
    cancelled = threading.Event()

    def late(connection: socket.socket) -> None:
        cancelled.set()
        time.sleep(0.3)
        connection.sendall(answer("201 Created", b"", "ETag: 0x8D"))

    with GoBetween(NOWHERE) as service:
        service.instead("POST", "/jobs", late)
        deadline = Deadline(alive=lambda: not cancelled.is_set())
        assert in_real_time(service.endpoint).request("POST", "/jobs", deadline=deadline).status == 201


@pytest.mark.parametrize("piece", [b"", b"\x16\x03\x03\x40\x00"], ids=["silent", "dripping"])
def test_a_handshake_that_never_ends_does_not_hold_up_a_cancel(piece: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def shake() -> None:
            connection, _ = listener.accept()
            with contextlib.suppress(OSError), connection:
                connection.sendall(piece)
                for _ in range(100):
                    connection.sendall(piece[:1] and b"\x00")
                    time.sleep(0.05)

        threading.Thread(target=shake, daemon=True).start()
        cancelled = threading.Event()
        threading.Timer(0.3, cancelled.set).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            in_real_time(f"https://127.0.0.1:{listener.getsockname()[1]}").request(
                "GET", "/jobs", deadline=Deadline(alive=lambda: not cancelled.is_set())
            )
        assert time.monotonic() - began < 1.8


def test_a_sign_in_that_takes_long_does_not_hold_up_a_cancel_and_nothing_is_sent_after_it() -> None:
    cancelled, go_on = threading.Event(), threading.Event()

    class Slow(SharedKey):
        def sign(self, request: Any) -> None:
            go_on.wait(10)
            super().sign(request)

    with GoBetween(NOWHERE) as service:
        asked = threading.Event()
        service.instead("POST", "/jobs", lambda connection: asked.set())
        threading.Timer(0.2, cancelled.set).start()
        with pytest.raises(Cancelled) as raised:
            in_real_time(service.endpoint, auth=Slow("acct", KEY)).request(
                "POST", "/jobs", deadline=Deadline(alive=lambda: not cancelled.is_set())
            )
        assert not raised.value.sent
        go_on.set()
        assert not asked.wait(0.5)


def refused(connect: Connect, reply: bytes, match: str) -> ProtocolError:
    """The wrong answer that a reply to a POST is; as every one, it may have been carried out."""
    with GoBetween(NOWHERE) as service:
        service.instead("POST", "/jobs", reply)
        with pytest.raises(ProtocolError, match=match) as raised:
            connect(service.endpoint).request("POST", "/jobs", body={"id": "j"})
    str(raised.value).encode()
    assert may_have_happened(raised.value)
    return raised.value


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "202 Accepted"])
@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[" * 100_000, "nested deeper than 64 levels"),
        (b'{"a":' * 100_000, "nested deeper than 64 levels"),
        (b"[" * 65 + b"]" * 65, "nested deeper than 64 levels"),
        (b'{"id": "\\ud800"}', "not valid Unicode"),
        (b'{"\\udfff": 1}', "not valid Unicode"),
        (b'{"id": "\xed\xa0\x80"}', "not valid Unicode"),
        (b'{"id": "\xff"}', "not valid Unicode"),
        ('{"id": "j"}'.encode("utf-16"), "not valid Unicode"),
        (b'{"id": NaN}', "not JSON"),
        (b'{"id": -Infinity}', "not JSON"),
        (b'{"id": 1e400}', "not JSON"),
        (b'{"id": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"id": ' + b"9" * 400 + b"}", "not JSON"),
        (b"<html>", "not JSON"),
        (b"\0", "not JSON"),
    ],
)
def test_what_is_not_plain_json_in_bounds_is_a_wrong_answer(
    connect: Connect, status: str, body: bytes, why: str
) -> None:
    refused(connect, answer(status, body), f"was answered {status[:3]} with something that is {why}")


def test_what_is_in_bounds_is_read(connect: Connect) -> None:
    for body, value in (
        (b"[" * 64 + b"]" * 64, None),
        (b'\xef\xbb\xbf{"id": "\\ud83d\\ude00"}', {"id": "\U0001f600"}),
        (b'{"n": [9223372036854775807, -9223372036854775808, 1.5e300]}', {"n": [2**63 - 1, -(2**63), 1.5e300]}),
        (b" \r\n", None),
    ):
        with GoBetween(NOWHERE) as service:
            service.instead("GET", "/jobs", answer("200 OK", body))
            found = connect(service.endpoint).request("GET", "/jobs").body
        assert value is None or found == value


def test_gzip_is_read_also_in_several_parts(connect: Connect) -> None:
    parts = gzip.compress(b'{"id": ') + gzip.compress(b"") + gzip.compress(b'"j"}')
    with GoBetween(NOWHERE) as service:
        service.instead("GET", "/jobs", answer("200 OK", parts, "Content-Encoding: gzip"))
        assert connect(service.endpoint).request("GET", "/jobs").body == {"id": "j"}


def test_a_bomb_is_not_unpacked(connect: Connect) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    mebibyte = bytes(1024 * 1024)
    bomb = b"".join(packer.compress(mebibyte) for _ in range(600)) + packer.flush()
    tracemalloc.start()
    try:
        reply = answer("201 Created", bomb, "Content-Encoding: gzip")
        refused(connect, reply, "was answered 201 with something that is larger than 32 MiB")
        assert tracemalloc.get_traced_memory()[1] < 100 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_flood_is_not_read_to_its_end(connect: Connect) -> None:
    def flood(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(HEAD + b"\r\n")
            while True:
                connection.sendall(bytes(1024 * 1024))

    with GoBetween(NOWHERE) as service:
        service.instead("GET", "/jobs", flood)
        with pytest.raises(ProtocolError, match="larger than 32 MiB"):
            connect(service.endpoint).request("GET", "/jobs")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd", "x" * 1000])
def test_an_encoding_that_was_not_asked_for_is_a_wrong_answer(connect: Connect, encoding: str) -> None:
    refused(connect, answer("201 Created", b"{}", f"Content-Encoding: {encoding}"), "which was not asked for")


@pytest.mark.parametrize(
    "body",
    [b"no gzip at all", gzip.compress(b"{}")[:-4], gzip.compress(b"{}") + b"more"],
    ids=["another format", "cut short", "followed by more"],
)
def test_garbled_gzip_is_no_answer_and_may_have_been_carried_out(connect: Connect, body: bytes) -> None:
    with GoBetween(NOWHERE) as service:
        service.instead("POST", "/jobs", answer("201 Created", body, "Content-Encoding: gzip"))
        with pytest.raises(TransportError, match="garbled") as raised:
            connect(service.endpoint).request("POST", "/jobs")
    assert may_have_happened(raised.value)


def test_a_text_that_utf8_cannot_carry_is_not_sent(connect: Connect) -> None:
    with pytest.raises(TransportError, match="lone surrogate") as raised:
        connect(NOWHERE).request("POST", "/jobs", body={"id": "\ud800"})
    assert not may_have_happened(raised.value)


REPLIES = st.tuples(
    st.sampled_from(["200 OK", "201 Created", "202 Accepted", "204 No Content", "404 Not Found", "409 Conflict"]),
    st.lists(st.binary(max_size=40), max_size=3),
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["id", "value", "code", "message", "values", "key", "odata.nextLink", "taskCounts"]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=12,
        ),
    ),
)


@pytest.mark.parametrize("name", OPERATIONS)
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(reply=REPLIES)
def test_any_bytes_after_a_status_line_end_in_the_modules_own_errors(
    connect: Connect, fuzzed: GoBetween, name: str, reply: tuple[str, list[bytes], Any]
) -> None:
    import json

    status, headers, content = reply
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    lines = [f"HTTP/1.1 {status}".encode(), *(b"X: " + header for header in headers)]
    heard = threading.Event()

    def speak(connection: socket.socket) -> None:
        heard.set()
        connection.sendall(b"\r\n".join([*lines, b"", b""]) + body)

    operation: Operation = getattr(operations, name)
    fuzzed.faithful()
    # A file is asked for by HEAD, or listed, before its end is read.
    for method in ("HEAD", operation.method):
        fuzzed.instead(method, operation.at(*IDS[: operation.path.count("{}")]), speak)
    ask: Callable[[BatchClient], Any] = OPERATIONS[name][0]
    client = BatchClient(connect(fuzzed.endpoint, request_timeout=5))
    began = time.monotonic()
    try:
        ask(client)
    except RequestError as error:
        str(error).encode()
    finally:
        client.close()
    assert heard.is_set()
    assert time.monotonic() - began < 6


@pytest.fixture
def fuzzed() -> Iterator[GoBetween]:
    with GoBetween(NOWHERE) as service:
        yield service

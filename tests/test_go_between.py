"""The server of our own that stands in the middle leaves nothing behind that fails another test."""

from __future__ import annotations

import socket
import threading
from urllib.parse import urlsplit

import pytest

from tests.go_between import GoBetween

NOBODY = "http://127.0.0.1:1"


def _connected(between: GoBetween) -> socket.socket:
    address = urlsplit(between.endpoint)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=5)


def test_nobody_listens_when_it_has_ended() -> None:
    with GoBetween(NOBODY) as between, _connected(between) as client:
        client.sendall(b"\n")
        assert client.recv(1) == b""  # It waits for the next one by now.
    with pytest.raises(ConnectionRefusedError):
        _connected(between)


@pytest.mark.parametrize("greeting", [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\n", b"\n"])
def test_a_client_that_speaks_something_else_is_hung_up_on(greeting: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    with GoBetween(NOBODY) as between, _connected(between) as client:
        client.sendall(greeting)
        assert client.recv(1) == b""
    assert not failed

"""The emulator under single writes of many clients, beside a bare echo with the same server, and SQLite alone."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.ground import Ground
from bench.stack import ROOT, Measured
from tests.emulator.fuzz import Connection
from tests.emulator.raw import signed
from tests.emulator_process import MEDIA_TYPE, EmulatorProcess

CLIENTS = 16
_TARGET = "/jobs/j1/tasks?api-version=2025-06-01"
_ECHO = """
import sys, uvicorn
from starlette.requests import Request
from starlette.responses import Response
async def app(scope, receive, send):
    body = await Request(scope, receive).body()
    await Response(body, 201)(scope, receive, send)
uvicorn.run(app, port=int(sys.argv[1]), http="h11", loop="asyncio", log_level="error", lifespan="off", access_log=False)
"""


def _requests(emulator: EmulatorProcess, count: int) -> list[bytes]:
    """As bytes, made before the clock runs."""
    host, made = urlsplit(emulator.endpoint).netloc, []
    for number in range(count):
        content = json.dumps({"id": f"t{number}", "commandLine": "cmd /c echo hello"}).encode()
        given = (("Content-Length", str(len(content))), ("Content-Type", MEDIA_TYPE))
        headers = signed(emulator, "POST", _TARGET, given, content)
        lines = [f"POST {_TARGET} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers)]
        made.append("\r\n".join([*lines, "", ""]).encode() + content)
    return made


def _send(endpoint: str, sent: list[bytes]) -> float:
    """Seconds for all, each client with one request under way."""
    with ExitStack() as stack:
        clients = [stack.enter_context(Connection(endpoint)) for _ in range(CLIENTS)]
        began = time.perf_counter()
        for first in range(0, len(sent), CLIENTS):
            together = list(zip(clients, sent[first : first + CLIENTS], strict=False))
            for client, content in together:
                client.send(content)
            for client, _ in together:
                if (status := client.status("POST")) != 201:
                    raise AssertionError(f"a write was answered {status}")
        return time.perf_counter() - began


@dataclass(frozen=True)
class Writes:
    """So many single writes, by `way`."""

    way: Callable[[Ground, int], float]
    count: int

    def __call__(self, ground: Ground) -> Iterator[tuple[str, Measured]]:
        yield "write", Measured(self.way(ground, self.count))


def emulator_writes(ground: Ground, count: int) -> float:
    """Tasks added one by one to an emulator that keeps them."""
    with EmulatorProcess(location=ground.folder()) as emulator:
        emulator.post("/jobs", {"id": "j1", "poolInfo": {"poolId": "p1"}})
        return _send(emulator.endpoint, _requests(emulator, count))


def echo_writes(ground: Ground, count: int) -> float:
    """The same requests, answered with what they bring."""
    with EmulatorProcess() as emulator:
        sent = _requests(emulator, count)
    with bare_echo() as endpoint:
        return _send(endpoint, sent)


@contextmanager
def bare_echo() -> Iterator[str]:
    """The address of a server that echoes, as soon as it listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    echo = subprocess.Popen([sys.executable, "-c", _ECHO, str(address[1])], cwd=ROOT)
    try:
        limit = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(address).close()
                break
            except ConnectionRefusedError:
                if time.monotonic() > limit:
                    raise
                time.sleep(0.01)
        yield f"http://127.0.0.1:{address[1]}"
    finally:
        echo.kill()
        echo.wait()


def sqlite_writes(ground: Ground, count: int) -> float:
    """Rows of the same size, each with a commit of its own, written ahead and synchronised as the emulator does."""
    database = sqlite3.connect(ground.folder() / "alone.sqlite3", isolation_level=None)
    for statement in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "CREATE TABLE t (key TEXT PRIMARY KEY, row TEXT)",
    ):
        database.execute(statement)
    began = time.perf_counter()
    for number in range(count):
        database.execute("INSERT INTO t VALUES (?, ?)", (f"t{number}", "x" * 500))
    seconds = time.perf_counter() - began
    database.close()
    return seconds

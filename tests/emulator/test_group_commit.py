"""Changes of requests that come together are committed together, and still each before its answer."""

from __future__ import annotations

import json
import os
import resource
import signal
import struct
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from batch_emulator.simulation.loop import Loop
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.entities import Application
from batch_emulator.state.journal import SqliteJournal, StorageError
from batch_emulator.state.switches import Switches
from tests.emulator.fuzz import Connection
from tests.emulator.parts import POOL_INFO
from tests.emulator.raw import signed
from tests.emulator_process import MEDIA_TYPE, EmulatorProcess

CLIENTS = 16
TARGET = "/jobs/j1/tasks?api-version=2025-06-01"


def _commits(location: Path) -> int:
    """How many there are in the write-ahead log: the last frame of each has the size of the database."""
    log = (location / "batch.sqlite3-wal").read_bytes()
    page = struct.unpack(">I", log[8:12])[0]
    salts = log[16:24]
    frames = range(32, len(log) - page, 24 + page)
    return sum(log[at + 8 : at + 16] == salts and log[at + 4 : at + 8] != bytes(4) for at in frames)


def _add_together(emulator: EmulatorProcess, ids: Sequence[str]) -> list[int]:
    """The statuses of tasks added by as many clients, whose requests have all come when the first is read."""
    host = urlsplit(emulator.endpoint).netloc
    with ExitStack() as stack:
        connections = [stack.enter_context(Connection(emulator.endpoint)) for _ in ids]
        os.kill(emulator.pid, signal.SIGSTOP)
        try:
            for connection, task_id in zip(connections, ids, strict=True):
                content = json.dumps({"id": task_id, "commandLine": "x"}).encode()
                given = (("Content-Length", str(len(content))), ("Content-Type", MEDIA_TYPE))
                headers = signed(emulator, "POST", TARGET, given, content)
                lines = [f"POST {TARGET} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers)]
                connection.send("\r\n".join([*lines, "", ""]).encode() + content)
        finally:
            os.kill(emulator.pid, signal.SIGCONT)
        return [connection.status("POST") for connection in connections]


def test_what_comes_together_is_committed_together(tmp_path: Path) -> None:
    ids = [f"t{number}" for number in range(CLIENTS)]
    with EmulatorProcess(location=tmp_path) as emulator:
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
        before = _commits(tmp_path)
        assert _add_together(emulator, ids) == [201] * CLIENTS
        assert 1 <= _commits(tmp_path) - before <= CLIENTS / 4
        emulator.kill()
    with EmulatorProcess(location=tmp_path) as emulator:
        assert {task["id"] for task in emulator.get("/jobs/j1/tasks")["value"]} == set(ids)


def test_what_cannot_be_committed_together_is_refused_to_each(tmp_path: Path) -> None:
    ids = [f"t{number}" for number in range(CLIENTS)]
    with EmulatorProcess(location=tmp_path) as emulator:
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
        unlimited = resource.prlimit(emulator.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        assert _add_together(emulator, ids) == [503] * CLIENTS
        resource.prlimit(emulator.pid, resource.RLIMIT_FSIZE, unlimited)
        assert emulator.get("/jobs/j1/tasks")["value"] == []
        assert _add_together(emulator, ids) == [201] * CLIENTS


def test_a_failure_of_one_leaves_the_others(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path)
    account = SimulatedAccount(journal, Switches())
    loop = Loop(account)
    told: list[StorageError | None] = []

    def add(name: str, fails: bool = False) -> None:
        account.store.save(Application.new(name, {"versions": []}, account.clock.stamp()))
        account.store.after_commit(lambda: done.append(name))
        if fails:
            raise RuntimeError("a bug")

    done: list[str] = []
    loop.do(lambda: add("a"))
    loop.when_committed(told.append)
    assert loop.uncommitted and not done
    with pytest.raises(RuntimeError):
        loop.do(lambda: add("b", fails=True))
    assert (told, done, loop.uncommitted) == ([None], ["a"], False)
    loop.run(lambda: add("c"))
    journal.close()
    journal = SqliteJournal(tmp_path)
    assert {key for kind, _, key, _, _ in journal.rows() if kind == "application"} == {"a", "c"}
    journal.close()

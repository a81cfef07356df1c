"""The emulator with many stored tasks: its start, and a list of them, beside a bare echo and SQLite alone."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from bench.emulator import bare_echo
from bench.ground import Ground
from bench.stack import Measured
from tests.emulator_process import EmulatorProcess

PAGE = 1_000
"""Tasks on a page, the most there can be."""
_COLLECTION = 100
_SOME = 10
"""How often a page is asked for, and what it is compared with."""
_ROW = "x" * 500


@dataclass(frozen=True)
class StoredTasks:
    """An emulator with a job of `count` tasks in its location."""

    count: int

    def __call__(self, ground: Ground) -> Iterator[tuple[str, Measured]]:
        location = ground.folder()
        with EmulatorProcess(location=location) as emulator:
            emulator.post("/jobs", {"id": "j1", "poolInfo": {"poolId": "p1"}})
            for first in range(0, self.count, _COLLECTION):
                ids = range(first, min(first + _COLLECTION, self.count))
                tasks = [{"id": f"t{number:06}", "commandLine": "cmd /c echo hello"} for number in ids]
                emulator.post("/jobs/j1/addtaskcollection", {"value": tasks})
        began = time.perf_counter()
        with EmulatorProcess(location=location) as emulator:
            yield "start", Measured(time.perf_counter() - began, peak=_memory(emulator))
            pages = list(_pages(emulator, f"/jobs/j1/tasks?maxresults={PAGE}"))
            if sum(count for _, count in pages) != self.count:
                raise AssertionError(f"{sum(count for _, count in pages)} of {self.count} tasks were listed")
            ends = {"first page": pages[0][0], "last page": pages[-1][0]}
            seconds: dict[str, list[float]] = {name: [] for name in ends}
            for _ in range(_SOME):
                for name, path in ends.items():
                    began = time.perf_counter()
                    emulator.get(path)
                    seconds[name].append(time.perf_counter() - began)
            for name, found in seconds.items():
                yield name, Measured(statistics.median(found), peak=_memory(emulator))


def _pages(emulator: EmulatorProcess, path: str) -> Iterator[tuple[str, int]]:
    """The path of each page of a list, and how many are on it."""
    while path:
        page = emulator.get(path)
        yield path, len(page["value"])
        link = urlsplit(page.get("odata.nextLink", ""))
        path = f"{link.path}?{link.query}" if link.query else ""


def _memory(emulator: EmulatorProcess) -> float:
    """The most that it ever had resident, in MB."""
    status = Path(f"/proc/{emulator.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@dataclass(frozen=True)
class StoredRows:
    """SQLite alone with as many rows of the same size: all are read once, then page by page."""

    count: int

    def __call__(self, ground: Ground) -> Iterator[tuple[str, Measured]]:
        file = ground.folder() / "alone.sqlite3"
        with sqlite3.connect(file) as database:
            database.execute("CREATE TABLE t (key TEXT PRIMARY KEY, row TEXT) WITHOUT ROWID")
            rows = ((f"t{number:06}", _ROW) for number in range(self.count))
            database.executemany("INSERT INTO t VALUES (?, ?)", rows)
        database.close()
        began = time.perf_counter()
        database = sqlite3.connect(file)
        database.execute("SELECT key, row FROM t ORDER BY key").fetchall()
        yield "start", Measured(time.perf_counter() - began)
        seconds, last = [], ""
        for _ in range(min(_SOME, max(self.count // PAGE, 1))):
            began = time.perf_counter()
            page = database.execute("SELECT key, row FROM t WHERE key > ? ORDER BY key LIMIT ?", (last, PAGE))
            last = page.fetchall()[-1][0]
            seconds.append(time.perf_counter() - began)
        database.close()
        yield "page", Measured(statistics.median(seconds))


def echo(ground: Ground) -> Iterator[tuple[str, Measured]]:
    """The start of a server that only echoes, and an answer of as many bytes as a page has."""
    began = time.perf_counter()
    with bare_echo() as endpoint, requests.Session() as session:
        session.trust_env = False
        yield "start", Measured(time.perf_counter() - began)
        seconds, content = [], (_ROW * PAGE).encode()
        for _ in range(_SOME):
            began = time.perf_counter()
            if session.post(endpoint, data=content, timeout=30).content != content:
                raise AssertionError("what was echoed is something else")
            seconds.append(time.perf_counter() - began)
        yield "page", Measured(statistics.median(seconds))

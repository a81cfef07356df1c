"""State at rest: who can read it, and what happens when it cannot be read or written."""

from __future__ import annotations

import os
import re
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.parts import POOL_INFO
from tests.emulator_process import EMULATOR, EmulatorProcess

DATABASE = "batch.sqlite3"


def _run(location: Path, before: tuple[str, ...] = ()) -> str:
    """The one line that a start says which fails; `before` is a command that runs it."""
    command = [*before, sys.executable, "-m", "batch_emulator", "--port", "0", "--location", str(location)]
    environment = {**os.environ, "PYTHONPATH": str(EMULATOR)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("azure-batch-emulator: ")
    return line


def _fill(location: Path, tasks: int = 300) -> None:
    with EmulatorProcess(location=location) as emulator:
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
        for first in range(0, tasks, 100):
            added = [{"id": f"t{number}", "commandLine": "x" * 100} for number in range(first, first + 100)]
            emulator.post("/jobs/j1/addtaskcollection", {"value": added})


def _modes(location: Path) -> dict[str, str]:
    return {path.name: stat.filemode(path.stat().st_mode) for path in (location, *location.iterdir())}


@pytest.fixture
def open_umask() -> Any:
    former = os.umask(0)
    yield
    os.umask(former)


def test_no_one_else_can_read_what_is_kept(tmp_path: Path, open_umask: None) -> None:
    location = tmp_path / "new" / "state"
    with EmulatorProcess(location=location) as emulator:
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
        assert _modes(location) == {"state": "drwx------", DATABASE: "-rw-------", f"{DATABASE}-wal": "-rw-------"}


def test_what_an_earlier_version_kept_is_closed_to_others(tmp_path: Path, open_umask: None) -> None:
    location = tmp_path / "state"
    with EmulatorProcess(location=location) as emulator:
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
        emulator.kill()
    location.chmod(0o755)
    (location / f"{DATABASE}-shm").write_bytes(b"")
    for path in location.iterdir():
        path.chmod(0o644)
    with EmulatorProcess(location=location) as emulator:
        assert [job["id"] for job in emulator.get("/jobs")["value"]] == ["j1"]
        assert set(_modes(location).values()) == {"drwx------", "-rw-------"}


def test_a_directory_with_other_things_in_it_stays_as_it_is(tmp_path: Path, open_umask: None) -> None:
    location = tmp_path / "home"
    location.mkdir(mode=0o755)
    (location / "notes.txt").write_text("mine")
    with EmulatorProcess(location=location) as emulator:
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
        modes = _modes(location)
    assert (modes["home"], modes["notes.txt"]) == ("drwxr-xr-x", "-rw-rw-rw-")
    assert {modes[DATABASE], modes[f"{DATABASE}-wal"]} == {"-rw-------"}


def test_state_of_the_first_format_is_taken_over(tmp_path: Path) -> None:
    _fill(tmp_path)
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute("UPDATE entities SET row = substr(row, 10)")
        for column in ("state", "weight", "modified", "until"):
            database.execute(f"ALTER TABLE entities DROP COLUMN {column}")
        database.execute("PRAGMA user_version=1")
    database.close()
    for _ in range(2):
        with EmulatorProcess(location=tmp_path) as emulator:
            assert len(emulator.get("/jobs/j1/tasks")["value"]) == 300


def test_what_an_earlier_release_kept_goes_on(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.executescript((Path(__file__).parent / "kept" / "0.1.0.sql").read_text())
    database.close()
    with EmulatorProcess(location=tmp_path) as emulator:
        assert [emulator.get(f"/pools/{name}")["allocationState"] for name in ("p1", "p2")] == ["steady", "resizing"]
        emulator.advance(61)
        assert [pool["id"] for pool in emulator.get("/pools")["value"]] == ["p1"]
        assert [emulator.get("/jobs/j2")["state"] for _ in range(4)] == ["terminating"] * 3 + ["completed"]
        assert emulator.get("/jobs/j1")["displayName"] == "Täglich"
        assert emulator.get("/jobs/j1/tasks/t1")["executionInfo"]["exitCode"] == 3
        assert [len(emulator.get("/jobs/j1/tasks")["value"]) for _ in range(3)] == [3, 3, 2]


def _other_bytes(content: bytearray, page: int) -> None:
    content[page * 4096 + 100 : page * 4096 + 4000] = b"\x5a" * 3900


def _no_page(content: bytearray, page: int) -> None:
    content[page * 4096 : (page + 1) * 4096] = bytes(4096)


def _one_row_less(content: bytearray, page: int) -> None:
    rows = content[page * 4096 + 3 : page * 4096 + 5]
    content[page * 4096 + 3 : page * 4096 + 5] = (int.from_bytes(rows, "big") - 1).to_bytes(2, "big")


def _another_letter(content: bytearray, page: int) -> None:
    place = content.index(b'"state":"active"', page * 4096)
    content[place + 2] ^= 1


def _cut(content: bytearray, page: int) -> None:
    del content[page * 4096 :]


@pytest.mark.parametrize("damage", [_other_bytes, _no_page, _one_row_less, _another_letter, _cut])
def test_damage_is_reported_in_a_line(tmp_path: Path, damage: Callable[[bytearray, int], None]) -> None:
    kept, spoilt = tmp_path / "kept", tmp_path / "spoilt"
    _fill(kept)
    pages = len((kept / DATABASE).read_bytes()) // 4096
    for page in (pages // 2, pages - 2):
        shutil.copytree(kept, spoilt)
        content = bytearray((spoilt / DATABASE).read_bytes())
        damage(content, page)
        (spoilt / DATABASE).write_bytes(content)
        assert re.search(r"cannot read .*batch\.sqlite3: |is not a database of this emulator", _run(spoilt))
        shutil.rmtree(spoilt)


def test_a_task_without_its_job_is_damage(tmp_path: Path) -> None:
    _fill(tmp_path)
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute("DELETE FROM entities WHERE kind='job'")
    database.close()
    assert "cannot read its state: the task 'j1/t0' in it is damaged" in _run(tmp_path)


def test_a_full_disk_is_reported_in_a_line(tmp_path: Path) -> None:
    assert "cannot open" in _run(tmp_path / "new", ("sh", "-c", 'ulimit -f 0 && exec "$@"', "sh"))


def test_a_directory_that_cannot_be_written_is_reported_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "taken" / DATABASE).mkdir(parents=True)
    assert "cannot use" in _run(tmp_path / "taken")
    (tmp_path / "closed").mkdir(mode=0o500)
    if os.getuid() != 0:  # root writes everywhere
        assert "Permission denied" in _run(tmp_path / "closed")
    (tmp_path / "beside" / f"{DATABASE}-wal").mkdir(parents=True)
    assert "cannot open" in _run(tmp_path / "beside")


def test_what_cannot_be_read_any_more_is_answered_with_503(tmp_path: Path) -> None:
    with EmulatorProcess(location=tmp_path) as emulator:
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
        for path in tmp_path.iterdir():
            os.truncate(path, 0)
        resource.prlimit(emulator.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        replies = [emulator.call("POST", "/jobs", {"id": "j2", "poolInfo": POOL_INFO})]
        replies += [emulator.call("GET", path) for path in ("/jobs", "/jobs/j1", "/_emulator/clock")]
        for reply in replies:
            assert (reply.status, reply.body["code"]) == (503, "ServerBusy")
            assert re.search(r"The emulator cannot (read|write) ", reply.body["message"]["value"])
        assert "Traceback" not in emulator.errors()


@pytest.mark.parametrize("ahead", [0, 60])
def test_it_answers_again_when_there_is_room_again(tmp_path: Path, ahead: int) -> None:
    with EmulatorProcess(location=tmp_path) as emulator:
        if ahead:
            emulator.advance(ahead)
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
        unlimited = resource.prlimit(emulator.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        for _ in range(3):
            assert emulator.call("POST", "/_emulator/clock", {"advance": 3600}).status == 503
            assert emulator.call("DELETE", "/jobs/j1").status == 503
        assert emulator.get("/jobs/j1")["state"] == "active"
        assert emulator.get("/_emulator/clock")["offset"] == ahead
        assert len(emulator.errors().splitlines()) == 1
        resource.prlimit(emulator.pid, resource.RLIMIT_FSIZE, unlimited)
        assert emulator.call("DELETE", "/jobs/j1").status == 202

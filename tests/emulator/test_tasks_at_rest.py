"""What was stored at rest is read when it is asked for: a start reads no task, and each page of a list its own."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from batch_emulator.bodies.job import JobAdd
from batch_emulator.bodies.pool import PoolAdd
from batch_emulator.operations.tasks import TASKS, accept_task, fit_task
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.versions import V2025
from batch_emulator.protocol.wire import Call
from batch_emulator.simulation import job_states, pool_states
from batch_emulator.simulation.loop import Loop
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.simulation.task_runs import LIFETIME
from batch_emulator.state.clock import SECOND
from batch_emulator.state.entities import Pool, Task
from batch_emulator.state.journal import FILE, SqliteJournal, StorageError
from batch_emulator.state.switches import Switches
from tests.emulator.parts import MACHINE, POOL_INFO

TASKS_OF_THE_JOB = 500
PAGE = 100
SWITCHES = Switches({})
CONTEXT = Context(V2025, SWITCHES)


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A job with many tasks, whose pool is not there."""
    made = tmp_path_factory.mktemp("many")
    journal = SqliteJournal(made)
    account = SimulatedAccount(journal, SWITCHES)

    def fill() -> None:
        body = JobAdd.accept({"id": "j1", "poolInfo": POOL_INFO}, "", CONTEXT)
        job = job_states.add(account, body.pop("id"), body)
        for number in range(TASKS_OF_THE_JOB):
            task = fit_task(job, accept_task({"id": f"t{number:05}", "commandLine": "x"}, CONTEXT), CONTEXT)
            account.store.save(Task.new(task.pop("id"), task, account.clock.stamp(), parent=job.key))

    Loop(account).run(fill)
    journal.close()
    return made


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the tasks that were read, in turn."""
    ids: list[str] = []
    from_row = Task.from_row.__func__  # type: ignore[attr-defined]

    def noted(kind: type[Task], row: dict[str, Any], parent: str) -> Any:
        ids.append(row["id"])
        return from_row(kind, row, parent)

    monkeypatch.setattr(Task, "from_row", classmethod(noted))
    return ids


@pytest.fixture
def account(location: Path, read: list[str]) -> Iterator[SimulatedAccount]:
    journal = SqliteJournal(location)
    yield SimulatedAccount(journal, SWITCHES)
    journal.close()


def no_fault(task_id: str) -> None:
    return None


def _page(account: SimulatedAccount, query: dict[str, str]) -> dict[str, Any]:
    call = Call(
        "GET", "/jobs/j1/tasks", "http://b", query, query, {}, None, CONTEXT, "r", {"job": "j1"}, False, no_fault
    )

    def listed() -> Any:
        account.shown(tasks=True)
        return TASKS.list(account, call).body

    body: dict[str, Any] = Loop(account).run(listed)
    return body


def test_a_start_reads_no_task(account: SimulatedAccount, read: list[str]) -> None:
    tasks = account.store.of(Task, "j1")
    assert (len(tasks), tasks.counts(), read) == (TASKS_OF_THE_JOB, [("active", 1, TASKS_OF_THE_JOB)], [])


def test_each_page_reads_as_much_as_the_first_and_leaves_nothing(account: SimulatedAccount, read: list[str]) -> None:
    query, listed = {"maxresults": str(PAGE)}, []
    for _ in range(TASKS_OF_THE_JOB // PAGE):
        read.clear()
        body = _page(account, query)
        listed += [task["id"] for task in body["value"]]
        assert read[:PAGE] == listed[-PAGE:]
        assert len(read) == PAGE + ("odata.nextLink" in body)  # one more says whether there is another page
        gc.collect()
        assert account.store.of(Task, "j1").awake() == []
        assert not any(isinstance(found, Task) for found in gc.get_objects())
        if "odata.nextLink" in body:
            query = {name: text for name, [text] in parse_qs(urlsplit(body["odata.nextLink"]).query).items()}
    assert listed == [f"t{number:05}" for number in range(TASKS_OF_THE_JOB)]


def test_whoever_asks_for_one_at_the_same_time_has_the_same(account: SimulatedAccount, read: list[str]) -> None:
    tasks = account.store.of(Task, "j1")
    one, other = tasks["t00007"], tasks.find("T00007")
    assert one is other
    assert read == ["t00007"]


def test_they_run_when_a_node_can_take_them(tmp_path: Path, location: Path, read: list[str]) -> None:
    """They are read then, and what has changed is kept."""
    (tmp_path / FILE).write_bytes((location / FILE).read_bytes())
    journal = SqliteJournal(tmp_path)
    account = SimulatedAccount(journal, SWITCHES)

    sent = {"id": "p1", "vmSize": "s", "virtualMachineConfiguration": MACHINE, "targetDedicatedNodes": 1}
    body = PoolAdd.accept(sent, "", CONTEXT)
    pool = Pool.new(body.pop("id"), body, account.clock.stamp())
    Loop(account).run(lambda: pool_states.add(account, pool))
    assert read == []
    Loop(account).run(account.settle_all)
    for _ in range(TASKS_OF_THE_JOB):
        Loop(account).run(lambda: account.shown(tasks=True))
    assert sorted(set(read)) == [f"t{number:05}" for number in range(TASKS_OF_THE_JOB)]
    done = [("success", 1, TASKS_OF_THE_JOB)]
    assert account.store.of(Task, "j1").counts() == done
    journal.close()
    read.clear()
    journal = SqliteJournal(tmp_path)
    tasks = SimulatedAccount(journal, SWITCHES).store.of(Task, "j1")
    assert (tasks.counts(), read) == (done, [])
    assert tasks["t00007"].execution["exitCode"] == 0
    journal.close()


def test_the_clock_moves_them_when_their_time_has_come(tmp_path: Path, location: Path, read: list[str]) -> None:
    (tmp_path / FILE).write_bytes((location / FILE).read_bytes())
    journal = SqliteJournal(tmp_path)
    account = SimulatedAccount(journal, SWITCHES)
    loop, tasks = Loop(account), account.store.of(Task, "j1")
    seconds = account.idle_seconds()
    assert seconds is not None and 0 <= LIFETIME / SECOND - seconds < 600
    account.clock.advance(seconds - 600)
    loop.run(lambda: None)
    assert (tasks.counts(), read) == ([("active", 1, TASKS_OF_THE_JOB)], [])
    account.clock.advance(1200)
    loop.run(lambda: None)
    assert tasks.counts() == [("failure", 1, TASKS_OF_THE_JOB)]
    journal.close()


def test_one_that_is_not_as_it_was_written_is_named(tmp_path: Path, location: Path) -> None:
    (tmp_path / FILE).write_bytes((location / FILE).read_bytes())
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("UPDATE entities SET modified = modified + 1 WHERE key='t00007'")
    database.close()
    journal = SqliteJournal(tmp_path)
    with pytest.raises(StorageError, match="a task in it is not as it was written"):
        SimulatedAccount(journal, SWITCHES)
    journal.close()

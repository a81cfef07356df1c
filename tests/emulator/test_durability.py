from __future__ import annotations

import resource
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.emulator.parts import MACHINE, POOL_INFO
from tests.emulator_process import V2024, EmulatorProcess
from tests.soak.kills import WRITERS, Kills


def test_everything_is_there_after_a_kill(tmp_path: Path) -> None:
    with EmulatorProcess(location=tmp_path) as emulator:
        emulator.post("/pools", {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE})
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO, "displayName": "Täglich"})
        emulator.post("/jobs/j1/tasks", {"id": "t1", "commandLine": "x"})
        emulator.run_task("j1", "t1", state="completed", exitCode=3)
        paths = ("/pools/p1", "/jobs/j1", "/jobs/j1/tasks/t1")
        emulator.settle()
        before = [_without_urls(emulator.get(path)) for path in paths]
        emulator.kill()
    with EmulatorProcess(location=tmp_path) as emulator:
        assert [_without_urls(emulator.get(path)) for path in paths] == before
        emulator.call("PATCH", "/jobs/j1", {"priority": 1})
        assert emulator.get("/jobs/j1")["eTag"] > before[1]["eTag"]


def _without_urls(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("url", "odata.metadata")}


def _write(act: Callable[[int], bool], done: list[int]) -> None:
    """Goes on until the emulator is dead; notes what was answered with success."""
    number = 0
    try:
        while act(number):
            done.append(number)
            number += 1
    except requests.RequestException:
        return


def test_what_was_answered_survives_a_kill_in_the_middle_of_writes(tmp_path: Path) -> None:
    with EmulatorProcess(location=tmp_path) as emulator:
        for writer in range(3):
            emulator.post("/jobs", {"id": f"j{writer}", "poolInfo": POOL_INFO})
        for number in range(200):
            emulator.post("/jobs/j2/tasks", {"id": f"t{number}", "commandLine": "x"})
        added: list[int] = []
        collected: list[int] = []
        deleted: list[int] = []

        def add(number: int) -> bool:
            body = {"id": f"t{number}", "commandLine": "x"}
            return emulator.call("POST", "/jobs/j0/tasks", body).status == 201

        def collect(number: int) -> bool:
            tasks = [{"id": f"t{number}-{part}", "commandLine": "x"} for part in range(20)]
            return emulator.call("POST", "/jobs/j1/addtaskcollection", {"value": tasks}).status == 200

        def delete(number: int) -> bool:
            return emulator.call("DELETE", f"/jobs/j2/tasks/t{number}").status == 200

        pairs = ((add, added), (collect, collected), (delete, deleted))
        writers = [threading.Thread(target=_write, args=pair) for pair in pairs]
        for writer_thread in writers:
            writer_thread.start()
        while min(len(added), len(collected), len(deleted)) < 20:
            assert all(writer_thread.is_alive() for writer_thread in writers)
            writers[0].join(0.01)
        emulator.kill()
        for writer_thread in writers:
            writer_thread.join()
    with EmulatorProcess(location=tmp_path) as emulator:
        assert {f"t{number}" for number in added} <= _task_ids(emulator, "j0")
        there = _task_ids(emulator, "j1")
        assert {f"t{number}-{part}" for number in collected for part in range(20)} <= there
        assert len(there) % 20 == 0, "a collection is committed whole or not at all"
        assert not {f"t{number}" for number in deleted} & _task_ids(emulator, "j2")


def test_what_was_answered_survives_kills_among_many_writers_and_running_tasks(tmp_path: Path) -> None:
    tally: Counter[str] = Counter()
    Kills(tmp_path, 1, tally).run(3)
    assert tally["kills"] == 3 and tally["writes"] >= 3 * WRITERS


def _task_ids(emulator: EmulatorProcess, job_id: str) -> set[str]:
    with emulator.client() as client:
        return {str(task.id) for task in client.list_tasks(job_id, select=["id"])}


def test_transitions_go_on_after_a_restart(tmp_path: Path) -> None:
    with EmulatorProcess("--set", "pool-delete-delay=60", location=tmp_path) as emulator:
        emulator.post("/pools", {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE})
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
        emulator.call("DELETE", "/pools/p1")
        emulator.call("DELETE", "/jobs/j1")
        emulator.kill()
    with EmulatorProcess(location=tmp_path) as emulator:
        assert [emulator.call("GET", "/jobs/j1").status for _ in range(2)] == [200, 404]
        assert [emulator.get("/pools/p1")["state"] for _ in range(3)] == ["deleting"] * 3
        emulator.advance(61)
        assert emulator.call("GET", "/pools/p1").status == 404
        emulator.stop()
    with EmulatorProcess(location=tmp_path) as emulator:
        assert emulator.get("/pools")["value"] == emulator.get("/jobs")["value"] == []
        assert emulator.get("/_emulator/clock")["offset"] == pytest.approx(61)


def test_a_task_s_deletion_goes_on_after_a_restart(tmp_path: Path) -> None:
    with EmulatorProcess("--set", "task-delete-polls=1", location=tmp_path) as emulator:
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
        emulator.post("/jobs/j1/tasks", {"id": "t1", "commandLine": "x"})
        emulator.call("DELETE", "/jobs/j1/tasks/t1")
        emulator.kill()
    with EmulatorProcess(location=tmp_path) as emulator:
        assert [len(emulator.get("/jobs/j1/tasks")["value"]) for _ in range(2)] == [1, 0]


def test_a_reset_is_durable(tmp_path: Path) -> None:
    with EmulatorProcess(location=tmp_path) as emulator:
        emulator.post("/pools", {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE}, V2024)
        emulator.reset()
        emulator.kill()
    with EmulatorProcess(location=tmp_path) as emulator:
        assert emulator.get("/pools")["value"] == []


def test_without_a_location_nothing_is_kept() -> None:
    with EmulatorProcess() as emulator:
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    with EmulatorProcess() as emulator:
        assert emulator.get("/jobs")["value"] == []


def test_what_cannot_be_written_is_not_answered_with_success(tmp_path: Path) -> None:
    with EmulatorProcess(location=tmp_path) as emulator:
        emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
        unlimited = resource.prlimit(emulator.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        reply = emulator.call("POST", "/jobs/j1/tasks", {"id": "t1", "commandLine": "hunter2"})
        assert (reply.status, reply.body["code"]) == (503, "ServerBusy")
        assert "cannot write" in reply.body["message"]["value"] and str(tmp_path) in reply.body["message"]["value"]
        assert emulator.call("GET", "/jobs/j1/tasks/t1").status == 404
        resource.prlimit(emulator.pid, resource.RLIMIT_FSIZE, unlimited)
        emulator.post("/jobs/j1/tasks", {"id": "t2", "commandLine": "x"})
        (said,) = emulator.errors().splitlines()
        assert "cannot write" in said and "hunter2" not in said
        emulator.kill()
    with EmulatorProcess(location=tmp_path) as emulator:
        assert _task_ids(emulator, "j1") == {"t2"}

"""Tasks that are waited for and really run: their commands, exit codes and files are those of real processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import POOL, MakeStack
from tests.e2e.programs import collection, job, taken, task, writes
from tests.e2e.saying import says, says_nothing_of
from tests.emulator.running.account import OPTIONS
from tests.emulator_process import EmulatorProcess

TASKS = "/jobs/jobId/tasks"
LACKS = "echo looking >&2; test -f input || { echo the input is missing >&2; exit 3; }"


@pytest.fixture
def emulator() -> Iterator[EmulatorProcess]:
    """An account whose pool has a node with four slots, on which tasks run."""
    with EmulatorProcess(*OPTIONS) as process:
        process.post("/pools", {**POOL, "targetDedicatedNodes": 1, "taskSlotsPerNode": 4})
        process.settle()
        process.clear_requests()
        yield process
        assert "a bug" not in process.errors()


def shell(text: str) -> str:
    return f"/bin/sh -c '{text}'"


def program(repair: str = "") -> dict[str, Any]:
    """A task and a collection, each waited for, and a task that comes after them; `repair` goes before what fails."""
    frames = {"good": {"commandLine": shell("echo rendered")}, "bad": {"commandLine": shell(f"{repair}{LACKS}")}}
    return {
        "job": job(),
        "writes": task("${job.jobId}", "writes", commandLine=shell("echo 42 > out.txt"), awaitCompletion={}),
        "fails": task("${job.jobId}", "fails", commandLine=shell(f"{repair}{LACKS}"), awaitCompletion={}),
        "frames": collection("${job.jobId}", tasks=frames, awaitCompletion={}),
        "after": task(
            "${job.jobId}",
            "after",
            commandLine=shell("exit 0"),
            awaitCompletion={},
            options={"dependsOn": ["${writes}", "${fails}", "${frames}"]},
        ),
    }


def ended(emulator: EmulatorProcess) -> dict[str, int]:
    """The exit codes of the tasks that have completed."""
    tasks = emulator.get(TASKS)["value"]
    return {item["id"]: item["executionInfo"]["exitCode"] for item in tasks if item["state"] == "completed"}


def test_a_failed_command_stops_what_depends_on_it_and_the_up_goes_on_after_the_repair(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(program())
    failed = stack.up(expect=None)
    for id in ("fails", "bad"):
        says(failed, f"jobs/jobId/tasks/{id} failed with exit code 3")
    assert failed.output.count("the input is missing") >= 2
    says_nothing_of(failed, "tasks/good failed", "tasks/writes failed")
    assert ended(emulator) == {"writes": 0, "fails": 3, "good": 0, "bad": 3}
    assert emulator.get(f"{TASKS}/writes/files/wd/out.txt") == 42

    stack.write(program("touch input; "))
    writes(emulator)
    assert stack.up().changed == {"fails": "replace", "frames": "update", "after": "create"}
    again = [entry for entry in taken(emulator) if entry["path"].endswith("/addtaskcollection")]
    assert [item["id"] for entry in again for item in entry["body"]["value"]] == ["bad"]
    assert ended(emulator) == {"writes": 0, "fails": 0, "good": 0, "bad": 0, "after": 0}
    assert stack.up().changed == {}

"""A collection whose deployment ends in its middle: nothing that was done is lost, and the next one does the rest."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import DRIFT, MakeStack
from tests.e2e.programs import collection, job, taken
from tests.e2e.running import Running, until
from tests.emulator_process import EmulatorProcess

COUNT = 900
ADDED = ("POST", "/jobs/jobId/addtaskcollection")


def program(count: int = COUNT) -> dict[str, Any]:
    sweep = {"task": {"commandLine": "echo {n}"}, "parameters": {"n": {"start": 1, "end": count}}}
    return {"job": job(), "c": collection("${job.jobId}", sweep=sweep, options={"deletedWith": "${job}"})}


def added(emulator: EmulatorProcess) -> list[str]:
    """The ids of all tasks that were really added since the last look."""
    calls = [entry for entry in taken(emulator) if (entry["method"], entry["path"]) == ADDED and entry["status"] == 200]
    return [task["id"] for call in calls for task in call["body"]["value"]]


def tasks(emulator: EmulatorProcess) -> int:
    found = emulator.call("GET", "/jobs/jobId/taskcounts")
    if found.status != 200:
        return 0
    counts = found.body["taskCounts"]
    return int(counts["active"] + counts["running"] + counts["completed"])


@pytest.mark.parametrize("mode", DRIFT)
def test_ctrl_c_keeps_what_was_added_and_the_next_up_adds_the_rest(
    emulator: EmulatorProcess, make_stack: MakeStack, mode: str
) -> None:
    config = {"azure-batch:driftDetection": {"value": mode}, "azure-batch:maxConcurrency": {"value": 1}}
    stack = make_stack(program(), config=config, attach=False)
    emulator.fault(method="POST", path=ADDED[1], delay=0.3, times=100)
    with Running(stack, "up") as command:
        until(
            "some tasks are there", lambda: emulator.call("GET", "/jobs/jobId").status == 200 and tasks(emulator) > 200
        )
        command.interrupt()
        assert command.wait(10).code != 0
    before = tasks(emulator)
    assert 200 < before < COUNT
    emulator.clear_faults()
    assert f"adds {COUNT - before:,}" in stack.preview().diagnostics or mode == "refresh"
    emulator.clear_requests()
    stack.up()
    assert tasks(emulator) == COUNT
    assert len(added(emulator)) - (COUNT - before) <= 100  # of one call nobody knows whether it was carried out
    assert stack.preview().changed == {}
    emulator.clear_requests()
    stack.destroy()
    assert [entry["path"] for entry in taken(emulator) if entry["method"] == "DELETE"] == ["/jobs/jobId"]

"""The life of a Task under the real engine: added once, replaced by every change, removed."""

from __future__ import annotations

import re

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import READS, job, requests, taken, task, writes
from tests.emulator_process import EmulatorProcess

TASK1 = "/jobs/jobId/tasks/task1"
ADD = ("POST", "/jobs/jobId/tasks")


def test_a_task_is_added_once_and_a_change_removes_the_old_one_before_the_new_one_comes(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "t": task("${job.jobId}", displayName="one")})
    stack.up()
    assert writes(emulator) == [("POST", "/jobs"), ADD]

    assert stack.up().changed == {}
    seen = requests(emulator)
    assert sorted(seen) == [("GET", "/jobs/jobId"), ("GET", TASK1)]

    stack.write({"job": job(), "t": task("${job.jobId}", displayName="two")})
    planned = stack.preview()
    assert planned.changed == {"t": "replace"}
    assert planned.paths("t") == {"displayName": "update-replace"}
    assert writes(emulator) == []
    assert stack.up().changed == {"t": "replace"}
    assert writes(emulator) == [("DELETE", TASK1), ADD]
    assert emulator.get(TASK1)["displayName"] == "two"

    stack.write({"job": job()})
    emulator.clear_requests()
    assert stack.up().changed == {"t": "delete"}
    assert writes(emulator) == [("DELETE", TASK1)]
    assert emulator.call("GET", TASK1).status == 404
    stack.destroy()
    assert writes(emulator) == [("DELETE", "/jobs/jobId")]


def test_a_new_task_that_takes_the_place_of_one_waits_until_that_is_really_gone(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "t": task("${job.jobId}")})
    stack.up()
    emulator.switch("task-delete-looks", 2)
    stack.write({"job": job(), "t": task("${job.jobId}", displayName="two")})
    taken(emulator)
    stack.up()
    entries = taken(emulator)
    gone = [index for index, entry in enumerate(entries) if entry["path"] == TASK1 and entry["status"] == 404]
    added = [index for index, entry in enumerate(entries) if (entry["method"], entry["path"]) == ADD]
    assert len(added) == 1
    assert gone
    assert gone[0] < added[0]


def test_a_task_named_by_the_provider_is_replaced_by_one_with_another_name_that_comes_first(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "t": task("jobId", None, options={"dependsOn": ["${job}"]})})
    planned = stack.preview("--show-config", "--json")
    named = re.search(r"\bt-[0-9a-f]{8}\b", planned.output)
    assert named is not None, planned.output
    stack.up()
    first = stack.resource("t")["outputs"]["taskId"]
    assert first == named[0]
    assert stack.up().changed == {}
    assert stack.resource("t")["outputs"]["taskId"] == first

    stack.write({"job": job(), "t": task("jobId", None, displayName="x", options={"dependsOn": ["${job}"]})})
    taken(emulator)
    assert stack.up().changed == {"t": "replace"}
    second = stack.resource("t")["outputs"]["taskId"]
    assert second != first
    assert writes(emulator) == [ADD, ("DELETE", f"/jobs/jobId/tasks/{first}")]
    assert stack.up().changed == {}


def test_a_completed_task_is_no_change_and_on_missing_is_changed_without_a_write(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "t": task("${job.jobId}")})
    stack.up()
    emulator.run_task("jobId", "task1", state="completed", exitCode=3)
    taken(emulator)
    assert stack.up().changed == {}
    assert stack.refresh("--expect-no-changes").changed == {}
    stack.write({"job": job(), "t": task("${job.jobId}", onMissing="ignore")})
    assert stack.up().changed == {"t": "update"}
    assert {method for method, _ in requests(emulator)} <= set(READS)
    assert stack.resource("t")["outputs"]["onMissing"] == "ignore"

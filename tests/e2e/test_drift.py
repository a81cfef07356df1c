"""What another client changed or removed on the server: seen by a plain preview, healed by a plain up."""

from __future__ import annotations

from typing import Any

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import READS, job, pool, requests, resource, task, writes
from tests.emulator_process import V2024, EmulatorProcess

POOL = "/pools/poolId"
REPLACE = ("POST", f"{POOL}/updateproperties")
ADD = ("POST", "/jobs/jobId/tasks")
PROGRAM: dict[str, Any] = {
    "job": job(priority=10, constraints={"maxTaskRetryCount": 2}),
    "t": task("${job.jobId}", constraints={"retentionTime": "P1D"}),
    "p": pool(startTask={"commandLine": "cmd /c declared"}, metadata=[{"name": "team", "value": "a"}]),
}


def drifted(emulator: EmulatorProcess) -> None:
    """Another client changes all three."""
    elsewhere = {"startTask": {"commandLine": "cmd /c elsewhere"}, "metadata": [], "applicationPackageReferences": []}
    emulator.post(f"{POOL}/updateproperties", elsewhere)
    assert emulator.call("PATCH", "/jobs/jobId", {"priority": 99}).status == 200
    assert emulator.call("PUT", "/jobs/jobId/tasks/task1", {"constraints": {"retentionTime": "P2D"}}).status == 200
    emulator.clear_requests()


def test_what_was_changed_on_the_server_is_shown_by_a_plain_preview_and_healed_by_a_plain_up(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(PROGRAM)
    stack.up()
    drifted(emulator)
    planned = stack.preview()
    assert planned.changed == {"job": "update", "t": "replace", "p": "update"}
    assert planned.paths("p") == {"startTask.commandLine": "update", "metadata": "add"}
    assert planned.paths("job") == {"priority": "update"}
    assert planned.paths("t") == {"constraints.retentionTime": "update-replace"}
    for shown in ('"cmd /c elsewhere" => "cmd /c declared"', "99 => 10", '"P2D" => "P1D"'):
        assert shown in planned.output
    assert writes(emulator) == []
    assert stack.up().changed == planned.changed
    assert sorted(writes(emulator)) == sorted(
        [("PATCH", "/jobs/jobId"), ("DELETE", "/jobs/jobId/tasks/task1"), ADD, REPLACE]
    )
    assert emulator.get("/jobs/jobId")["priority"] == 10
    assert emulator.get("/jobs/jobId/tasks/task1")["constraints"]["retentionTime"] == "P1D"
    assert emulator.get(POOL)["startTask"]["commandLine"] == "cmd /c declared"
    assert stack.preview("--expect-no-changes").changed == {}


def test_what_is_gone_from_the_server_is_created_again_by_a_plain_up(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(PROGRAM)
    stack.up()
    emulator.call("DELETE", "/jobs/jobId/tasks/task1")
    emulator.clear_requests()
    assert stack.preview().changed == {"t": "create"}
    assert stack.up().changed == {"t": "create"}
    assert writes(emulator) == [ADD]

    emulator.call("DELETE", "/jobs/jobId")
    emulator.settle()
    emulator.clear_requests()
    planned = stack.preview()
    assert planned.changed == {"job": "create", "t": "replace"}
    assert stack.up().changed == planned.changed
    assert [item for item in writes(emulator) if item[0] == "POST"] == [("POST", "/jobs"), ADD]
    assert emulator.get("/jobs/jobId/tasks/task1")["id"] == "task1"
    assert stack.up().changed == {}


def test_a_refresh_brings_what_the_server_has_into_the_state_and_the_next_up_heals_it(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(PROGRAM)
    stack.up()
    drifted(emulator)
    stack.refresh("--expect-no-changes", expect=None)
    refreshed = stack.refresh()
    assert stack.resource("job")["inputs"]["priority"] == 99
    assert "cmd /c elsewhere" in refreshed.output or stack.resource("p")["inputs"]["startTask"] == {
        "commandLine": "cmd /c elsewhere"
    }
    assert writes(emulator) == []
    assert stack.up().changed == {"job": "update", "t": "replace", "p": "update"}
    assert stack.refresh("--expect-no-changes").changed == {}


def test_what_the_program_ignores_is_left_to_whoever_wrote_it(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    start = {"commandLine": "cmd /c declared"}
    ignoring = {"ignoreChanges": ["metadata"]}
    program = {
        "p": pool(startTask=start, metadata=[], options=ignoring),
        "job": job(priority=1, options={"ignoreChanges": ["priority"]}),
    }
    stack = make_stack(program)
    stack.up()
    theirs = [{"name": "written", "value": "elsewhere"}]
    body = {"startTask": start, "metadata": theirs, "applicationPackageReferences": []}
    emulator.post(f"{POOL}/updateproperties", body)
    emulator.call("PATCH", "/jobs/jobId", {"priority": 99})
    emulator.clear_requests()
    assert stack.up().changed == {}
    assert writes(emulator) == []
    program["p"] = pool(startTask={"commandLine": "cmd /c next"}, metadata=[], options=ignoring)
    stack.write(program)
    assert stack.up().changed == {"p": "update"}
    server = emulator.get(POOL)
    assert server["metadata"] == theirs
    assert server["startTask"]["commandLine"] == "cmd /c next"
    assert emulator.get("/jobs/jobId")["priority"] == 99


def test_drift_detection_by_refresh_asks_the_service_nothing_in_a_plain_up(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(PROGRAM, config={"azure-batch:driftDetection": {"value": "refresh"}})
    stack.up()
    drifted(emulator)
    assert stack.up().changed == {}
    assert stack.preview("--expect-no-changes").changed == {}
    assert requests(emulator) == []
    assert stack.up("--refresh").changed == {"job": "update", "t": "replace", "p": "update"}
    assert emulator.get("/jobs/jobId")["priority"] == 10
    assert stack.up("--refresh").changed == {}


def test_switching_the_drift_detection_takes_one_up_and_no_write(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(PROGRAM, config={"azure-batch:driftDetection": {"value": "refresh"}})
    stack.up()
    emulator.clear_requests()
    stack.config = {}
    stack.write(PROGRAM)
    assert set(stack.up().changed) <= {"default"}
    stack.up("--refresh")
    assert writes(emulator) == []
    drifted(emulator)
    assert stack.up().changed == {"job": "update", "t": "replace", "p": "update"}


def test_a_service_that_cannot_be_read_stops_up_and_destroy_before_anything_happens(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "p": pool(startTask={"commandLine": "cmd /c declared"})})
    stack.up()
    taken_as_gone = resource("Job", {"jobId": "jobId", "poolInfo": {"poolId": "poolId"}, "priority": 3})
    stack.write({"job": taken_as_gone, "p": pool()})
    emulator.fault(method="GET", path="/jobs/jobId", status=403, code="PermissionDenied", times=100)
    emulator.clear_requests()
    for operation in (stack.up, stack.destroy):
        failed = operation(expect=None)
        assert "jobs/jobId" in failed.diagnostics
        assert "Traceback" not in failed.output
    assert {method for method, _ in requests(emulator)} <= set(READS)
    emulator.clear_faults()
    assert stack.up().changed == {"job": "update", "p": "update"}


def test_the_versions_of_the_api_see_the_same_thing(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack(PROGRAM)
    stack.up()
    emulator.clear_requests()
    stack.config = {"azure-batch:apiVersion": {"value": V2024}}
    stack.write(PROGRAM)
    assert set(stack.up().changed) <= {"default"}
    assert stack.refresh("--expect-no-changes").changed == {}
    assert writes(emulator) == []

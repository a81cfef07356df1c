"""The life of a Job under the real engine: what PATCH can change, what needs a new job, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, requests, taken, task, writes
from tests.emulator_process import EmulatorProcess

JOB = "/jobs/jobId"


def test_a_job_is_patched_where_the_service_lets_it_change_and_only_with_what_differs(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(priority=10, metadata=[{"name": "team", "value": "a"}])})
    stack.up()
    assert writes(emulator) == [("POST", "/jobs")]
    assert stack.up().changed == {}
    assert requests(emulator) == [("GET", JOB)]

    stack.write({"job": job(priority=20, metadata=[{"name": "team", "value": "a"}])})
    planned = stack.preview()
    assert planned.changed == {"job": "update"}
    assert planned.paths("job") == {"priority": "update"}
    taken(emulator)
    assert stack.up().changed == {"job": "update"}
    patch = [entry for entry in taken(emulator) if entry["method"] == "PATCH"]
    assert [entry["body"] for entry in patch] == [{"priority": 20}]
    assert all(entry["headers"]["if-match"] for entry in patch)
    assert stack.up().changed == {}

    stack.write({"job": job()})
    assert stack.up().paths("job") == {"priority": "delete", "metadata": "delete"}
    server = emulator.get(JOB)
    assert server["priority"] == 0
    assert server.get("metadata", []) == []
    assert stack.refresh("--expect-no-changes").changed == {}


def test_a_job_is_replaced_for_the_rest_and_preview_says_how_many_tasks_go_with_it(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "t": task("${job.jobId}")})
    stack.up()
    emulator.post(f"{JOB}/tasks", {"id": "of-somebody-else", "commandLine": "cmd /c echo"})
    emulator.run_task("jobId", "of-somebody-else", state="running")
    stack.write({"job": job(usesTaskDependencies=True), "t": task("${job.jobId}")})
    taken(emulator)
    planned = stack.preview()
    assert planned.changed == {"job": "replace", "t": "replace"}
    assert planned.paths("job") == {"usesTaskDependencies": "add-replace"}
    assert "every task in it" in planned.diagnostics
    assert "2 by the service's count (1 active, 1 running, 0 completed)." in planned.diagnostics
    assert writes(emulator) == []
    assert stack.up().changed == {"job": "replace", "t": "replace"}
    assert [item for item in writes(emulator) if item[1] != f"{JOB}/tasks/task1"] == [
        ("DELETE", JOB),
        ("POST", "/jobs"),
        ("POST", f"{JOB}/tasks"),
    ]
    assert [item["id"] for item in emulator.get(f"{JOB}/tasks")["value"]] == ["task1"]
    assert stack.up().changed == {}


def test_a_job_named_by_the_provider_keeps_its_name_through_changes(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def program(**properties: Any) -> dict[str, Any]:
        whole = job(**properties)
        del whole["properties"]["jobId"]
        return {"job": whole}

    stack = make_stack(program())
    stack.up()
    name = stack.resource("job")["outputs"]["jobId"]
    assert name.startswith("job-")
    stack.write(program(priority=5))
    assert stack.up().changed == {"job": "update"}
    assert stack.resource("job")["id"] == f"jobs/{name}"
    stack.write(program(usesTaskDependencies=True))
    assert stack.up().changed == {"job": "replace"}
    assert stack.resource("job")["id"] == f"jobs/{name}"
    assert stack.up().changed == {}


@pytest.mark.parametrize(
    ("policy", "sent", "state"),
    [
        ("delete", [("DELETE", JOB)], None),
        ("terminate", [("POST", f"{JOB}/terminate")], "terminating"),
        ("retain", [], "active"),
    ],
)
def test_what_becomes_of_a_job_that_is_no_longer_declared(
    emulator: EmulatorProcess, make_stack: MakeStack, policy: str, sent: list[tuple[str, str]], state: str | None
) -> None:
    stack = make_stack({"job": job(deletionPolicy=policy)})
    stack.up()
    emulator.switch("looks", 3)
    taken(emulator)
    assert stack.destroy().changed == {"job": "delete"}
    entries = taken(emulator)
    assert [(entry["method"], entry["path"]) for entry in entries if entry["method"] not in ("GET",)] == sent
    if state is None:
        assert entries[-1]["status"] == 404, "a deletion is waited for"
        assert emulator.call("GET", JOB).status == 404
    else:
        assert emulator.get(JOB)["state"] == state


def test_what_becomes_of_a_job_is_decided_by_the_program_and_changed_without_a_write(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job()})
    stack.up()
    stack.write({"job": job(deletionPolicy="retain")})
    taken(emulator)
    assert stack.up().changed == {"job": "update"}
    stack.destroy()
    assert writes(emulator) == []
    assert emulator.get(JOB)["state"] == "active"

"""Pulumi's options on what is deleted, and in which company: `deletedWith`, `retainOnDelete`, `protect`, `--target`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import DRIFT, MakeStack
from tests.e2e.programs import job, pool, task, writes
from tests.e2e.saying import says, says_nothing_of
from tests.emulator_process import EmulatorProcess

DELETE_JOB = ("DELETE", "/jobs/jobId")
TASK1 = "/jobs/jobId/tasks/task1"


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::e2e::azure-batch:index:{kind}::{name}"


def test_tasks_that_are_deleted_with_their_job_take_no_request_of_their_own(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    with_job = {"deletedWith": "${job}"}
    program = {name: task("${job.jobId}", name, options=with_job) for name in ("one", "two")}
    stack = make_stack({"job": job(), **program})
    stack.up()
    emulator.clear_requests()

    stack.write({"job": job(), "one": program["one"]})
    assert stack.up().changed == {"two": "delete"}
    assert writes(emulator) == [("DELETE", "/jobs/jobId/tasks/two")]

    assert stack.destroy().changed == {"job": "delete", "one": "delete"}
    assert writes(emulator) == [DELETE_JOB]
    assert emulator.call("GET", "/jobs/jobId").status == 404


@pytest.mark.parametrize("drift", DRIFT)
def test_what_is_retained_cannot_be_replaced_under_its_own_id_until_it_is_retained_no_more(
    emulator: EmulatorProcess, make_stack: MakeStack, drift: str
) -> None:
    keep = {"retainOnDelete": True}
    program = {"task": task("jobId", options=keep)}
    stack = make_stack(program, config={"azure-batch:driftDetection": {"value": drift}})
    emulator.post("/jobs", {"id": "jobId", "poolInfo": {"poolId": "poolId"}})
    stack.up()
    created = emulator.get(TASK1)["creationTime"]
    emulator.clear_requests()

    stack.write({"task": task("jobId", displayName="new", options=keep)})
    failed = stack.up(expect=None)
    says(failed, "jobs/jobId/tasks/task1", "`retainOnDelete: true`", "another id")
    says_nothing_of(failed, "aliases", "pulumi import")
    assert ("DELETE", TASK1) not in writes(emulator)
    assert emulator.get(TASK1)["creationTime"] == created

    # What the error advises.
    stack.write({"task": task("jobId")})
    stack.up()
    assert emulator.get(TASK1)["creationTime"] == created
    stack.write({"task": task("jobId", displayName="new")})
    stack.up()
    assert emulator.get(TASK1)["displayName"] == "new"


def test_an_import_protects_what_it_takes_in_until_it_is_unprotected(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    emulator.post("/jobs", {"id": "jobId", "poolInfo": {"poolId": "poolId"}, "priority": 4})
    stack = make_stack({})
    stack.run("import", "azure-batch:index:Job", "job", "jobs/jobId", "--stack", "dev", "--yes", "--skip-preview")
    protected: dict[str, Any] = {"job": job(priority=4, options={"protect": True})}
    stack.write(protected)
    emulator.clear_requests()

    assert stack.up().changed == {}
    says(stack.destroy(expect=None), "protected")
    assert writes(emulator) == []
    stack.write({"job": job(priority=4)})
    assert stack.up().changed == {}
    assert stack.destroy().changed == {"job": "delete"}
    assert writes(emulator) == [DELETE_JOB]


def test_operations_on_a_target_read_and_change_no_other_resource(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(
        {"job": job(priority=1), "task": task("${job.jobId}"), "p": pool(startTask={"commandLine": "x"})}
    )
    stack.up()
    emulator.fault(path="/pools/*", status=500, times=10**6)
    emulator.clear_requests()

    stack.refresh("--target", urn("Job", "job"), "--expect-no-changes")
    failed = stack.destroy("--target", urn("Job", "job"), expect=None)
    says(failed, "task")
    assert writes(emulator) == []
    done = stack.destroy("--target", urn("Job", "job"), "--target-dependents")
    assert done.changed == {"job": "delete", "task": "delete"}
    assert writes(emulator) == [("DELETE", TASK1), DELETE_JOB]

    emulator.clear_faults()
    assert stack.up().changed == {"job": "create", "task": "create"}


def test_replacing_a_target_by_hand_replaces_it_and_what_lives_in_it(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    first = {"deleteBeforeReplace": True}
    stack = make_stack({"job": job(options=first), "task": task("${job.jobId}", options=first), "p": pool()})
    stack.up()
    created = emulator.get("/jobs/jobId")["creationTime"]
    emulator.clear_requests()

    assert stack.up("--target-replace", urn("Job", "job"), "--target-dependents").changed["job"] == "replace"

    assert emulator.get("/jobs/jobId")["creationTime"] > created
    assert writes(emulator)[-2:] == [("POST", "/jobs"), ("POST", "/jobs/jobId/tasks")]
    assert emulator.get(TASK1)["id"] == "task1"
    assert stack.preview("--expect-no-changes").changed == {}

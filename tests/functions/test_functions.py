"""What each function answers of an account in which something has happened."""

from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider import registry
from tests.emulator_process import V2024, EmulatorProcess
from tests.functions.conftest import Invoke
from tests.properties.provider import Provider, serving
from tests.resources.conftest import POOL

SCHEDULE: dict[str, Any] = {
    "id": "nightly",
    "schedule": {"recurrenceInterval": "P1D"},
    "jobSpecification": {"poolInfo": {"poolId": "pool"}, "displayName": "one night"},
}


@pytest.fixture
def ran(emulator: EmulatorProcess) -> EmulatorProcess:
    """Two tasks, one of which has failed; the other waits."""
    emulator.post("/jobs/job/tasks", {"id": "t1", "commandLine": "x", "displayName": "first"})
    emulator.post("/jobs/job/tasks", {"id": "t2", "commandLine": "x", "requiredSlots": 1})
    emulator.run_task("job", "t1", state="completed", exitCode=3)
    emulator.clear_requests()
    return emulator


def test_a_pool_shows_its_nodes_and_what_was_wrong_with_the_last_resize(
    emulator: EmulatorProcess, invoke: Invoke
) -> None:
    emulator.post("/pools/pool/resize", {"targetDedicatedNodes": 5})
    emulator.post("/pools/pool/stopresize")
    emulator.settle()
    pool = invoke("getPool", id="pools/pool")
    assert (pool["id"], pool["poolId"], pool["state"], pool["allocationState"]) == (
        "pools/pool",
        "pool",
        "active",
        "steady",
    )
    assert [error["code"] for error in pool["resizeErrors"]] == ["ResizeStopped"]
    assert pool["targetDedicatedNodes"] == emulator.get("/pools/pool")["targetDedicatedNodes"]
    assert pool["currentDedicatedNodes"] == emulator.get("/pools/pool")["currentDedicatedNodes"]
    assert invoke("getPool", poolId="POOL") == pool, "ids have no case"


def test_pools_are_listed_and_filtered(emulator: EmulatorProcess, invoke: Invoke) -> None:
    emulator.post("/pools", {**POOL, "id": "other"})
    found = invoke("getPools", filter="startswith(id,'o')")
    assert found["poolIds"] == ["other"]
    assert [pool["id"] for pool in found["pools"]] == ["pools/other"]
    assert found["hasMore"] is False
    assert invoke("getPools")["poolIds"] == ["other", "pool"]


def test_a_job_shows_how_it_ended(emulator: EmulatorProcess, invoke: Invoke) -> None:
    emulator.post("/jobs/job/terminate", {"terminateReason": "enough"})
    emulator.settle()
    job = invoke("getJob", id="jobs/job")
    assert (job["state"], job["executionInfo"]["terminateReason"]) == ("completed", "enough")
    assert job["executionInfo"]["endTime"] == emulator.get("/jobs/job")["executionInfo"]["endTime"]
    assert invoke("getJobs", filter="state eq 'completed'")["jobIds"] == ["job"]


def test_a_schedule_shows_its_last_job_and_its_next(emulator: EmulatorProcess, invoke: Invoke) -> None:
    emulator.post("/jobschedules", SCHEDULE)
    emulator.settle()
    schedule = invoke("getJobSchedule", id="jobschedules/nightly")
    assert schedule["executionInfo"]["recentJob"] == {"jobId": "nightly:job-1"}
    assert schedule["executionInfo"]["nextRunTime"] > schedule["creationTime"]
    for named in ({"id": "jobschedules/nightly"}, {"jobScheduleId": "nightly"}):
        assert invoke("getJobs", **named)["jobIds"] == ["nightly:job-1"]
    assert invoke("getJobs")["jobIds"] == ["job", "nightly:job-1"]
    assert invoke("getJob", id="jobs/nightly:job-1")["displayName"] == "one night"


def test_tasks_show_how_they_went(ran: EmulatorProcess, invoke: Invoke) -> None:
    task = invoke("getTask", id="jobs/job/tasks/t1")
    assert (task["id"], task["jobId"], task["taskId"]) == ("jobs/job/tasks/t1", "job", "t1")
    assert (task["state"], task["displayName"]) == ("completed", "first")
    execution = task["executionInfo"]
    assert (execution["exitCode"], execution["result"]) == (3, "failure")
    assert execution["failureInfo"]["code"] == "FailureExitCode"
    assert invoke("getTask", jobId="job", taskId="t1") == task
    for named in ("jobs/job", "jobs/job/collections/frames", "jobs/job/tasks", "jobs/job/tasks/t2"):
        assert invoke("getTasks", id=named)["taskIds"] == ["t1", "t2"]
    failed = invoke("getTasks", jobId="job", filter="executionInfo/result eq 'failure'")
    assert failed == {"tasks": [task], "taskIds": ["t1"], "hasMore": False}


def test_tasks_and_their_slots_are_counted(ran: EmulatorProcess, invoke: Invoke) -> None:
    counts = invoke("getJobTaskCounts", id="jobs/job/collections/frames")
    assert counts["taskCounts"] == {"active": 1, "running": 0, "completed": 1, "succeeded": 0, "failed": 1}
    assert counts["taskSlotCounts"] == counts["taskCounts"]
    assert (counts["id"], counts["jobId"]) == ("jobs/job", "job")


def test_nodes_are_counted_by_state(emulator: EmulatorProcess, invoke: Invoke) -> None:
    emulator.post("/pools", {**POOL, "id": "other"})
    (pool,) = invoke("getNodeCounts", id="pools/pool")["pools"]
    assert (pool["poolId"], pool["dedicated"]["idle"], pool["dedicated"]["total"]) == ("pool", 2, 2)
    assert pool["lowPriority"]["total"] == 0
    assert [one["poolId"] for one in invoke("getNodeCounts")["pools"]] == ["other", "pool"]


def test_counts_of_nodes_come_ten_pools_a_page(emulator: EmulatorProcess, invoke: Invoke) -> None:
    for number in range(12):
        emulator.post("/pools", {**POOL, "id": f"p{number:02}"})
    emulator.clear_requests()
    assert len(invoke("getNodeCounts")["pools"]) == 13
    assert len(emulator.requests()) == 2
    found = invoke("getNodeCounts", maxResults=11)
    assert (len(found["pools"]), found["hasMore"]) == (11, True)


def test_images_and_applications_are_listed(emulator: EmulatorProcess, invoke: Invoke) -> None:
    emulator.post("/_emulator/applications", [{"id": "a", "versions": ["1", "2"]}, {"id": "b", "displayName": "B"}])
    assert invoke("getApplications")["applications"] == [
        {"applicationId": "a", "versions": ["1", "2"]},
        {"applicationId": "b", "displayName": "B", "versions": []},
    ]
    images = invoke("getSupportedImages", filter="osType eq 'windows' and verificationType eq 'unverified'")["images"]
    assert {image["nodeAgentSKUId"] for image in images} == {"batch.node.windows amd64"}
    assert "2022-datacenter-azure-edition" in {image["imageReference"]["sku"] for image in images}


def test_functions_read_and_nothing_else(emulator: EmulatorProcess, provider: Provider) -> None:
    emulator.post("/jobs/job/tasks", {"id": "t", "commandLine": "x"})
    emulator.post("/jobschedules", SCHEDULE)
    emulator.clear_requests()
    named = {"getPool": "pools/pool", "getJob": "jobs/job", "getJobSchedule": "jobschedules/nightly"}
    named |= {"getTask": "jobs/job/tasks/t", "getTasks": "jobs/job", "getJobTaskCounts": "jobs/job"}
    named |= {"getNodes": "pools/pool"}
    for token in registry.FUNCTIONS:
        name = token.rpartition(":")[2]
        if name != "getTaskFile":  # of which tests of its own look at the requests
            answer, failures = provider.invoke(name, {"id": named[name]} if name in named else {})
            assert answer and not failures, name
    asked = emulator.requests()
    assert {entry["method"] for entry in asked} == {"GET"}
    assert all(entry["status"] == 200 for entry in asked)


def test_the_other_api_version_is_asked_for_nothing_that_it_does_not_know(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs/job/tasks", {"id": "t", "commandLine": "x"})
    with serving(emulator, V2024) as provider:
        for name, asked in (
            ("getPools", {}),
            ("getJobs", {}),
            ("getTasks", {"jobId": "job"}),
            ("getNodes", {"poolId": "pool"}),
        ):
            answer, failures = provider.invoke(name, asked)
            assert failures == [] and answer["hasMore"] is False

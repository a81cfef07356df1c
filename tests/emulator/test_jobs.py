from __future__ import annotations

import datetime
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.emulator.parts import MACHINE, POOL_INFO, code_of, job_options, task_options, values_of
from tests.emulator_process import EmulatorProcess

# The client exports no model of these options, and fails without any before it sends a request.
ENOUGH: Any = {"terminateReason": "enough"}
FOREVER = "P10675199DT2H48M5.4775807S"


def test_a_job_is_created_with_the_service_s_defaults(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_job(job_options("j1"))
    job = emulator.get("/jobs/j1")
    times = ("eTag", "lastModified", "creationTime", "stateTransitionTime")
    assert {name: value for name, value in job.items() if name not in times} == {
        "odata.metadata": f"{emulator.endpoint}/$metadata#jobs/@Element",
        "id": "j1",
        "url": f"{emulator.endpoint}/jobs/j1",
        "state": "active",
        "priority": 0,
        "maxParallelTasks": -1,
        "allowTaskPreemption": False,
        "usesTaskDependencies": False,
        "constraints": {"maxWallClockTime": FOREVER, "maxTaskRetryCount": 0},
        "poolInfo": {"poolId": "p1"},
        "executionInfo": {"startTime": job["creationTime"], "poolId": "p1"},
        "onAllTasksComplete": "noaction",
        "onTaskFailure": "noaction",
    }


def test_a_job_that_exists_cannot_be_created_in_another_case(client: BatchClient) -> None:
    client.create_job(job_options("Nightly"))
    with pytest.raises(ResourceExistsError) as caught:
        client.create_job(job_options("nightly"))
    assert code_of(caught) == "JobExists"
    assert client.get_job("NIGHTLY").id == "Nightly"


def test_a_patch_of_constraints_replaces_the_whole_object(client: BatchClient) -> None:
    day = datetime.timedelta(days=1)
    constraints = models.BatchJobConstraints(max_wall_clock_time=day, max_task_retry_count=5)
    client.create_job(job_options("j1", constraints=constraints, priority=7))
    client.update_job(
        "j1", models.BatchJobUpdateOptions(constraints=models.BatchJobConstraints(max_wall_clock_time=day))
    )
    job = client.get_job("j1")
    assert job.constraints is not None
    assert (job.constraints.max_wall_clock_time, job.constraints.max_task_retry_count) == (day, 0)
    assert job.priority == 7


def test_a_put_puts_what_it_leaves_out_back_to_its_default(client: BatchClient, emulator: EmulatorProcess) -> None:
    metadata = [models.BatchMetadataItem(name="a", value="1")]
    client.create_job(job_options("j1", priority=7, metadata=metadata, max_parallel_tasks=3, display_name="kept"))
    job = client.get_job("j1")
    job.priority = None
    job.metadata = None
    client.replace_job("j1", job)
    after = emulator.get("/jobs/j1")
    assert (after["priority"], after["maxParallelTasks"], after["displayName"]) == (0, 3, "kept")
    assert "metadata" not in after
    assert emulator.call("PUT", "/jobs/j1", {"id": "other", "poolInfo": POOL_INFO}).status == 200
    assert emulator.get("/jobs/j1")["maxParallelTasks"] == -1


def test_a_put_needs_the_pool(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    reply = emulator.call("PUT", "/jobs/j1", {"priority": 1})
    assert (reply.status, reply.body["code"], values_of(reply.body)) == (
        400,
        "MissingRequiredProperty",
        {"PropertyName": "poolInfo"},
    )


def test_the_pool_of_a_job_changes_only_while_it_is_disabled(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_job(job_options("j1"))
    change = models.BatchJobUpdateOptions(pool_info=models.BatchPoolInfo(pool_id="p2"))
    with pytest.raises(ResourceExistsError) as caught:
        client.update_job("j1", change)
    assert code_of(caught) == "OperationInvalidForCurrentState"
    assert emulator.call("PUT", "/jobs/j1", {"poolInfo": {"poolId": "p2"}}).status == 409
    client.begin_disable_job(
        "j1", disable_options=models.BatchJobDisableOptions(disable_tasks="wait"), polling_interval=0
    ).result()
    client.update_job("j1", change)
    job = client.get_job("j1")
    assert job.pool_info.pool_id == "p2"
    assert job.execution_info is not None and job.execution_info.pool_id == "p2"


def test_termination_on_completion_cannot_be_taken_back(emulator: EmulatorProcess) -> None:
    emulator.switch("states", "by-hand")
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO, "onAllTasksComplete": "terminatejob"})
    for method, body in (("PATCH", {"onAllTasksComplete": "noaction"}), ("PUT", {"poolInfo": POOL_INFO})):
        reply = emulator.call(method, "/jobs/j1", body)
        assert (reply.status, reply.body["code"]) == (400, "InvalidPropertyValue")
        assert values_of(reply.body)["PropertyName"] == "onAllTasksComplete"


def test_an_empty_job_that_terminates_on_completion_is_soon_over(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO, "onAllTasksComplete": "terminatejob"})
    first, second, third = (emulator.get("/jobs/j1") for _ in range(3))
    assert (first["state"], second["state"], third["state"]) == ("active", "active", "completed")
    assert "terminateReason" not in second["executionInfo"]
    assert third["executionInfo"]["terminateReason"] == "AllTasksComplete"
    assert third["eTag"] == first["eTag"]
    reply = emulator.call("POST", "/jobs/j1/tasks", {"id": "t1", "commandLine": "x"})
    assert (reply.status, reply.body["code"]) == (409, "JobCompleted")


def test_a_task_added_in_time_keeps_a_job_alive_until_it_is_done(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO, "onAllTasksComplete": "terminatejob"})
    emulator.post("/jobs/j1/tasks", {"id": "t1", "commandLine": "x"})
    assert [emulator.get("/jobs/j1")["state"] for _ in range(3)] == ["active"] * 3
    emulator.run_task("j1", "t1", state="completed", exitCode=0)
    assert [emulator.get("/jobs/j1")["state"] for _ in range(3)] == ["active", "active", "completed"]


def test_an_empty_job_that_was_polled_can_still_be_terminated_by_its_user(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO, "onAllTasksComplete": "terminatejob"})
    assert emulator.get("/jobs/j1")["state"] == "active"
    assert emulator.call("POST", "/jobs/j1/terminate").status == 202
    emulator.settle()
    assert emulator.get("/jobs/j1")["executionInfo"]["terminateReason"] == "UserTerminate"


def test_a_job_manager_task_keeps_its_job_alive_and_ends_it(emulator: EmulatorProcess) -> None:
    emulator.post(
        "/jobs",
        {
            "id": "j1",
            "poolInfo": POOL_INFO,
            "onAllTasksComplete": "terminatejob",
            "constraints": {"maxTaskRetryCount": 5},
            "jobManagerTask": {"id": "boss", "commandLine": "x", "constraints": {"retentionTime": "PT24H"}},
        },
    )
    emulator.settle()
    job = emulator.get("/jobs/j1")
    assert job["state"] == "active"
    assert job["jobManagerTask"] == {
        "id": "boss",
        "commandLine": "x",
        "constraints": {"maxWallClockTime": FOREVER, "retentionTime": "P1D", "maxTaskRetryCount": 5},
        "requiredSlots": 1,
        "killJobOnCompletion": True,
        "userIdentity": {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}},
        "runExclusive": True,
        "allowLowPriorityNode": True,
    }
    assert emulator.get("/jobs/j1/tasks/boss")["constraints"] == job["jobManagerTask"]["constraints"]
    emulator.run_task("j1", "boss", state="running")
    emulator.run_task("j1", "boss", state="completed", exitCode=0)
    emulator.settle()
    job = emulator.get("/jobs/j1")
    assert (job["state"], job["executionInfo"]["terminateReason"]) == ("completed", "JMComplete")


def test_a_job_is_disabling_then_disabled_then_active_again(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    reply = emulator.call("POST", "/jobs/j1/disable", {"disableTasks": "requeue"})
    assert reply.status == 202
    assert [emulator.get("/jobs/j1")["state"] for _ in range(2)] == ["disabling", "disabled"]
    assert emulator.call("POST", "/jobs/j1/disable", {"disableTasks": "requeue"}).status == 202
    assert emulator.get("/jobs/j1")["state"] == "disabled"
    assert emulator.call("POST", "/jobs/j1/enable").status == 202
    job = emulator.get("/jobs/j1")
    assert (job["state"], job["previousState"]) == ("active", "disabled")


@pytest.mark.parametrize(
    ("action", "states"),
    [("disable", ["disabling", "disabled"]), ("terminate", ["terminating", "completed"])],
)
def test_the_state_before_is_the_last_that_lasted(emulator: EmulatorProcess, action: str, states: list[str]) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    active = emulator.get("/jobs/j1")["stateTransitionTime"]
    emulator.advance(60)
    emulator.call("POST", f"/jobs/j1/{action}", {"disableTasks": "wait"} if action == "disable" else None)
    seen = [emulator.get("/jobs/j1") for _ in states]
    assert [job["state"] for job in seen] == states
    for job in seen:
        assert (job["previousState"], job["previousStateTransitionTime"]) == ("active", active)
    assert seen[1]["stateTransitionTime"] > seen[0]["stateTransitionTime"] > active


def test_a_job_that_was_disabled_was_that_before_it_was_completed_or_deleted(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    emulator.call("POST", "/jobs/j1/disable", {"disableTasks": "wait"})
    emulator.settle()
    disabled = emulator.get("/jobs/j1")["stateTransitionTime"]
    emulator.call("POST", "/jobs/j1/terminate")
    emulator.settle()
    job = emulator.get("/jobs/j1")
    assert (job["previousState"], job["previousStateTransitionTime"]) == ("disabled", disabled)
    emulator.call("DELETE", "/jobs/j1")
    job = emulator.get("/jobs/j1")
    assert (job["state"], job["previousState"]) == ("deleting", "completed")


def test_why_a_job_ends_shows_as_soon_as_it_is_terminating(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    assert "terminateReason" not in emulator.get("/jobs/j1")["executionInfo"]
    emulator.call("POST", "/jobs/j1/terminate", {"terminateReason": "enough"})
    job = emulator.get("/jobs/j1")
    assert (job["state"], job["executionInfo"]["terminateReason"]) == ("terminating", "enough")
    assert "endTime" not in job["executionInfo"]


def test_the_members_of_a_job_come_in_the_order_of_the_service_s_recordings(emulator: EmulatorProcess) -> None:
    task = {"id": "t", "commandLine": "x"}
    first = {"id": "p", "commandLine": "x"}
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO, "jobManagerTask": task, "jobPreparationTask": first})
    job = emulator.get("/jobs/j1")
    assert list(job)[8:] == [
        "priority",
        "maxParallelTasks",
        "usesTaskDependencies",
        "allowTaskPreemption",
        "constraints",
        "jobManagerTask",
        "jobPreparationTask",
        "poolInfo",
        "executionInfo",
        "onAllTasksComplete",
        "onTaskFailure",
    ]
    assert list(job["jobManagerTask"])[2:] == [
        "constraints",
        "requiredSlots",
        "userIdentity",
        "runExclusive",
        "allowLowPriorityNode",
        "killJobOnCompletion",
    ]
    assert list(job["jobPreparationTask"])[2:] == [
        "constraints",
        "userIdentity",
        "waitForSuccess",
        "rerunOnNodeRebootAfterSuccess",
    ]


@pytest.mark.parametrize(
    ("option", "task_state", "job_state"),
    [("requeue", "active", "disabled"), ("terminate", "completed", "disabled"), ("wait", "running", "disabling")],
)
def test_disabling_ends_running_tasks_as_it_says(
    emulator: EmulatorProcess, option: str, task_state: str, job_state: str
) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    emulator.post("/jobs/j1/tasks", {"id": "t1", "commandLine": "x"})
    emulator.run_task("j1", "t1", state="running")
    emulator.call("POST", "/jobs/j1/disable", {"disableTasks": option})
    emulator.settle()
    assert emulator.get("/jobs/j1/tasks/t1")["state"] == task_state
    assert emulator.get("/jobs/j1")["state"] == job_state
    if option == "wait":
        emulator.run_task("j1", "t1", state="completed", exitCode=0)
        emulator.settle()
        assert emulator.get("/jobs/j1")["state"] == "disabled"


def test_a_disabled_job_takes_tasks(client: BatchClient) -> None:
    client.create_job(job_options("j1"))
    client.begin_disable_job(
        "j1", disable_options=models.BatchJobDisableOptions(disable_tasks="requeue"), polling_interval=0
    ).result()
    client.create_task("j1", task_options("t1"))
    client.begin_enable_job("j1", polling_interval=0).result()
    assert client.get_job("j1").state == "active"


def test_terminating_ends_running_tasks_and_leaves_active_ones(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_job(job_options("j1"))
    client.create_task("j1", task_options("ran"))
    client.create_task("j1", task_options("waited"))
    emulator.run_task("j1", "ran", state="running")
    client.begin_terminate_job("j1", ENOUGH, polling_interval=0).result()
    job = client.get_job("j1")
    assert job.state == "completed" and job.execution_info is not None
    assert job.execution_info.termination_reason == "enough"
    assert job.execution_info.end_time is not None
    assert client.get_task("j1", "ran").state == "completed"
    assert client.get_task("j1", "waited").state == "active"


def test_the_reason_is_the_user_s_unless_another_is_given(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    assert emulator.call("POST", "/jobs/j1/terminate").status == 202
    emulator.settle()
    assert emulator.get("/jobs/j1")["executionInfo"]["terminateReason"] == "UserTerminate"


def test_a_reason_and_force_can_be_given(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    assert emulator.call("POST", "/jobs/j1/terminate?force=true", {"terminateReason": "enough"}).status == 202
    assert [emulator.get("/jobs/j1")["state"] for _ in range(2)] == ["terminating", "completed"]
    assert emulator.get("/jobs/j1")["executionInfo"]["terminateReason"] == "enough"
    assert emulator.call("DELETE", "/jobs/j1?force=true").status == 202
    reply = emulator.call("DELETE", "/jobs/j1?force=maybe")
    assert (reply.status, reply.body["code"]) == (400, "InvalidQueryParameterValue")


CHANGES: list[tuple[str, str, Any]] = [
    ("PATCH", "/jobs/j1", {"priority": 1}),
    ("PUT", "/jobs/j1", {"poolInfo": POOL_INFO}),
    ("POST", "/jobs/j1/disable", {"disableTasks": "wait"}),
    ("POST", "/jobs/j1/enable", None),
    ("POST", "/jobs/j1/terminate", None),
    ("POST", "/jobs/j1/tasks", {"id": "t2", "commandLine": "x"}),
    ("POST", "/jobs/j1/addtaskcollection", {"value": [{"id": "t2", "commandLine": "x"}]}),
    ("POST", "/jobs/j1/tasks/t1/reactivate", None),
]


@pytest.mark.parametrize(
    ("state", "code"),
    [("deleting", "JobBeingDeleted"), ("terminating", "JobBeingTerminated"), ("completed", "JobCompleted")],
)
def test_a_job_that_is_over_cannot_be_changed(emulator: EmulatorProcess, state: str, code: str) -> None:
    emulator.switch("states", "by-hand")
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    emulator.post("/jobs/j1/tasks", {"id": "t1", "commandLine": "x"})
    if state == "deleting":
        emulator.call("DELETE", "/jobs/j1")
    else:
        emulator.call("POST", "/jobs/j1/terminate")
    if state == "completed":
        emulator.settle()
    assert emulator.get("/jobs/j1")["state"] == state
    for method, path, body in CHANGES:
        reply = emulator.call(method, path, body)
        assert (path, reply.status, reply.body["code"]) == (path, 409, code)


def test_the_tasks_of_a_deleting_job_are_read_and_not_changed(emulator: EmulatorProcess) -> None:
    emulator.switch("states", "by-hand")
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    emulator.post("/jobs/j1/tasks", {"id": "t1", "commandLine": "x"})
    emulator.call("DELETE", "/jobs/j1")
    assert emulator.get("/jobs/j1/tasks/t1")["state"] == "active"
    for method, path, body in (
        ("PUT", "/jobs/j1/tasks/t1", {}),
        ("DELETE", "/jobs/j1/tasks/t1", None),
        ("POST", "/jobs/j1/tasks/t1/terminate", None),
        ("DELETE", "/jobs/j1", None),
    ):
        reply = emulator.call(method, path, body)
        assert (reply.status, reply.body["code"]) == (409, "JobBeingDeleted")


def test_a_deleted_job_takes_its_tasks_along_and_keeps_its_etag_till_then(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    client.create_job(job_options("j1"))
    client.create_task("j1", task_options("t1"))
    etag = client.get_job("j1").etag
    assert emulator.call("DELETE", "/jobs/j1").status == 202
    job = client.get_job("j1")
    assert (job.state, job.etag) == ("deleting", etag)
    with pytest.raises(ResourceNotFoundError) as caught:
        client.get_job("j1")
    assert code_of(caught) == "JobNotFound"
    client.create_job(job_options("j1"))
    assert list(client.list_tasks("j1")) == []


@pytest.mark.parametrize("code", ["JobBeingDeleted", "JobExists"])
def test_a_job_that_is_deleting_keeps_its_id(client: BatchClient, emulator: EmulatorProcess, code: str) -> None:
    emulator.switch("states", "by-hand")
    emulator.switch("job-recreate-code", code)
    client.create_job(job_options("j1"))
    emulator.call("DELETE", "/jobs/j1")
    with pytest.raises(ResourceExistsError) as caught:
        client.create_job(job_options("j1"))
    assert code_of(caught) == code


def test_changes_of_a_job_honour_the_etag(client: BatchClient) -> None:
    client.create_job(job_options("j1"))
    etag = client.get_job("j1").etag
    change = models.BatchJobUpdateOptions(priority=1)
    client.update_job("j1", change, etag=etag, match_condition=MatchConditions.IfNotModified)
    for refused in (
        lambda: client.update_job("j1", change, etag=etag, match_condition=MatchConditions.IfNotModified),
        lambda: client.replace_job(
            "j1", client.get_job("j1"), etag=etag, match_condition=MatchConditions.IfNotModified
        ),
        lambda: client.begin_enable_job("j1", etag=etag, match_condition=MatchConditions.IfNotModified),
        lambda: client.begin_terminate_job("j1", ENOUGH, etag=etag, match_condition=MatchConditions.IfNotModified),
        lambda: client.begin_delete_job("j1", etag=etag, match_condition=MatchConditions.IfNotModified),
    ):
        with pytest.raises(HttpResponseError) as caught:
            refused()
        assert (caught.value.status_code, code_of(caught)) == (412, "ConditionNotMet")


def test_active_jobs_have_a_quota(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.switch("active-job-quota", 1)
    client.create_job(job_options("j1"))
    with pytest.raises(ResourceExistsError) as caught:
        client.create_job(job_options("j2"))
    assert code_of(caught) == "ActiveJobAndScheduleQuotaReached"
    client.begin_terminate_job("j1", ENOUGH, polling_interval=0).result()
    client.create_job(job_options("j2"))


def test_a_release_task_needs_a_preparation_task(emulator: EmulatorProcess) -> None:
    body = {"id": "j1", "poolInfo": POOL_INFO, "jobReleaseTask": {"commandLine": "x"}}
    reply = emulator.call("POST", "/jobs", body)
    assert (reply.status, reply.body["code"]) == (409, "JobPreparationTaskNotSpecified")


def test_preparation_and_release_tasks_get_their_defaults_and_keep_their_ids_to_themselves(
    emulator: EmulatorProcess,
) -> None:
    emulator.post(
        "/jobs",
        {
            "id": "j1",
            "poolInfo": POOL_INFO,
            "constraints": {"maxTaskRetryCount": 5},
            "jobPreparationTask": {"commandLine": "x", "constraints": {"retentionTime": "PT1H"}},
            "jobReleaseTask": {"commandLine": "y"},
        },
    )
    job = emulator.get("/jobs/j1")
    user = {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}
    assert job["jobPreparationTask"] == {
        "id": "jobpreparation",
        "commandLine": "x",
        "constraints": {"maxWallClockTime": FOREVER, "retentionTime": "PT1H", "maxTaskRetryCount": 0},
        "waitForSuccess": True,
        "userIdentity": user,
        "rerunOnNodeRebootAfterSuccess": True,
    }
    assert job["jobReleaseTask"] == {
        "id": "jobrelease",
        "commandLine": "y",
        "maxWallClockTime": "PT15M",
        "retentionTime": "P7D",
        "userIdentity": user,
    }
    for task_id, code in (
        ("JobPreparation", "TaskIdSameAsJobPreparationTask"),
        ("jobrelease", "TaskIdSameAsJobReleaseTask"),
    ):
        reply = emulator.call("POST", "/jobs/j1/tasks", {"id": task_id, "commandLine": "x"})
        assert (reply.status, reply.body["code"]) == (409, code)


AUTO_POOL = {
    "autoPoolSpecification": {
        "autoPoolIdPrefix": "auto",
        "poolLifetimeOption": "job",
        "pool": {"vmSize": "STANDARD_A1", "virtualMachineConfiguration": MACHINE},
    }
}


def test_a_job_brings_its_auto_pool_and_takes_it_along(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": AUTO_POOL})
    job = emulator.get("/jobs/j1")
    pool_id = job["executionInfo"]["poolId"]
    assert pool_id.startswith("auto_")
    assert job["poolInfo"]["autoPoolSpecification"]["keepAlive"] is False
    assert job["poolInfo"]["autoPoolSpecification"]["pool"]["vmSize"] == "standard_a1"
    assert emulator.get(f"/pools/{pool_id}")["vmSize"] == "standard_a1"
    emulator.call("POST", "/jobs/j1/terminate")
    emulator.settle()
    assert emulator.call("GET", f"/pools/{pool_id}").status == 404


def test_an_auto_pool_can_be_told_to_stay(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": AUTO_POOL})
    pool_id = emulator.get("/jobs/j1")["executionInfo"]["poolId"]
    emulator.post("/jobs/j1/disable", {"disableTasks": "wait"})
    emulator.settle()
    kept = {"autoPoolSpecification": {**AUTO_POOL["autoPoolSpecification"], "keepAlive": True}}
    assert emulator.call("PATCH", "/jobs/j1", {"poolInfo": kept}).status == 200
    other = {"autoPoolSpecification": {**AUTO_POOL["autoPoolSpecification"], "autoPoolIdPrefix": "other"}}
    reply = emulator.call("PATCH", "/jobs/j1", {"poolInfo": other})
    assert (reply.status, values_of(reply.body)["PropertyName"]) == (400, "poolInfo.autoPoolSpecification")
    emulator.call("DELETE", "/jobs/j1")
    emulator.settle()
    assert emulator.get(f"/pools/{pool_id}")["id"] == pool_id


def test_a_job_ends_when_its_wall_clock_time_is_over(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO, "constraints": {"maxWallClockTime": "PT1H"}})
    emulator.advance(3599)
    assert emulator.get("/jobs/j1")["state"] == "active"
    emulator.advance(2)
    emulator.get("/jobs/j1")
    emulator.settle()
    assert emulator.get("/jobs/j1")["executionInfo"]["terminateReason"] == "MaxWallClockTimeExpiry"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/jobs/none", None),
        ("PATCH", "/jobs/none", {"priority": 1}),
        ("PUT", "/jobs/none", {"poolInfo": POOL_INFO}),
        ("DELETE", "/jobs/none", None),
        ("POST", "/jobs/none/disable", {"disableTasks": "wait"}),
        ("POST", "/jobs/none/enable", None),
        ("POST", "/jobs/none/terminate", None),
        ("GET", "/jobs/none/taskcounts", None),
        ("GET", "/jobs/none/tasks", None),
        ("POST", "/jobs/none/tasks", {"id": "t1", "commandLine": "x"}),
        ("POST", "/jobs/none/addtaskcollection", {"value": [{"id": "t1", "commandLine": "x"}]}),
        ("GET", "/jobs/none/tasks/t1", None),
    ],
)
def test_a_job_that_is_not_there_is_not_found(emulator: EmulatorProcess, method: str, path: str, body: Any) -> None:
    reply = emulator.call(method, path, body)
    assert (reply.status, reply.body["code"]) == (404, "JobNotFound")


def test_tasks_are_counted_by_state_and_by_slot(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_job(job_options("j1"))
    for task_id, slots in (("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)):
        client.create_task("j1", task_options(task_id, required_slots=slots))
    emulator.run_task("j1", "b", state="running")
    emulator.run_task("j1", "c", state="preparing")
    emulator.run_task("j1", "d", state="completed", exitCode=0)
    emulator.run_task("j1", "e", state="completed", exitCode=3)
    counts = client.get_job_task_counts("j1")
    tasks, slots_of = counts.task_counts, counts.task_slot_counts
    assert (tasks.active, tasks.running, tasks.completed, tasks.succeeded, tasks.failed) == (1, 2, 2, 1, 1)
    assert (slots_of.active, slots_of.running, slots_of.completed, slots_of.succeeded, slots_of.failed) == (
        1,
        5,
        9,
        4,
        5,
    )

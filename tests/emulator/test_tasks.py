from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.emulator.parts import POOL_INFO, code_of, job_options, task_options, values_of
from tests.emulator_process import V2024, V2025, EmulatorProcess

FOREVER = "P10675199DT2H48M5.4775807S"
USER = {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}


@pytest.fixture
def job(emulator: EmulatorProcess) -> str:
    """A job that acts on failures, as tasks with exit conditions need."""
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO, "onTaskFailure": "performexitoptionsjobaction"})
    return "j1"


@pytest.mark.parametrize("version", [V2024, V2025])
def test_a_task_is_created_with_the_service_s_defaults(emulator: EmulatorProcess, job: str, version: str) -> None:
    emulator.post(f"/jobs/{job}/tasks", {"id": "task1", "commandLine": "cmd /c echo task1"}, version)
    task = emulator.get(f"/jobs/{job}/tasks/task1", version)
    assert list(task) == [
        "odata.metadata",
        "id",
        "url",
        "eTag",
        "creationTime",
        "lastModified",
        "state",
        "stateTransitionTime",
        "commandLine",
        "userIdentity",
        "constraints",
        "requiredSlots",
        "executionInfo",
    ]
    assert task["odata.metadata"] == f"{emulator.endpoint}/$metadata#tasks/@Element"
    assert task["url"] == f"{emulator.endpoint}/jobs/j1/tasks/task1"
    assert task["userIdentity"] == USER
    assert task["constraints"] == {"maxWallClockTime": FOREVER, "retentionTime": "P7D", "maxTaskRetryCount": 0}
    assert task["requiredSlots"] == 1
    assert task["executionInfo"] == {"retryCount": 0, "requeueCount": 0}
    assert task["creationTime"] == task["lastModified"] == task["stateTransitionTime"]


def test_a_whole_task_is_read_back_in_the_service_s_order_and_spelling(emulator: EmulatorProcess) -> None:
    emulator.post(
        "/jobs",
        {
            "id": "j1",
            "poolInfo": POOL_INFO,
            "usesTaskDependencies": True,
            "onTaskFailure": "performexitoptionsjobaction",
            "constraints": {"maxTaskRetryCount": 5},
        },
    )
    url = "https://store.blob.core.windows.net/c?sv=1&sig=AbC%2B"
    sent: dict[str, Any] = {
        "requiredSlots": 2,
        "constraints": {"maxWallClockTime": "PT60M"},
        "authenticationTokenSettings": {"access": ["job"]},
        "dependsOn": {"taskIds": ["b", "a"], "taskIdRanges": [{"start": 1, "end": 3}]},
        "exitConditions": {
            "exitCodes": [{"code": 1, "exitOptions": {"jobAction": "none"}}],
            "exitCodeRanges": [{"start": 2, "end": 4, "exitOptions": {"jobAction": "TERMINATE"}}],
            "preProcessingError": {"dependencyAction": "Block"},
            "fileUploadError": {"jobAction": "disable"},
            "default": {"jobAction": "none", "dependencyAction": "satisfy"},
        },
        "userIdentity": {"autoUser": {"scope": "task"}},
        "applicationPackageReferences": [{"applicationId": "Blender", "version": "3.1"}],
        "affinityInfo": {"affinityId": "node-1"},
        "environmentSettings": [{"name": "B", "value": "2"}, {"name": "A"}],
        "outputFiles": [
            {
                "filePattern": "**/*.txt",
                "destination": {"container": {"containerUrl": url, "path": "out", "uploadHeaders": [{"name": "h"}]}},
                "uploadOptions": {"uploadCondition": "taskcompletion"},
            }
        ],
        "resourceFiles": [
            {"httpUrl": url, "filePath": "in.txt", "fileMode": "0770"},
            {"storageContainerUrl": url, "blobPrefix": "p", "identityReference": {"resourceId": "/x"}},
            {"autoStorageContainerName": "auto"},
        ],
        "containerSettings": {
            "imageName": "ubuntu",
            "containerRunOptions": "--rm",
            "registry": {"username": "me", "password": "hunter2", "registryServer": "docker.io"},
            "containerHostBatchBindMounts": [{"source": "Task", "isReadOnly": True}, {"source": "shared"}],
        },
        "commandLine": "x",
        "displayName": "Täsk",
        "id": "Whole-1_",
    }
    emulator.post("/jobs/j1/tasks", sent)
    task = emulator.get("/jobs/j1/tasks/whole-1_")
    assert list(task)[8:] == [
        "stateTransitionTime",
        "commandLine",
        "containerSettings",
        "resourceFiles",
        "outputFiles",
        "environmentSettings",
        "affinityInfo",
        "applicationPackageReferences",
        "userIdentity",
        "exitConditions",
        "dependsOn",
        "authenticationTokenSettings",
        "constraints",
        "requiredSlots",
        "executionInfo",
    ]
    expected = {
        **sent,
        "constraints": {"maxWallClockTime": "PT1H", "retentionTime": "P7D", "maxTaskRetryCount": 5},
        "userIdentity": {"autoUser": {"scope": "task", "elevationLevel": "nonadmin"}},
        "applicationPackageReferences": [{"applicationId": "blender", "version": "3.1"}],
    }
    expected["exitConditions"]["exitCodeRanges"][0]["exitOptions"]["jobAction"] = "terminate"
    expected["exitConditions"]["preProcessingError"]["dependencyAction"] = "block"
    expected["outputFiles"][0]["uploadOptions"]["uploadCondition"] = "TaskCompletion"
    container = expected["containerSettings"]
    container["workingDirectory"] = "taskWorkingDirectory"
    container["containerHostBatchBindMounts"][1] = {"source": "Shared", "isReadOnly": False}
    del container["registry"]["password"]
    assert {name: task[name] for name in expected} == expected


def test_a_multi_instance_task_has_one_instance_by_default(emulator: EmulatorProcess, job: str) -> None:
    settings = {"coordinationCommandLine": "start", "commonResourceFiles": [{"autoStorageContainerName": "c"}]}
    body = {"id": "mpi", "commandLine": "x", "multiInstanceSettings": settings}
    emulator.post(f"/jobs/{job}/tasks", body)
    assert emulator.get(f"/jobs/{job}/tasks/mpi")["multiInstanceSettings"] == {"numberOfInstances": 1, **settings}
    emulator.post(f"/jobs/{job}/tasks", {**body, "id": "mpi2", "requiredSlots": 2})
    assert emulator.get(f"/jobs/{job}/tasks/mpi2")["requiredSlots"] == 2
    emulator.switch("multi-instance-slots", "one")
    reply = emulator.call("POST", f"/jobs/{job}/tasks", {**body, "id": "mpi3", "requiredSlots": 2})
    assert (reply.status, values_of(reply.body)["PropertyName"]) == (400, "requiredSlots")


def test_an_empty_destination_of_an_output_file_is_not_kept(emulator: EmulatorProcess, job: str) -> None:
    output = {"filePattern": "*", "uploadOptions": {"uploadCondition": "TaskFailure"}}
    task = {"id": "t1", "commandLine": "x", "outputFiles": [{**output, "destination": {}}]}
    emulator.post(f"/jobs/{job}/tasks", task)
    assert emulator.get(f"/jobs/{job}/tasks/t1")["outputFiles"] == [output]
    emulator.switch("empty-destination", "refuse")
    reply = emulator.call("POST", f"/jobs/{job}/tasks", {**task, "id": "t2"})
    assert (reply.status, reply.body["code"]) == (400, "MissingRequiredProperty")
    assert values_of(reply.body)["PropertyName"] == "outputFiles[0].destination.container"


def test_an_empty_list_of_bind_mounts_is_kept_and_every_other_empty_list_vanishes(
    emulator: EmulatorProcess, job: str
) -> None:
    body = {
        "id": "t1",
        "commandLine": "x",
        "environmentSettings": [],
        "resourceFiles": [],
        "containerSettings": {"imageName": "u", "containerHostBatchBindMounts": []},
    }
    emulator.post(f"/jobs/{job}/tasks", body)
    task = emulator.get(f"/jobs/{job}/tasks/t1")
    assert "environmentSettings" not in task and "resourceFiles" not in task
    assert task["containerSettings"]["containerHostBatchBindMounts"] == []
    emulator.switch("empty-bind-mounts", "drop")
    emulator.post(f"/jobs/{job}/tasks", {**body, "id": "t2"})
    assert "containerHostBatchBindMounts" not in emulator.get(f"/jobs/{job}/tasks/t2")["containerSettings"]


def test_a_source_is_mounted_once(emulator: EmulatorProcess, job: str) -> None:
    mounts = [{"source": "Task", "isReadOnly": True}] * 2
    body = {"id": "t1", "commandLine": "x", "containerSettings": {"imageName": "u"}}
    body["containerSettings"] = {"imageName": "u", "containerHostBatchBindMounts": mounts}
    reply = emulator.call("POST", f"/jobs/{job}/tasks", body)
    assert (reply.status, reply.body["code"]) == (400, "InvalidPropertyValue")
    assert values_of(reply.body)["PropertyName"] == "containerSettings.containerHostBatchBindMounts[1].source"
    emulator.switch("duplicate-bind-mounts", "accept")
    assert emulator.call("POST", f"/jobs/{job}/tasks", body).status == 201


def test_a_task_that_exists_cannot_be_added_in_another_case(client: BatchClient, job: str) -> None:
    client.create_task(job, task_options("Task"))
    with pytest.raises(ResourceExistsError) as caught:
        client.create_task(job, task_options("TASK"))
    assert code_of(caught) == "TaskExists"
    assert client.get_task(job, "tASK").id == "Task"


def test_a_task_gets_the_retries_of_its_job_when_it_says_nothing_of_them(client: BatchClient) -> None:
    client.create_job(job_options("j1", constraints=models.BatchJobConstraints(max_task_retry_count=5)))
    client.create_task("j1", task_options("none"))
    client.create_task("j1", task_options("own", constraints=models.BatchTaskConstraints(max_task_retry_count=-1)))
    none, own = client.get_task("j1", "none").constraints, client.get_task("j1", "own").constraints
    assert none is not None and own is not None
    assert (none.max_task_retry_count, own.max_task_retry_count) == (5, -1)


def test_an_update_puts_constraints_that_it_leaves_out_back(
    client: BatchClient, emulator: EmulatorProcess, job: str
) -> None:
    client.create_task(job, task_options("t1"))
    before = client.get_task(job, "t1")
    before.constraints = models.BatchTaskConstraints(max_task_retry_count=3)
    client.replace_task(job, "t1", before)
    assert emulator.get(f"/jobs/{job}/tasks/t1")["constraints"] == {
        "maxWallClockTime": FOREVER,
        "retentionTime": "P7D",
        "maxTaskRetryCount": 3,
    }
    assert client.get_task(job, "t1").etag != before.etag
    assert emulator.call("PUT", f"/jobs/{job}/tasks/t1", {}).status == 200
    assert emulator.get(f"/jobs/{job}/tasks/t1")["constraints"]["maxTaskRetryCount"] == 0


def test_an_update_changes_nothing_but_constraints(emulator: EmulatorProcess, job: str) -> None:
    emulator.post(f"/jobs/{job}/tasks", {"id": "t1", "commandLine": "x"})
    reply = emulator.call("PUT", f"/jobs/{job}/tasks/t1", {"commandLine": "y"})
    assert (reply.status, reply.body["code"]) == (400, "UnsupportedProperty")


@pytest.mark.parametrize("version", [V2024, V2025])
def test_an_update_takes_settings_of_the_authentication_token_and_does_nothing_with_them(
    emulator: EmulatorProcess, job: str, version: str
) -> None:
    emulator.post(f"/jobs/{job}/tasks", {"id": "t1", "commandLine": "x"}, version)
    sent = {"constraints": {"maxTaskRetryCount": 3}, "authenticationTokenSettings": {"access": ["job"]}}
    assert emulator.call("PUT", f"/jobs/{job}/tasks/t1", sent, version).status == 200
    task = emulator.get(f"/jobs/{job}/tasks/t1", version)
    assert task["constraints"]["maxTaskRetryCount"] == 3 and "authenticationTokenSettings" not in task
    bad = {"authenticationTokenSettings": {"access": ["pool"]}}
    assert emulator.call("PUT", f"/jobs/{job}/tasks/t1", bad, version).status == 400


def test_a_deleted_task_is_gone_at_once(client: BatchClient, job: str) -> None:
    client.create_task(job, task_options("t1"))
    client.delete_task(job, "t1")
    with pytest.raises(ResourceNotFoundError) as caught:
        client.get_task(job, "t1")
    assert code_of(caught) == "TaskNotFound"


def test_a_deleted_task_can_stay_visible_for_a_while(emulator: EmulatorProcess, job: str) -> None:
    emulator.switch("task-delete-delay", 60)
    emulator.post(f"/jobs/{job}/tasks", {"id": "t1", "commandLine": "x"})
    assert emulator.call("DELETE", f"/jobs/{job}/tasks/t1").status == 200
    assert emulator.call("DELETE", f"/jobs/{job}/tasks/t1").status == 200
    assert emulator.get(f"/jobs/{job}/tasks/t1")["state"] == "active"
    reply = emulator.call("POST", f"/jobs/{job}/tasks", {"id": "t1", "commandLine": "x"})
    assert (reply.status, reply.body["code"]) == (409, "TaskExists")
    emulator.advance(61)
    assert emulator.get(f"/jobs/{job}/tasks")["value"] == []
    emulator.switch("task-delete-delay", 0)
    emulator.switch("task-delete-polls", 2)
    emulator.post(f"/jobs/{job}/tasks", {"id": "t1", "commandLine": "x"})
    emulator.call("DELETE", f"/jobs/{job}/tasks/t1")
    seen = [emulator.call("GET", f"/jobs/{job}/tasks/t1").status for _ in range(3)]
    assert seen == [200, 200, 404]


def test_a_task_that_never_ran_is_terminated(client: BatchClient, emulator: EmulatorProcess, job: str) -> None:
    client.create_task(job, task_options("t1"))
    client.terminate_task(job, "t1")
    task = emulator.get(f"/jobs/{job}/tasks/t1")
    assert (task["state"], task["previousState"], task["nodeInfo"]) == ("completed", "active", {})
    execution = task["executionInfo"]
    assert set(execution) == {"endTime", "failureInfo", "result", "retryCount", "requeueCount"}
    assert (execution["failureInfo"]["code"], execution["failureInfo"]["category"]) == ("TaskEnded", "UserError")
    assert execution["result"] == "failure"
    refusals: list[Callable[[], object]] = [
        lambda: client.terminate_task(job, "t1"),
        lambda: client.replace_task(job, "t1", client.get_task(job, "t1")),
    ]
    for refused in refusals:
        with pytest.raises(ResourceExistsError) as caught:
            refused()
        assert code_of(caught) == "TaskCompleted"


def test_a_task_that_failed_can_be_reactivated(client: BatchClient, emulator: EmulatorProcess, job: str) -> None:
    client.create_task(job, task_options("t1"))
    with pytest.raises(ResourceExistsError) as caught:
        client.reactivate_task(job, "t1")
    assert code_of(caught) == "TaskNotCompleted"
    for state in ("running", "active"):  # its node was lost
        emulator.run_task(job, "t1", state=state)
    client.terminate_task(job, "t1")
    client.reactivate_task(job, "t1")
    task = emulator.get(f"/jobs/{job}/tasks/t1")
    assert (task["state"], task["executionInfo"]) == ("active", {"retryCount": 0, "requeueCount": 1})
    emulator.run_task(job, "t1", state="completed", exitCode=0)
    with pytest.raises(ResourceExistsError) as caught:
        client.reactivate_task(job, "t1")
    assert code_of(caught) == "TaskSucceeded"


def test_changes_of_a_task_honour_the_etag(client: BatchClient, job: str) -> None:
    client.create_task(job, task_options("t1"))
    task = client.get_task(job, "t1")
    condition: dict[str, Any] = {"etag": task.etag, "match_condition": MatchConditions.IfNotModified}
    client.replace_task(job, "t1", task, **condition)
    refusals: list[Callable[[], object]] = [
        lambda: client.replace_task(job, "t1", task, **condition),
        lambda: client.terminate_task(job, "t1", **condition),
        lambda: client.reactivate_task(job, "t1", **condition),
        lambda: client.delete_task(job, "t1", **condition),
    ]
    for refused in refusals:
        with pytest.raises(HttpResponseError) as caught:
            refused()
        assert (caught.value.status_code, code_of(caught)) == (412, "ConditionNotMet")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {}),
        ("DELETE", "", None),
        ("POST", "/terminate", None),
        ("POST", "/reactivate", None),
    ],
)
def test_a_task_that_is_not_there_is_not_found(
    emulator: EmulatorProcess, job: str, method: str, path: str, body: Any
) -> None:
    reply = emulator.call(method, f"/jobs/{job}/tasks/none{path}", body)
    assert (reply.status, reply.body["code"]) == (404, "TaskNotFound")


def test_dependencies_need_a_job_that_uses_them(client: BatchClient, emulator: EmulatorProcess, job: str) -> None:
    depends = models.BatchTaskDependencies(task_ids=["a"])
    with pytest.raises(HttpResponseError) as caught:
        client.create_task(job, task_options("t1", depends_on=depends))
    assert (caught.value.status_code, code_of(caught)) == (400, "TaskDependenciesNotSpecifiedOnJob")
    emulator.switch("task-dependencies-code", "UnsupportedProperty")
    with pytest.raises(HttpResponseError) as caught:
        client.create_task(job, task_options("t1", depends_on=depends))
    assert code_of(caught) == "UnsupportedProperty"


def test_the_ids_that_a_task_depends_on_have_a_limit_together(client: BatchClient) -> None:
    client.create_job(job_options("j1", uses_task_dependencies=True))
    ids = [f"{number:064d}" for number in range(1000)]
    client.create_task("j1", task_options("t1", depends_on=models.BatchTaskDependencies(task_ids=ids)))
    with pytest.raises(HttpResponseError) as caught:
        client.create_task("j1", task_options("t2", depends_on=models.BatchTaskDependencies(task_ids=[*ids, "a"])))
    assert (caught.value.status_code, code_of(caught)) == (400, "TaskDependencyListTooLong")


CONDITIONS: list[tuple[dict[str, Any], str]] = [
    ({"exitCodes": [{"code": 1, "exitOptions": {"jobAction": "none"}}]}, "exitCodes[0].exitOptions"),
    (
        {"exitCodeRanges": [{"start": 1, "end": 1, "exitOptions": {"jobAction": "none"}}]},
        "exitCodeRanges[0].exitOptions",
    ),
    ({"preProcessingError": {"jobAction": "none"}}, "preProcessingError"),
    ({"fileUploadError": {"jobAction": "none"}}, "fileUploadError"),
    ({"default": {"jobAction": "none"}}, "default"),
]


@pytest.mark.parametrize(("conditions", "place"), CONDITIONS)
def test_a_job_action_needs_a_job_that_acts_on_failures(
    emulator: EmulatorProcess, conditions: dict[str, Any], place: str
) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    reply = emulator.call("POST", "/jobs/j1/tasks", {"id": "t1", "commandLine": "x", "exitConditions": conditions})
    assert (reply.status, reply.body["code"]) == (400, "InvalidPropertyValue")
    assert values_of(reply.body)["PropertyName"] == f"exitConditions.{place}.jobAction"


def test_a_dependency_action_without_dependencies_is_a_switch(emulator: EmulatorProcess, job: str) -> None:
    body = {"id": "t1", "commandLine": "x", "exitConditions": {"default": {"dependencyAction": "satisfy"}}}
    emulator.switch("dependency-action", "refuse")
    assert emulator.call("POST", f"/jobs/{job}/tasks", body).status == 400
    emulator.switch("dependency-action", "accept")
    assert emulator.call("POST", f"/jobs/{job}/tasks", body).status == 201


def test_exit_conditions_can_be_shown_with_a_default_while_the_task_waits(emulator: EmulatorProcess, job: str) -> None:
    conditions = {"exitCodes": [{"code": 1, "exitOptions": {"jobAction": "none"}}]}
    emulator.post(f"/jobs/{job}/tasks", {"id": "t1", "commandLine": "x", "exitConditions": conditions})
    assert emulator.get(f"/jobs/{job}/tasks/t1")["exitConditions"] == conditions
    emulator.switch("exit-conditions-default", "filled")
    assert set(emulator.get(f"/jobs/{job}/tasks/t1")["exitConditions"]) == {"default", "exitCodes"}
    emulator.run_task(job, "t1", state="running")
    assert emulator.get(f"/jobs/{job}/tasks/t1")["exitConditions"] == conditions


def test_a_list_of_resource_files_can_be_too_large(emulator: EmulatorProcess, job: str) -> None:
    files = [{"autoStorageContainerName": f"container{number}"} for number in range(100)]
    body = {"id": "t1", "commandLine": "x", "resourceFiles": files}
    emulator.switch("resource-files-limit", 1000)
    reply = emulator.call("POST", f"/jobs/{job}/tasks", body)
    assert (reply.status, reply.body["code"]) == (413, "RequestEntityTooLarge")
    emulator.switch("request-entity-too-large-status", 400)
    assert emulator.call("POST", f"/jobs/{job}/tasks", body).status == 400


RANGE: dict[str, Any] = {"exitCodeRanges": [{"start": 2, "end": 4, "exitOptions": {"jobAction": "none"}}]}
UPLOAD = {"category": "UserError", "code": "FileUploadMiscError"}


@pytest.mark.parametrize(
    ("conditions", "became", "state"),
    [
        ({}, {"exitCode": 0}, "active"),
        ({}, {"exitCode": 3}, "terminating"),
        ({"default": {"jobAction": "none"}}, {"exitCode": 3}, "active"),
        ({"default": {"jobAction": "disable"}}, {"exitCode": 3}, "disabling"),
        (RANGE, {"exitCode": 2}, "active"),
        (RANGE, {"exitCode": 4}, "active"),
        (RANGE, {"exitCode": 1}, "terminating"),
        (RANGE, {"exitCode": 5}, "terminating"),
        ({"exitCodes": [{"code": 0, "exitOptions": {"jobAction": "terminate"}}]}, {"exitCode": 0}, "terminating"),
        # A code's own options beat those of a range that it lies in, and both beat what is for all others.
        (
            {**RANGE, "exitCodes": [{"code": 3, "exitOptions": {"jobAction": "disable"}}]},
            {"exitCode": 3},
            "disabling",
        ),
        ({**RANGE, "default": {"jobAction": "disable"}}, {"exitCode": 3}, "active"),
        ({"default": {"jobAction": "disable"}}, {"exitCode": 0}, "active"),
        # What is not said of a code is not taken from elsewhere.
        ({**RANGE, "exitCodes": [{"code": 3, "exitOptions": {}}]}, {"exitCode": 3}, "terminating"),
        # An upload that fails after a code that is listed, and after one that is not.
        (
            {**RANGE, "fileUploadError": {"jobAction": "disable"}},
            {"exitCode": 3, "failureInfo": UPLOAD},
            "active",
        ),
        (
            {"fileUploadError": {"jobAction": "disable"}, "default": {"jobAction": "none"}},
            {"exitCode": 0, "failureInfo": UPLOAD},
            "disabling",
        ),
        (
            {"preProcessingError": {"jobAction": "none"}},
            {"failureInfo": {"category": "UserError", "code": "BlobNotFound"}},
            "active",
        ),
        (
            {"fileUploadError": {"jobAction": "none"}},
            {"exitCode": 0, "failureInfo": UPLOAD},
            "active",
        ),
    ],
)
def test_the_end_of_a_task_does_to_its_job_what_the_exit_conditions_say(
    emulator: EmulatorProcess, job: str, conditions: dict[str, Any], became: dict[str, Any], state: str
) -> None:
    emulator.post(f"/jobs/{job}/tasks", {"id": "t1", "commandLine": "x", "exitConditions": conditions})
    emulator.run_task(job, "t1", state="running")
    emulator.run_task(job, "t1", state="completed", **became)
    assert emulator.get(f"/jobs/{job}")["state"] == state


def test_a_task_that_ran_shows_how_it_ended(client: BatchClient, emulator: EmulatorProcess, job: str) -> None:
    client.create_task(job, task_options("t1", exit_conditions=models.ExitConditions(default=models.ExitOptions())))
    etag = client.get_task(job, "t1").etag
    emulator.run_task(job, "t1", state="running")
    running = client.get_task(job, "t1")
    assert running.state == "running" and running.execution_info is not None
    assert running.execution_info.start_time is not None
    emulator.run_task(job, "t1", state="completed", exitCode=3, retryCount=2)
    task = client.get_task(job, "t1")
    assert task.state == "completed" and task.previous_state == "running" and task.etag == etag
    execution = task.execution_info
    assert execution is not None and execution.failure_info is not None
    assert (execution.exit_code, execution.result, execution.retry_count) == (3, "failure", 2)
    assert execution.start_time == running.execution_info.start_time
    assert execution.failure_info.code == "FailureExitCode"

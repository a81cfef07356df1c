from __future__ import annotations

from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import HttpResponseError

from tests.emulator.parts import POOL_INFO, task_options, values_of
from tests.emulator_process import EmulatorProcess


@pytest.fixture(autouse=True)
def _job(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})


def _tasks(*ids: str) -> dict[str, Any]:
    return {"value": [{"id": task_id, "commandLine": "x"} for task_id in ids]}


def test_each_task_of_a_collection_has_its_own_result(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs/j1/tasks", {"id": "there", "commandLine": "x"})
    body = _tasks("a", "there", "A", "bad id")
    body["value"].append({"id": "b", "commandLine": "x", "dependsOn": {"taskIds": ["a"]}})
    body["value"].append({"id": "c"})
    reply = emulator.call("POST", "/jobs/j1/addtaskcollection", body)
    assert reply.status == 200
    assert reply.body["odata.metadata"] == f"{emulator.endpoint}/$metadata#taskaddresult"
    assert "ETag" not in reply.headers and "Last-Modified" not in reply.headers
    results = reply.body["value"]
    assert [(result["taskId"], result["status"], result.get("error", {}).get("code")) for result in results] == [
        ("a", "Success", None),
        ("there", "ClientError", "TaskExists"),
        ("A", "ClientError", "TaskExists"),
        ("bad id", "ClientError", "InvalidPropertyValue"),
        ("b", "ClientError", "TaskDependenciesNotSpecifiedOnJob"),
        ("c", "ClientError", "MissingRequiredProperty"),
    ]
    task = emulator.get("/jobs/j1/tasks/a")
    assert results[0] == {
        "status": "Success",
        "taskId": "a",
        "eTag": task["eTag"],
        "lastModified": task["lastModified"],
        "location": task["url"],
    }
    assert set(results[1]["error"]) == {"code", "message"}
    assert reply.headers["request-id"] in results[1]["error"]["message"]["value"]
    assert [task["id"] for task in emulator.get("/jobs/j1/tasks")["value"]] == ["a", "there"]


def test_the_client_adds_a_thousand_tasks_from_several_threads(client: BatchClient, emulator: EmulatorProcess) -> None:
    tasks = [task_options(f"t{number:04d}") for number in range(1000)]
    client.create_tasks("j1", tasks, max_concurrency=4)
    calls = [entry for entry in emulator.requests() if entry["path"].endswith("/addtaskcollection")]
    assert sum(len(call["body"]["value"]) for call in calls) == 1000
    assert sorted(str(task.id) for task in client.list_tasks("j1")) == [str(task.id) for task in tasks]


def test_the_client_understands_the_lower_case_status(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.switch("collection-status-case", "lower")
    result = client.create_task_collection(
        "j1", models.BatchTaskGroup(task_values=[task_options("a"), task_options("b", command_line="")])
    )
    assert result.result_values is not None
    assert [item.status for item in result.result_values] == ["success", "clienterror"]


def test_the_client_makes_smaller_calls_when_one_is_too_large(client: BatchClient, emulator: EmulatorProcess) -> None:
    big = [models.EnvironmentSetting(name="A", value="x" * 30_000)]
    client.create_tasks("j1", [task_options(f"t{number}", environment_settings=big) for number in range(50)])
    statuses = [entry["status"] for entry in emulator.requests() if entry["method"] == "POST"]
    assert 413 in statuses and 200 in statuses
    assert len(list(client.list_tasks("j1"))) == 50


def test_a_call_over_the_limit_adds_nothing(emulator: EmulatorProcess) -> None:
    body = _tasks("a")
    body["value"][0]["commandLine"] = "x" * 1_048_576
    reply = emulator.call("POST", "/jobs/j1/addtaskcollection", body)
    assert (reply.status, reply.body["code"]) == (413, "RequestBodyTooLarge")
    assert values_of(reply.body) == {"MaxLimit": "1048576"}
    assert emulator.get("/jobs/j1/tasks")["value"] == []


@pytest.mark.parametrize("code", ["InvalidPropertyValue", "InvalidRequestBody"])
def test_more_than_a_hundred_tasks_are_refused(client: BatchClient, emulator: EmulatorProcess, code: str) -> None:
    emulator.switch("too-many-tasks-code", code)
    group = models.BatchTaskGroup(task_values=[task_options(f"t{number}") for number in range(101)])
    with pytest.raises(HttpResponseError) as caught:
        client.create_task_collection("j1", group)
    model: Any = caught.value.model
    assert (caught.value.status_code, model.code) == (400, code)
    assert emulator.get("/jobs/j1/tasks")["value"] == []


@pytest.mark.parametrize(
    ("body", "code", "name"),
    [
        ({}, "MissingRequiredProperty", "value"),
        ({"value": "a"}, "InvalidPropertyValue", "value"),
        ({"value": []}, "InvalidPropertyValue", "value"),
        ({"value": ["a"]}, "InvalidPropertyValue", "value[0]"),
        ({"value": [{"commandLine": "x"}]}, "MissingRequiredProperty", "value[0].id"),
        ({"value": [{"id": 1}]}, "InvalidPropertyValue", "value[0].id"),
        ({"values": []}, "UnsupportedProperty", "values"),
    ],
)
def test_a_collection_that_names_no_tasks_is_refused_whole(
    emulator: EmulatorProcess, body: dict[str, Any], code: str, name: str
) -> None:
    reply = emulator.call("POST", "/jobs/j1/addtaskcollection", body)
    assert (reply.status, reply.body["code"]) == (400, code)
    assert values_of(reply.body)["PropertyName"] == name


def test_a_collection_must_be_an_object(emulator: EmulatorProcess) -> None:
    reply = emulator.call("POST", "/jobs/j1/addtaskcollection", [{"id": "a"}])
    assert (reply.status, reply.body["code"]) == (400, "InvalidRequestBody")


def test_a_fault_can_refuse_single_tasks_of_a_collection(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.fault(task="b*", code="ServerBusy", times=2)
    emulator.fault(task="c", status=409, code="TaskExists")
    reply = emulator.call("POST", "/jobs/j1/addtaskcollection", _tasks("a", "b1", "b2", "b3", "c"))
    found = [(result["taskId"], result["status"]) for result in reply.body["value"]]
    assert found == [
        ("a", "Success"),
        ("b1", "ServerError"),
        ("b2", "ServerError"),
        ("b3", "Success"),
        ("c", "ClientError"),
    ]

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.emulator.parts import POOL_INFO, SUBNET, values_of
from tests.emulator.test_pool_bodies import read_back, whole
from tests.emulator_process import V2024, V2025, EmulatorProcess

pytestmark = pytest.mark.usefixtures("linked")

SAS = "https://store.blob.core.windows.net/c?sv=1&sig=AbC%2B"
TASK_PARTS: dict[str, Any] = {
    "commandLine": "run",
    "containerSettings": {"imageName": "ubuntu", "workingDirectory": "taskWorkingDirectory"},
    "resourceFiles": [{"storageContainerUrl": SAS}],
    "environmentSettings": [{"name": "A", "value": "1"}],
    "userIdentity": {"autoUser": {"scope": "task", "elevationLevel": "admin"}},
}
CONSTRAINTS = {"maxWallClockTime": "PT1H", "retentionTime": "P1D", "maxTaskRetryCount": 2}


def body(version: str) -> dict[str, Any]:
    """A job with every property."""
    pool = whole(version)
    del pool["id"]
    output = {
        "filePattern": "*.txt",
        "destination": {"container": {"containerUrl": SAS}},
        "uploadOptions": {"uploadCondition": "tasksuccess"},
    }
    return copy.deepcopy(
        {
            "id": "whole",
            "displayName": "Whole",
            "priority": -1000,
            "maxParallelTasks": 10,
            "allowTaskPreemption": True,
            "usesTaskDependencies": True,
            "constraints": {"maxWallClockTime": "P3Y6M4DT12H30M5S", "maxTaskRetryCount": -1},
            "jobManagerTask": {
                "id": "manager",
                "displayName": "Manager",
                **TASK_PARTS,
                "outputFiles": [output],
                "constraints": CONSTRAINTS,
                "requiredSlots": 2,
                "killJobOnCompletion": False,
                "runExclusive": False,
                "applicationPackageReferences": [{"applicationId": "Tool", "version": "1"}],
                "authenticationTokenSettings": {"access": ["job"]},
                "allowLowPriorityNode": False,
            },
            "jobPreparationTask": {
                "id": "prepare",
                **TASK_PARTS,
                "constraints": CONSTRAINTS,
                "waitForSuccess": False,
                "rerunOnNodeRebootAfterSuccess": False,
            },
            "jobReleaseTask": {"id": "release", **TASK_PARTS, "maxWallClockTime": "PT10M", "retentionTime": "P1D"},
            "commonEnvironmentSettings": [{"name": "B", "value": "2"}, {"name": "A"}],
            "poolInfo": {
                "autoPoolSpecification": {
                    "autoPoolIdPrefix": "auto",
                    "poolLifetimeOption": "jobschedule",
                    "keepAlive": True,
                    "pool": pool,
                }
            },
            "metadata": [{"name": "a", "value": "1"}],
            "networkConfiguration": {"subnetId": SUBNET, "skipWithdrawFromVNet": True},
            "onAllTasksComplete": "noaction",
            "onTaskFailure": "performexitoptionsjobaction",
        }
    )


@pytest.mark.parametrize("version", [V2024, V2025])
def test_a_whole_job_is_read_back_as_the_service_does(emulator: EmulatorProcess, version: str) -> None:
    emulator.post("/jobs", body(version), version)
    job = emulator.get("/jobs/whole", version)
    expected = body(version)
    pool = read_back(version)
    del pool["id"]
    expected["poolInfo"]["autoPoolSpecification"]["pool"] = pool
    expected["constraints"]["maxWallClockTime"] = "P1279DT12H30M5S"
    manager = expected["jobManagerTask"]
    manager["outputFiles"][0]["uploadOptions"]["uploadCondition"] = "TaskSuccess"
    manager["applicationPackageReferences"][0]["applicationId"] = "tool"
    assert {name: job[name] for name in expected} == expected


REFUSED: list[tuple[str, Any, str, str | None]] = [
    ("id", "x" * 65, "InvalidPropertyValue", None),
    ("id", "a.b", "InvalidPropertyValue", None),
    ("colour", "red", "UnsupportedProperty", None),
    ("priority", 1001, "InvalidPropertyValue", None),
    ("priority", -1001, "InvalidPropertyValue", None),
    ("priority", "high", "InvalidPropertyValue", None),
    ("maxParallelTasks", 0, "InvalidPropertyValue", None),
    ("maxParallelTasks", -2, "InvalidPropertyValue", None),
    ("usesTaskDependencies", 1, "InvalidPropertyValue", None),
    ("constraints.maxTaskRetryCount", -2, "InvalidPropertyValue", None),
    ("constraints.maxWallClockTime", "-PT1S", "InvalidPropertyValue", None),
    ("onAllTasksComplete", "explode", "InvalidPropertyValue", None),
    ("onTaskFailure", "explode", "InvalidPropertyValue", None),
    ("poolInfo", None, "MissingRequiredProperty", None),
    ("poolInfo", {}, "InvalidPropertyValue", "poolInfo.poolId"),
    ("poolInfo.poolId", "p", "InvalidPropertyValue", "poolInfo.autoPoolSpecification"),
    ("poolInfo.autoPoolSpecification.poolLifetimeOption", None, "MissingRequiredProperty", None),
    ("poolInfo.autoPoolSpecification.autoPoolIdPrefix", "x" * 21, "InvalidPropertyValue", None),
    ("poolInfo.autoPoolSpecification.pool.vmSize", None, "MissingRequiredProperty", None),
    ("poolInfo.autoPoolSpecification.pool.id", "p", "UnsupportedProperty", None),
    ("networkConfiguration.subnetId", None, "MissingRequiredProperty", None),
    ("networkConfiguration.subnetId", "s", "InvalidPropertyValue", None),
    ("jobManagerTask.id", None, "MissingRequiredProperty", None),
    ("jobManagerTask.commandLine", None, "MissingRequiredProperty", None),
    ("jobManagerTask.requiredSlots", 0, "InvalidPropertyValue", None),
    ("jobManagerTask.id", "Prepare", "InvalidPropertyValue", "id"),
    ("jobPreparationTask.commandLine", None, "MissingRequiredProperty", None),
    ("jobPreparationTask.outputFiles", [], "UnsupportedProperty", None),
    ("jobReleaseTask.maxWallClockTime", "PT15M0.0000001S", "InvalidPropertyValue", None),
    ("jobReleaseTask.constraints", {}, "UnsupportedProperty", None),
    ("commonEnvironmentSettings", {"A": "1"}, "InvalidPropertyValue", None),
]


@pytest.mark.parametrize(("path", "value", "code", "name"), REFUSED, ids=[f"{case[0]} {case[1]}" for case in REFUSED])
def test_a_job_that_breaks_a_rule_is_refused_by_name(
    emulator: EmulatorProcess, path: str, value: Any, code: str, name: str | None
) -> None:
    job = body(V2025)
    *way, last = path.split(".")
    place: Any = job
    for part in way:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    reply = emulator.call("POST", "/jobs", job)
    assert (reply.status, reply.body["code"], values_of(reply.body)["PropertyName"]) == (400, code, name or path)
    assert emulator.get("/jobs")["value"] == emulator.get("/pools")["value"] == []


@pytest.mark.parametrize("name", ["displayName", "usesTaskDependencies", "onTaskFailure", "jobManagerTask", "state"])
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_what_is_fixed_at_creation_is_unknown_to_a_change(emulator: EmulatorProcess, method: str, name: str) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    change = {name: "x", **({"poolInfo": POOL_INFO} if method == "PUT" else {})}
    reply = emulator.call(method, "/jobs/j1", change)
    assert (reply.status, reply.body["code"], values_of(reply.body)["PropertyName"]) == (
        400,
        "UnsupportedProperty",
        name,
    )


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/jobs/j1/disable", {}),
        ("/jobs/j1/disable", {"disableTasks": "explode"}),
        ("/jobs/j1/disable", None),
        ("/jobs/j1/terminate", {"reason": "x"}),
        ("/jobs/j1/terminate", {"terminateReason": 7}),
    ],
)
def test_an_action_with_a_bad_body_does_nothing(emulator: EmulatorProcess, path: str, sent: Any) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    assert emulator.call("POST", path, sent).status == 400
    assert emulator.get("/jobs/j1")["state"] == "active"


TASKS_REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"id": None}, "MissingRequiredProperty", "id"),
    ({"id": "a b"}, "InvalidPropertyValue", "id"),
    ({"commandLine": None}, "MissingRequiredProperty", "commandLine"),
    ({"commandLine": ["x"]}, "InvalidPropertyValue", "commandLine"),
    ({"colour": "red"}, "UnsupportedProperty", "colour"),
    ({"displayName": "x" * 1025}, "InvalidPropertyValue", "displayName"),
    ({"requiredSlots": 0}, "InvalidPropertyValue", "requiredSlots"),
    ({"affinityInfo": {}}, "MissingRequiredProperty", "affinityInfo.affinityId"),
    ({"containerSettings": {}}, "MissingRequiredProperty", "containerSettings.imageName"),
    (
        {"containerSettings": {"imageName": "u", "containerHostBatchBindMounts": [{"source": "Everything"}]}},
        "InvalidPropertyValue",
        "containerSettings.containerHostBatchBindMounts[0].source",
    ),
    ({"constraints": {"maxTaskRetryCount": -2}}, "InvalidPropertyValue", "constraints.maxTaskRetryCount"),
    ({"constraints": {"retentionTime": "P"}}, "InvalidPropertyValue", "constraints.retentionTime"),
    (
        {"dependsOn": {"taskIdRanges": [{"start": 2, "end": 1}]}},
        "InvalidPropertyValue",
        "dependsOn.taskIdRanges[0].end",
    ),
    ({"dependsOn": {"taskIdRanges": [{"start": 2}]}}, "MissingRequiredProperty", "dependsOn.taskIdRanges[0].end"),
    (
        {"exitConditions": {"exitCodeRanges": [{"start": 2, "end": 1, "exitOptions": {}}]}},
        "InvalidPropertyValue",
        "exitConditions.exitCodeRanges[0].end",
    ),
    (
        {"exitConditions": {"exitCodes": [{"code": 1}]}},
        "MissingRequiredProperty",
        "exitConditions.exitCodes[0].exitOptions",
    ),
    (
        {"exitConditions": {"default": {"jobAction": "explode"}}},
        "InvalidPropertyValue",
        "exitConditions.default.jobAction",
    ),
    ({"multiInstanceSettings": {}}, "MissingRequiredProperty", "multiInstanceSettings.coordinationCommandLine"),
    ({"outputFiles": [{}]}, "MissingRequiredProperty", "outputFiles[0].filePattern"),
    (
        {"outputFiles": [{"filePattern": "*", "destination": {"container": {}}, "uploadOptions": {}}]},
        "MissingRequiredProperty",
        "outputFiles[0].destination.container.containerUrl",
    ),
    (
        {"authenticationTokenSettings": {"access": ["pool"]}},
        "InvalidPropertyValue",
        "authenticationTokenSettings.access[0]",
    ),
    ({"resourceFiles": [{}]}, "InvalidPropertyValue", "resourceFiles[0].autoStorageContainerName"),
]


@pytest.mark.parametrize(("changes", "code", "name"), TASKS_REFUSED, ids=[case[2] for case in TASKS_REFUSED])
def test_a_task_that_breaks_a_rule_is_refused_by_name(
    emulator: EmulatorProcess, changes: dict[str, Any], code: str, name: str
) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO, "usesTaskDependencies": True})
    task = {"id": "t1", "commandLine": "x", **changes}
    reply = emulator.call("POST", "/jobs/j1/tasks", {name: value for name, value in task.items() if value is not None})
    assert (reply.status, reply.body["code"], values_of(reply.body)["PropertyName"]) == (400, code, name)

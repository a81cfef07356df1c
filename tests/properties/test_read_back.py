"""What Read returns: the server's entity in the program's spelling."""

from __future__ import annotations

from typing import Any

from azure_batch_provider.models.task import Task
from azure_batch_provider.properties.compare import same
from azure_batch_provider.properties.read_back import project, undeclared

SERVER: dict[str, Any] = {
    "id": "t1",
    "url": "https://account/jobs/j/tasks/t1",
    "eTag": "0x8DE",
    "state": "active",
    "commandLine": "run",
    "userIdentity": {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}},
    "constraints": {
        "maxWallClockTime": "P10675199DT2H48M5.4775807S",
        "retentionTime": "P7D",
        "maxTaskRetryCount": 5,
    },
    "requiredSlots": 1,
    "executionInfo": {"retryCount": 0, "requeueCount": 0},
}
DECLARED: dict[str, Any] = {"jobId": "j", "taskId": "t1", "commandLine": "run"}


def test_no_default_of_the_server_leaks_into_the_inputs() -> None:
    assert project(Task, DECLARED, SERVER) == DECLARED


def test_the_programs_spelling_stays_where_both_mean_the_same() -> None:
    declared = {**DECLARED, "constraints": {"maxWallClockTime": "PT60M"}, "resourceFiles": []}
    server = {**SERVER, "constraints": {**SERVER["constraints"], "maxWallClockTime": "PT1H"}}
    assert project(Task, declared, server) == declared


def test_the_servers_value_stands_where_they_differ() -> None:
    server = {**SERVER, "commandLine": "other", "requiredSlots": 4}
    assert project(Task, DECLARED, server) == {**DECLARED, "commandLine": "other", "requiredSlots": 4}


def test_a_declared_value_that_is_gone_from_the_server_is_gone() -> None:
    assert project(Task, {**DECLARED, "displayName": "x"}, SERVER) == DECLARED


def test_an_added_list_item_stands_behind_the_declared_ones() -> None:
    a, b, c = ({"name": name, "value": "1"} for name in "abc")
    declared = {**DECLARED, "environmentSettings": [b, a]}
    found = project(Task, declared, {**SERVER, "environmentSettings": [a, c, b]})
    assert found["environmentSettings"] == [b, a, c]


def test_an_enum_is_read_in_the_spelling_of_the_api() -> None:
    file = {
        "filePattern": "*",
        "destination": {"container": {"containerUrl": "https://a/c"}},
        "uploadOptions": {"uploadCondition": "TaskFailure"},
    }
    found = project(Task, DECLARED, {**SERVER, "outputFiles": [file]})
    assert found["outputFiles"][0]["uploadOptions"] == {"uploadCondition": "taskfailure"}


def test_what_the_service_never_returns_stays_as_declared() -> None:
    settings = {"imageName": "u", "registry": {"username": "u", "password": "p"}}
    declared = {**DECLARED, "containerSettings": settings}
    server = {
        **SERVER,
        "containerSettings": {
            "imageName": "other",
            "registry": {"username": "u", "registryServer": "docker.io"},
            "workingDirectory": "taskWorkingDirectory",
        },
    }
    assert project(Task, declared, server)["containerSettings"] == {**settings, "imageName": "other"}


def test_an_empty_list_that_means_something_survives_a_server_that_does_not_show_it() -> None:
    declared = {**DECLARED, "containerSettings": {"imageName": "u", "containerHostBatchBindMounts": []}}
    assert project(Task, declared, {**SERVER, "containerSettings": {"imageName": "u"}}) == declared


def test_the_sas_that_is_on_the_server_is_the_one_that_is_read() -> None:
    here, there = (f"https://h/b?sp=r&sr=b&sig={text}" for text in ("here", "there"))
    declared = {**DECLARED, "resourceFiles": [{"httpUrl": here, "filePath": "f"}]}
    found = project(Task, declared, {**SERVER, "resourceFiles": [{"httpUrl": there, "filePath": "f"}]})
    assert found["resourceFiles"][0]["httpUrl"] == there
    assert same(Task, found, declared)


def test_an_import_reads_all_that_is_declared_on_the_server_and_no_default() -> None:
    assert undeclared(Task, SERVER) == {"taskId": "t1", "commandLine": "run", "constraints": {"maxTaskRetryCount": 5}}

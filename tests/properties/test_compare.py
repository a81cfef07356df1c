"""When two declarations mean the same to the service."""

from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.models.task import Task
from azure_batch_provider.models.virtual_machine import VMExtension
from azure_batch_provider.properties.compare import differences, normal, same
from azure_batch_provider.values.signatures import without_rotating
from azure_batch_provider.values.unknown import UNKNOWN

SAS = "https://files.blob.core.windows.net/in/a.zip?sp=r&sv=2022-11-02&se=2026-01-01T00%3A00%3A00Z&sr=b&sig=AAA%3D"
RENEWED = "https://files.blob.core.windows.net/in/a.zip?sr=b&sp=r&sv=2024-05-04&se=2027-01-01T00%3A00%3A00Z&sig=BBB%3D"


def task(**fields: Any) -> dict[str, Any]:
    return {"jobId": "nightly", "taskId": "t1", "commandLine": "run", **fields}


def paths(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(item.kind, item.path) for item in differences(Task, old, new)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"constraints": {"maxWallClockTime": "PT60M"}}, {"constraints": {"maxWallClockTime": "PT1H"}}),
        ({"constraints": {"maxWallClockTime": "P1Y"}}, {"constraints": {"maxWallClockTime": "P365D"}}),
        ({"constraints": {"maxWallClockTime": "P10675199DT2H48M5.4775807S"}}, {}),
        ({"constraints": {"maxWallClockTime": "P10675199DT2H48M5.477S"}}, {}),
        ({"constraints": {"retentionTime": "P7D"}}, {}),
        ({"constraints": {}}, {}),
        ({"requiredSlots": 1}, {}),
        ({"userIdentity": {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}}, {}),
        ({"userIdentity": {"autoUser": {"scope": "Task"}}}, {"userIdentity": {"autoUser": {"scope": "task"}}}),
        ({"resourceFiles": []}, {}),
        ({"environmentSettings": []}, {"environmentSettings": None}),
        ({"taskId": "T1"}, {"taskId": "t1"}),
        ({"dependsOn": {"taskIds": ["a", "b"]}}, {"dependsOn": {"taskIds": ["B", "A"]}}),
        (
            {"environmentSettings": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
            {"environmentSettings": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]},
        ),
        (
            {"applicationPackageReferences": [{"applicationId": "/subscriptions/s/applications/FFmpeg"}]},
            {"applicationPackageReferences": [{"applicationId": "ffmpeg"}]},
        ),
        (
            {"resourceFiles": [{"httpUrl": SAS, "filePath": "a.zip"}]},
            {"resourceFiles": [{"httpUrl": RENEWED, "filePath": "a.zip"}]},
        ),
        ({"commandLine": f"curl '{SAS}' -o a.zip"}, {"commandLine": f"curl '{RENEWED}' -o a.zip"}),
        (
            {"containerSettings": {"imageName": "u", "workingDirectory": "taskWorkingDirectory"}},
            {"containerSettings": {"imageName": "u"}},
        ),
    ],
)
def test_another_way_to_say_the_same_is_no_difference(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert paths(task(**one), task(**other)) == []
    assert paths(task(**other), task(**one)) == []
    assert normal(Task, task(**one)) == normal(Task, task(**other))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"displayName": ""}, {}, [("delete", ("displayName",))]),
        ({}, {"displayName": ""}, [("add", ("displayName",))]),
        (
            {"constraints": {"maxTaskRetryCount": 0}},
            {"constraints": {"maxTaskRetryCount": -1}},
            [("update", ("constraints", "maxTaskRetryCount"))],
        ),
        (
            {"constraints": {"maxTaskRetryCount": 0}},
            {"constraints": {}},
            [("delete", ("constraints", "maxTaskRetryCount"))],
        ),
        (
            {"containerSettings": {"imageName": "u"}},
            {"containerSettings": {"imageName": "u", "containerHostBatchBindMounts": []}},
            [("add", ("containerSettings", "containerHostBatchBindMounts"))],
        ),
        (
            {"environmentSettings": [{"name": "A", "value": "1"}]},
            {"environmentSettings": [{"name": "A", "value": "2"}]},
            [("update", ("environmentSettings", 0, "value"))],
        ),
        (
            {"environmentSettings": [{"name": "A", "value": "1"}]},
            {"environmentSettings": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]},
            [("add", ("environmentSettings", 0))],
        ),
        (
            {"environmentSettings": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
            {"environmentSettings": [{"name": "A", "value": "1"}]},
            [("delete", ("environmentSettings", 1))],
        ),
        (
            {"resourceFiles": [{"httpUrl": SAS, "filePath": "a"}]},
            {"resourceFiles": [{"httpUrl": SAS.replace("sp=r&", "sp=rw&"), "filePath": "a"}]},
            [("update", ("resourceFiles", 0, "httpUrl"))],
        ),
        (
            {"resourceFiles": [{"httpUrl": SAS, "filePath": "a"}]},
            {"resourceFiles": [{"httpUrl": SAS.partition("?")[0], "filePath": "a"}]},
            [("update", ("resourceFiles", 0, "httpUrl"))],
        ),
        ({"exitConditions": {}}, {"exitConditions": {"default": {}}}, [("add", ("exitConditions", "default"))]),
        ({"userIdentity": {"username": "u"}}, {}, [("delete", ("userIdentity",))]),
        ({"commandLine": "run"}, {"commandLine": UNKNOWN}, [("update", ("commandLine",))]),
    ],
)
def test_what_means_something_else_is_named_by_its_path(
    old: dict[str, Any], new: dict[str, Any], expected: list[Any]
) -> None:
    assert paths(task(**old), task(**new)) == expected


def test_order_matters_where_the_service_may_care() -> None:
    one, other = {"httpUrl": "https://a/1", "filePath": "x"}, {"httpUrl": "https://a/2", "filePath": "x"}
    assert not same(Task, task(resourceFiles=[one, other]), task(resourceFiles=[other, one]))


def test_a_password_is_compared_like_any_other_text() -> None:
    def of(**registry: Any) -> dict[str, Any]:
        return {"startTask": {"commandLine": "x", "containerSettings": {"imageName": "u", "registry": registry}}}

    for old in ({"username": "u"}, {"username": "u", "password": "old"}):
        found = list(differences(PoolProperties, of(**old), of(username="u", password="new")))
        assert [item.path[-1] for item in found] == ["password"]


def test_in_free_json_null_is_absent_and_true_is_not_one() -> None:
    def of(settings: Any) -> dict[str, Any]:
        return {"name": "n", "publisher": "p", "type": "t", "settings": settings}

    assert same(VMExtension, of({"a": {"b": None, "c": 1.0}}), of({"a": {"c": 1}}))
    assert not same(VMExtension, of({"a": True}), of({"a": 1}))
    assert not same(VMExtension, of({"a": [None]}), of({"a": []}))


def test_a_url_without_a_signature_is_compared_as_it_stands() -> None:
    assert without_rotating("https://host/a?se=1&b=2") == "https://host/a?se=1&b=2"


def test_what_stays_of_a_signed_url_holds_no_signature() -> None:
    assert "AAA" not in without_rotating(SAS)

from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider.models.base import API_2024, API_VERSIONS
from azure_batch_provider.models.task import Task
from azure_batch_provider.values.unknown import UNKNOWN
from tests.models.breaking import failures, paths, put, warned
from tests.models.full_bodies import FULL_TASK, IDENTITY, SIGNED

BASIC = {"jobId": "jobId", "taskId": "task1", "commandLine": "cmd /c echo task1"}
ISOLATED = {"autoUser": {"scope": "task", "elevationLevel": "nonadmin"}}


def task(**more: Any) -> dict[str, Any]:
    return {**BASIC, **more}


@pytest.mark.parametrize("api_version", API_VERSIONS)
def test_a_task_with_every_property_is_accepted_by_both_api_versions(api_version: str) -> None:
    assert failures(Task, FULL_TASK, api_version) == {}


def test_the_full_task_names_every_property_there_is() -> None:
    assert set(FULL_TASK) == set(Task.properties())


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"containerSettings": {"imageName": "ubuntu", "containerHostBatchBindMounts": [{"source": "Task"}]}},
        {"containerSettings": {"imageName": "ubuntu", "containerRunOptions": "--rm"}, "userIdentity": ISOLATED},
        {"exitConditions": {"exitCodeRanges": [{"start": 2, "end": 4, "exitOptions": {"jobAction": "terminate"}}]}},
        {"requiredSlots": 2},
    ],
)
def test_the_documented_samples_are_accepted_without_a_warning(more: dict[str, Any]) -> None:
    assert failures(Task, task(**more)) == {}
    assert warned(Task, task(**more)) == {}


def test_a_bind_mount_source_that_is_mounted_twice_is_refused() -> None:
    mounts = [{"source": "Task", "isReadOnly": True}, {"source": "task", "isReadOnly": True}]
    found = failures(Task, task(containerSettings={"imageName": "ubuntu", "containerHostBatchBindMounts": mounts}))
    assert list(found) == ["containerSettings.containerHostBatchBindMounts[1].source"]
    assert "each source can be mounted once" in found["containerSettings.containerHostBatchBindMounts[1].source"]


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"taskId": "a" * 65}, "taskId", "has 65 characters, at most 64 are allowed"),
    ({"taskId": ""}, "taskId", "must not be empty"),
    ({"taskId": "a b"}, "taskId", "letters (A to Z), digits, hyphens and underscores"),
    ({"taskId": "ä"}, "taskId", "letters (A to Z), digits, hyphens and underscores"),
    ({"taskId": "a\n"}, "taskId", "letters (A to Z), digits, hyphens and underscores"),
    ({"jobId": "a/b"}, "jobId", "must be the id of a job"),
    ({"jobId": "a" * 65}, "jobId", "must be the id of a job"),
    ({"jobId": None}, "jobId", "is required"),
    ({"commandLine": None}, "commandLine", "is required"),
    ({"commandLine": ""}, "commandLine", "must not be empty"),
    ({"displayName": "x" * 1025}, "displayName", "has 1025 characters, at most 1024 are allowed"),
    ({"requiredSlots": 0}, "requiredSlots", "must be at least 1"),
    (
        {"requiredSlots": 2, "multiInstanceSettings": {"coordinationCommandLine": "x"}},
        "requiredSlots",
        "must be 1 for a multi-instance task",
    ),
    (
        {"multiInstanceSettings": {"coordinationCommandLine": "x", "numberOfInstances": 0}},
        "multiInstanceSettings.numberOfInstances",
        "must be at least 1",
    ),
    ({"multiInstanceSettings": {}}, "multiInstanceSettings.coordinationCommandLine", "is required"),
    ({"constraints": {"maxTaskRetryCount": -2}}, "constraints.maxTaskRetryCount", "must be at least -1"),
    ({"constraints": {"maxWallClockTime": "1h"}}, "constraints.maxWallClockTime", "ISO 8601 duration"),
    ({"constraints": {"retentionTime": "-P1D"}}, "constraints.retentionTime", "negative"),
    ({"constraints": {"retentionTime": "P" + "9" * 40 + "D"}}, "constraints.retentionTime", "must not be longer"),
    ({"affinityInfo": {}}, "affinityInfo.affinityId", "is required"),
    ({"userIdentity": {}}, "userIdentity", "one of `username`, `autoUser` must be given"),
    (
        {"userIdentity": {"username": "me", "autoUser": {}}},
        "userIdentity.autoUser",
        "only one of `username`, `autoUser` can be given",
    ),
    ({"userIdentity": {"autoUser": {"scope": "node"}}}, "userIdentity.autoUser.scope", "one of `task`, `pool`"),
    ({"dependsOn": {"taskIds": ["a", "b c"]}}, "dependsOn.taskIds[1]", "letters (A to Z)"),
    ({"dependsOn": {"taskIds": ["x" * 64] * 1001}}, "dependsOn.taskIds", "64064 characters together, at most 64000"),
    (
        {"dependsOn": {"taskIdRanges": [{"start": 2, "end": 1}]}},
        "dependsOn.taskIdRanges[0].end",
        "smaller than `start`",
    ),
    ({"dependsOn": {"taskIdRanges": [{"start": 2}]}}, "dependsOn.taskIdRanges[0].end", "is required"),
    (
        {"exitConditions": {"exitCodeRanges": [{"start": 4, "end": 3, "exitOptions": {}}]}},
        "exitConditions.exitCodeRanges[0].end",
        "smaller than `start`",
    ),
    ({"exitConditions": {"exitCodes": [{"code": 1}]}}, "exitConditions.exitCodes[0].exitOptions", "is required"),
    (
        {"exitConditions": {"default": {"jobAction": "stop"}}},
        "exitConditions.default.jobAction",
        "must be one of `none`, `disable`, `terminate`",
    ),
    ({"applicationPackageReferences": [{}]}, "applicationPackageReferences[0].applicationId", "is required"),
    ({"authenticationTokenSettings": {"access": ["pool"]}}, "authenticationTokenSettings.access[0]", "must be `job`"),
    ({"onMissing": "forget"}, "onMissing", "must be one of `recreate`, `ignore`"),
    ({"onFailure": "retry"}, "onFailure", "must be one of `keep`, `rerun`"),
    ({"awaitCompletion": {"timeout": "PT0S"}}, "awaitCompletion.timeout", "must be longer than nothing"),
    ({"awaitCompletion": {"timeout": 60}}, "awaitCompletion.timeout", "must be a string"),
    ({"environmentSettings": [{"value": "x"}]}, "environmentSettings[0].name", "is required"),
    ({"environmentSettings": [{"name": ""}]}, "environmentSettings[0].name", "must not be empty"),
    (
        {"certificateReferences": []},
        "certificateReferences",
        "is not a property of Task",
    ),
]


@pytest.mark.parametrize(("more", "path", "reason"), REFUSED)
def test_a_task_that_breaks_a_rule_is_refused_at_that_property(more: dict[str, Any], path: str, reason: str) -> None:
    found = failures(Task, task(**more))
    assert list(found) == [path]
    assert reason in found[path]


REFUSED_REGISTRIES: list[tuple[dict[str, Any], str, str]] = [
    (
        {"username": "u", "password": "p", "identityReference": IDENTITY},
        "identityReference",
        "`username` and `password`",
    ),
    ({"username": "u", "identityReference": IDENTITY}, "identityReference", "cannot be combined with `username`"),
    ({"password": "p"}, "username", "is required with `password`"),
    ({"registryServer": ""}, "registryServer", "must not be empty"),
]


@pytest.mark.parametrize(("registry", "name", "reason"), REFUSED_REGISTRIES)
def test_a_registry_login_that_is_not_one_of_the_two_kinds_is_refused(
    registry: dict[str, Any], name: str, reason: str
) -> None:
    found = failures(Task, task(containerSettings={"imageName": "ubuntu", "registry": registry}))
    assert list(found) == [f"containerSettings.registry.{name}"]
    assert reason in found[f"containerSettings.registry.{name}"]


REFUSED_FILES: list[tuple[dict[str, Any], str, str]] = [
    ({}, "", "one of `autoStorageContainerName`, `storageContainerUrl`, `httpUrl` must be given"),
    (
        {"autoStorageContainerName": "a", "httpUrl": SIGNED, "filePath": "x"},
        ".httpUrl",
        "not `autoStorageContainerName` and `httpUrl`",
    ),
    ({"httpUrl": SIGNED}, ".filePath", "is required with `httpUrl`"),
    ({"httpUrl": SIGNED, "filePath": "x", "blobPrefix": "p"}, ".blobPrefix", "not with `httpUrl`"),
    ({"httpUrl": "files/x", "filePath": "x"}, ".httpUrl", "complete URL"),
    ({"httpUrl": "ftp://host/x", "filePath": "x"}, ".httpUrl", "complete URL"),
    ({"httpUrl": "https://[half/x", "filePath": "x"}, ".httpUrl", "complete URL"),
    ({"storageContainerUrl": "container"}, ".storageContainerUrl", "complete URL"),
    ({"autoStorageContainerName": "a", "filePath": "/etc"}, ".filePath", "not an absolute path"),
    ({"autoStorageContainerName": "a", "filePath": "C:\\x"}, ".filePath", "not an absolute path"),
    ({"autoStorageContainerName": "a", "filePath": "\\\\server\\x"}, ".filePath", "not an absolute path"),
    ({"autoStorageContainerName": "a", "filePath": "../x"}, ".filePath", "by `..`"),
    ({"autoStorageContainerName": "a", "filePath": "a/../../x"}, ".filePath", "by `..`"),
    ({"autoStorageContainerName": "a", "filePath": "a\\..\\..\\x"}, ".filePath", "by `..`"),
    ({"autoStorageContainerName": "a", "fileMode": "rwx"}, ".fileMode", "octal digits"),
    ({"autoStorageContainerName": "a", "fileMode": "0788"}, ".fileMode", "octal digits"),
    ({"autoStorageContainerName": "a", "fileMode": "17777"}, ".fileMode", "octal digits"),
    (
        {"autoStorageContainerName": "a", "fileMode": 770},
        ".fileMode",
        "must be a string, not a number: write it in quotes",
    ),
    ({"autoStorageContainerName": ""}, ".autoStorageContainerName", "must not be empty"),
]


@pytest.mark.parametrize(("file", "name", "reason"), REFUSED_FILES)
def test_a_resource_file_that_breaks_a_rule_is_refused_wherever_it_stands(
    file: dict[str, Any], name: str, reason: str
) -> None:
    multi = {"coordinationCommandLine": "x", "commonResourceFiles": [file]}
    found = failures(Task, task(resourceFiles=[file], multiInstanceSettings=multi))
    assert list(found) == [f"multiInstanceSettings.commonResourceFiles[0]{name}", f"resourceFiles[0]{name}"]
    assert all(reason in text for text in found.values())


@pytest.mark.parametrize("path", ["a/../b", "./a", "a..b/..c", "a//b", "deep/er/../../x"])
def test_a_file_path_that_stays_in_the_working_directory_is_accepted(path: str) -> None:
    assert failures(Task, task(resourceFiles=[{"autoStorageContainerName": "a", "filePath": path}])) == {}


def output(container: Any = None, condition: Any = "tasksuccess") -> dict[str, Any]:
    return {
        "filePattern": "*",
        "destination": {"container": {"containerUrl": SIGNED} if container is None else container},
        "uploadOptions": {"uploadCondition": condition},
    }


REFUSED_OUTPUTS: list[tuple[dict[str, Any], str, str]] = [
    ({**output(), "uploadOptions": {}}, "uploadOptions.uploadCondition", "is required"),
    (output(condition="always"), "uploadOptions.uploadCondition", "`tasksuccess`, `taskfailure`, `taskcompletion`"),
    (output(container={}), "destination.container.containerUrl", "is required"),
    (output(container={"containerUrl": "out"}), "destination.container.containerUrl", "complete URL"),
    (
        output(
            container={"containerUrl": SIGNED, "uploadHeaders": [{"name": "Content-Type"}, {"name": "content-type"}]}
        ),
        "destination.container.uploadHeaders[1].name",
        "names do not differ by case",
    ),
    ({**output(), "filePattern": ""}, "filePattern", "must not be empty"),
    ({"filePattern": "*", "uploadOptions": {"uploadCondition": "taskfailure"}}, "destination", "is required"),
]


@pytest.mark.parametrize(("file", "name", "reason"), REFUSED_OUTPUTS)
def test_an_output_file_that_breaks_a_rule_is_refused(file: dict[str, Any], name: str, reason: str) -> None:
    found = failures(Task, task(outputFiles=[file]))
    assert list(found) == [f"outputFiles[0].{name}"]
    assert reason in found[f"outputFiles[0].{name}"]


DOUBTFUL: list[tuple[dict[str, Any], str, str]] = [
    ({"commandLine": "make && make install"}, "commandLine", "uses `&&`, which only a shell understands"),
    (
        {"multiInstanceSettings": {"coordinationCommandLine": "a | b"}},
        "multiInstanceSettings.coordinationCommandLine",
        "uses `|`",
    ),
    ({"constraints": {"maxWallClockTime": "P180DT1S"}}, "constraints.maxWallClockTime", "longer than 180 days"),
    ({"constraints": {"maxTaskRetryCount": -1}}, "constraints.maxTaskRetryCount", "without end"),
    ({"dependsOn": {"taskIds": ["a", "TASK1"]}}, "dependsOn.taskIds[1]", "the task itself"),
    ({"applicationPackageReferences": [{"applicationId": "a"}]}, "applicationPackageReferences[0]", "no `version`"),
    ({"authenticationTokenSettings": {}}, "authenticationTokenSettings", "retired"),
    ({"environmentSettings": [{"name": "A"}, {"name": "A"}]}, "environmentSettings[1].name", "again"),
    (
        {"exitConditions": {"exitCodes": [{"code": 1, "exitOptions": {}}, {"code": 1, "exitOptions": {}}]}},
        "exitConditions.exitCodes[1].code",
        "exitCodes[0] again",
    ),
    (
        {
            "exitConditions": {
                "exitCodeRanges": [
                    {"start": 7, "end": 9, "exitOptions": {}},
                    {"start": 1, "end": 20, "exitOptions": {}},
                ]
            }
        },
        "exitConditions.exitCodeRanges[0]",
        "overlaps exitCodeRanges[1]",
    ),
    (
        {"containerSettings": {"imageName": "i", "registry": {"username": "u"}}},
        "containerSettings.registry.username",
        "",
    ),
    (
        {"containerSettings": {"imageName": "i", "containerHostBatchBindMounts": [{}]}},
        "containerSettings.containerHostBatchBindMounts[0]",
        "does not say what to mount",
    ),
    ({"outputFiles": [{**output(), "destination": {}}]}, "outputFiles[0].destination", "`container` is missing"),
    (
        {"outputFiles": [output(container={"containerUrl": "https://a/b"})]},
        "outputFiles[0].destination.container.containerUrl",
        "no SAS",
    ),
    (
        {"outputFiles": [output(container={"containerUrl": "https://a/b?sp=r&sig=x"})]},
        "outputFiles[0].destination.container.containerUrl",
        "does not grant permission to write",
    ),
    (
        {"resourceFiles": [{"storageContainerUrl": "https://a/b?sp=w&sig=x"}]},
        "resourceFiles[0].storageContainerUrl",
        "does not grant permission to read and list",
    ),
    (
        {"resourceFiles": [{"httpUrl": "https://a/b?se=2020-01-01T00:00:00Z&sp=r&sig=x", "filePath": "b"}]},
        "resourceFiles[0].httpUrl",
        "expired on 2020-01-01",
    ),
    (
        {"resourceFiles": [{"autoStorageContainerName": "a", "identityReference": IDENTITY}]},
        "resourceFiles[0].identityReference",
        "has no effect",
    ),
    (
        {"resourceFiles": [{"storageContainerUrl": "https://a/b", "identityReference": {"resourceId": "me"}}]},
        "resourceFiles[0].identityReference.resourceId",
        "does not look like the ARM id",
    ),
    (
        {"resourceFiles": [{"storageContainerUrl": "https://a/b", "identityReference": {}}]},
        "resourceFiles[0].identityReference",
        "names no identity",
    ),
]


@pytest.mark.parametrize(("more", "path", "reason"), DOUBTFUL)
def test_what_cannot_work_as_written_is_warned_about_and_not_refused(
    more: dict[str, Any], path: str, reason: str
) -> None:
    assert failures(Task, task(**more)) == {}
    found = warned(Task, task(**more))
    assert list(found) == [path]
    assert reason in found[path]


@pytest.mark.parametrize("longest", ["P180D", "P10675199DT2H48M5.4775807S", "P10675199DT2H48M5.477S"])
def test_a_wall_clock_of_180_days_or_without_limit_is_no_doubt(longest: str) -> None:
    assert warned(Task, task(constraints={"maxWallClockTime": longest})) == {}


@pytest.mark.parametrize("job", ["a", "A_1-b", "a" * 64, "nightly:job-12"])
def test_a_task_can_go_to_any_job_also_to_one_that_a_schedule_made(job: str) -> None:
    assert failures(Task, task(jobId=job)) == {}


@pytest.mark.parametrize("path", paths(FULL_TASK), ids=str)
def test_a_value_that_is_not_known_yet_breaks_no_rule_and_raises_no_doubt(path: tuple[str | int, ...]) -> None:
    body = put(FULL_TASK, path, UNKNOWN)
    assert failures(Task, body, API_2024) == {}
    assert set(warned(Task, body)) <= {"authenticationTokenSettings"}


@pytest.mark.parametrize(
    ("more", "waits"),
    [
        ({"userIdentity": {"username": UNKNOWN, "autoUser": {}}}, "exclusive fields"),
        ({"userIdentity": {"username": UNKNOWN}}, "exactly one"),
        ({"resourceFiles": [{"httpUrl": UNKNOWN}]}, "a file path that another property asks for"),
        ({"resourceFiles": [{"httpUrl": "https://a/b", "filePath": UNKNOWN}]}, "a path that is not known"),
        ({"requiredSlots": 2, "multiInstanceSettings": UNKNOWN}, "slots"),
        ({"exitConditions": {"exitCodeRanges": [{"start": 4, "end": UNKNOWN, "exitOptions": {}}]}}, "a range"),
        ({"dependsOn": {"taskIds": UNKNOWN}}, "a list"),
        (
            {"containerSettings": {"imageName": "i", "containerHostBatchBindMounts": [{"source": UNKNOWN}] * 2}},
            "sources",
        ),
        ({"containerSettings": {"imageName": "i", "registry": {"username": UNKNOWN, "password": "p"}}}, "a login"),
        (
            {"containerSettings": {"imageName": "i", "registry": {"username": "u", "identityReference": UNKNOWN}}},
            "two kinds of login",
        ),
    ],
)
def test_a_rule_that_reaches_an_unknown_value_waits(more: dict[str, Any], waits: str) -> None:
    assert failures(Task, task(**more)) == {}, waits


def test_ids_that_are_too_long_together_are_refused_even_beside_unknown_ones() -> None:
    found = failures(Task, task(dependsOn={"taskIds": [UNKNOWN, *["x" * 64] * 1001]}))
    assert list(found) == ["dependsOn.taskIds"]


def test_every_change_of_a_task_replaces_it_except_what_is_only_the_providers() -> None:
    kept = {name for name in Task.properties() if not Task.requires_replace(name)}
    assert kept == {"onMissing", "awaitCompletion", "onFailure"}


def test_what_only_the_provider_knows_is_not_sent() -> None:
    kept = {name for name, prop in Task.properties().items() if not prop.traits.in_body}
    assert kept == {"jobId", "onMissing", "triggers", "awaitCompletion", "onFailure"}

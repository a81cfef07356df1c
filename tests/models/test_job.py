from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azure_batch_provider.models.attribute import FieldType
from azure_batch_provider.models.base import API_2024, API_2025, API_VERSIONS, Model
from azure_batch_provider.models.job import Job
from azure_batch_provider.properties.request_body import body
from azure_batch_provider.values.unknown import UNKNOWN
from tests.models.breaking import failures, paths, put, warned
from tests.models.job_bodies import FULL_JOB, FULL_JOBS, MANAGER, PREPARATION, RELEASE, SCALED, SUBNET, pool_info

BASIC: dict[str, Any] = {"jobId": "nightly", "poolInfo": {"poolId": "render"}}


def job(**more: Any) -> dict[str, Any]:
    return {**BASIC, **more}


@pytest.mark.parametrize("api_version", API_VERSIONS)
def test_a_job_with_every_property_is_accepted(api_version: str) -> None:
    assert failures(Job, FULL_JOBS[api_version], api_version) == {}


@pytest.mark.parametrize("api_version", API_VERSIONS)
def test_a_job_with_every_property_is_doubtful_only_where_a_pool_of_ours_has_no_identity(api_version: str) -> None:
    found = warned(Job, FULL_JOBS[api_version], api_version)
    assert found.pop("jobManagerTask.authenticationTokenSettings")
    assert found
    assert all(path.endswith("identityReference") and "this one has none" in found[path] for path in found)


def test_a_job_on_a_windows_pool_that_scales_by_formula_is_accepted_without_a_warning() -> None:
    assert failures(Job, job(poolInfo=pool_info(SCALED))) == {}
    assert warned(Job, job(poolInfo=pool_info(SCALED))) == {}


@pytest.mark.parametrize("more", [{}, {"jobId": None}, {"poolInfo": UNKNOWN}, {"jobManagerTask": None}])
def test_a_job_needs_no_more_than_a_pool(more: dict[str, Any]) -> None:
    assert failures(Job, job(**more)) == {}
    assert warned(Job, job(**more)) == {}


def test_the_full_jobs_name_every_property_that_there_is_at_any_depth() -> None:
    used: set[tuple[str, str]] = set()
    for whole in (*FULL_JOBS.values(), job(poolInfo=pool_info(SCALED))):
        used |= set(_used(Job, whole))
    # Excluded by what the full jobs have, and tried on their own.
    elsewhere = {
        ("PoolInfo", "poolId"),
        *(("VmImageReference", f"{kind}GalleryImageId") for kind in ("shared", "community")),
    }
    assert _all(Job) - used - elsewhere == set()


def _used(model: type[Model], value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, item in value.items():
        yield model.__name__, name
        field_type = model.properties()[name].type
        inner: FieldType = field_type.item or field_type
        if inner.model is not None:
            for part in item if isinstance(item, list) else [item]:
                yield from _used(inner.model, part)


def _all(model: type[Model]) -> set[tuple[str, str]]:
    found = {(model.__name__, name) for name in model.properties()}
    for prop in model.properties().values():
        inner = prop.type.item or prop.type
        if inner.model is not None:
            found |= _all(inner.model)
    return found


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"jobId": "a" * 65}, "jobId", "has 65 characters, at most 64 are allowed"),
    ({"jobId": "a:job-1"}, "jobId", "letters (A to Z)"),
    ({"displayName": "x" * 1025}, "displayName", "at most 1024"),
    ({"priority": 1001}, "priority", "must be at most 1000"),
    ({"priority": -1001}, "priority", "must be at least -1000"),
    ({"priority": True}, "priority", "must be a whole number"),
    ({"maxParallelTasks": 0}, "maxParallelTasks", "must be more than 0, or -1 for no limit"),
    ({"maxParallelTasks": -2}, "maxParallelTasks", "must be at least -1"),
    ({"constraints": {"maxTaskRetryCount": -2}}, "constraints.maxTaskRetryCount", "must be at least -1"),
    ({"constraints": {"maxWallClockTime": "2 days"}}, "constraints.maxWallClockTime", "ISO 8601 duration"),
    ({"onAllTasksComplete": "terminate"}, "onAllTasksComplete", "must be one of `noaction`, `terminatejob`"),
    ({"onTaskFailure": "fail"}, "onTaskFailure", "must be one of `noaction`, `performexitoptionsjobaction`"),
    ({"networkConfiguration": {}}, "networkConfiguration.subnetId", "is required"),
    ({"metadata": [{"name": "", "value": "x"}]}, "metadata[0].name", "must not be empty"),
    ({"deletionPolicy": "clear"}, "deletionPolicy", "must be one of `delete`, `terminate`, `retain`"),
    ({"onMissing": "forget"}, "onMissing", "must be one of `recreate`, `ignore`"),
    ({"takeOver": "yes"}, "takeOver", "must be true or false"),
    ({"poolInfo": None}, "poolInfo", "is required"),
    ({"poolInfo": {}}, "poolInfo", "one of `poolId`, `autoPoolSpecification` must be given"),
    (
        {"poolInfo": {"poolId": "p", **pool_info(SCALED)}},
        "poolInfo.autoPoolSpecification",
        "only one of `poolId`, `autoPoolSpecification` can be given",
    ),
    ({"poolInfo": {"poolId": "a b"}}, "poolInfo.poolId", "letters (A to Z)"),
    ({"jobManagerTask": {"id": "m"}}, "jobManagerTask.commandLine", "is required"),
    ({"jobManagerTask": {"commandLine": "m"}}, "jobManagerTask.id", "is required"),
    ({"jobManagerTask": {**MANAGER, "requiredSlots": 0}}, "jobManagerTask.requiredSlots", "must be at least 1"),
    ({"jobManagerTask": {**MANAGER, "displayName": "x" * 1025}}, "jobManagerTask.displayName", "at most 1024"),
    ({"jobPreparationTask": {}}, "jobPreparationTask.commandLine", "is required"),
    ({"jobReleaseTask": {"commandLine": "x"}}, "jobPreparationTask", "is required with `jobReleaseTask`"),
    (
        {"jobPreparationTask": PREPARATION, "jobReleaseTask": {**RELEASE, "maxWallClockTime": "PT15M1S"}},
        "jobReleaseTask.maxWallClockTime",
        "must be at most PT15M",
    ),
    (
        {"jobPreparationTask": {"commandLine": "x"}, "jobReleaseTask": {"commandLine": "x", "id": "JobPreparation"}},
        "jobReleaseTask.id",
        "is the id of `jobPreparationTask` already",
    ),
    (
        {"jobManagerTask": {"id": "a", "commandLine": "x"}, "jobPreparationTask": {"id": "A", "commandLine": "x"}},
        "jobPreparationTask.id",
        "is the id of `jobManagerTask` already",
    ),
    (
        {"jobManagerTask": {"id": "jobrelease", "commandLine": "x"}, "jobPreparationTask": PREPARATION}
        | {"jobReleaseTask": {"commandLine": "x"}},
        "jobReleaseTask.id",
        "is the id of `jobManagerTask` already",
    ),
    ({"maxTaskRetryCount": 3}, "maxTaskRetryCount", "is not a property of Job"),
]


@pytest.mark.parametrize(("more", "path", "reason"), REFUSED)
def test_a_job_that_breaks_a_rule_is_refused_at_that_property(more: dict[str, Any], path: str, reason: str) -> None:
    found = failures(Job, job(**more))
    assert [name for name in found if not name.endswith("identityReference")] == [path]
    assert reason in found[path]


DOUBTFUL: list[tuple[dict[str, Any], str, str]] = [
    ({"constraints": {"maxTaskRetryCount": -1}}, "constraints.maxTaskRetryCount", "retries without end"),
    (
        {"commonEnvironmentSettings": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
        "commonEnvironmentSettings[1].name",
        "only one of them",
    ),
    ({"jobManagerTask": {"id": "m", "commandLine": "a && b"}}, "jobManagerTask.commandLine", "only a shell"),
    ({"jobPreparationTask": {"commandLine": "echo $HOME"}}, "jobPreparationTask.commandLine", "only a shell"),
    (
        {"jobPreparationTask": {"commandLine": "x"}, "jobReleaseTask": {"commandLine": "a > b"}},
        "jobReleaseTask.commandLine",
        "only a shell",
    ),
    (
        {"poolInfo": {"autoPoolSpecification": {"poolLifetimeOption": "jobschedule", "pool": SCALED}}},
        "poolInfo.autoPoolSpecification.poolLifetimeOption",
        "for job schedules",
    ),
    (
        {"poolInfo": {"autoPoolSpecification": {"poolLifetimeOption": "job"}}},
        "poolInfo.autoPoolSpecification",
        "`pool` is missing",
    ),
    (
        {"poolInfo": pool_info(SCALED)}
        | {"jobManagerTask": {"id": "m", "commandLine": "x", "containerSettings": {"imageName": "u"}}},
        "jobManagerTask.containerSettings",
        "its pool has no `containerConfiguration`",
    ),
    (
        {"poolInfo": FULL_JOB["poolInfo"], "jobManagerTask": {"id": "m", "commandLine": "x"}},
        "jobManagerTask",
        "needs `containerSettings`",
    ),
]


@pytest.mark.parametrize(("more", "path", "reason"), DOUBTFUL)
def test_a_job_that_cannot_work_as_written_is_warned_about(more: dict[str, Any], path: str, reason: str) -> None:
    assert failures(Job, job(**more)) == {}
    found = warned(Job, job(**more))
    assert [name for name in found if not name.endswith("identityReference")] == [path]
    assert reason in found[path]


@pytest.mark.parametrize(
    "more",
    [
        {"onAllTasksComplete": "terminatejob", "jobManagerTask": {"id": "m", "commandLine": "x"}},
        {"jobReleaseTask": {"commandLine": "x"}, "jobPreparationTask": UNKNOWN},
        {"jobReleaseTask": {"commandLine": "x", "id": UNKNOWN}, "jobPreparationTask": {"commandLine": "x"}},
        {"poolInfo": {"poolId": UNKNOWN, "autoPoolSpecification": None}},
        {"poolInfo": {"autoPoolSpecification": UNKNOWN}},
        {"poolInfo": pool_info({**SCALED, "virtualMachineConfiguration": UNKNOWN}), "jobManagerTask": MANAGER},
        {"maxParallelTasks": -1, "priority": 0, "takeOver": False, "metadata": []},
    ],
)
def test_nothing_is_guessed_about_what_is_unknown(more: dict[str, Any]) -> None:
    assert failures(Job, job(**more)) == {}
    assert list(warned(Job, job(**more))) in ([], ["jobManagerTask.authenticationTokenSettings"])


# Where another value follows from one that a preview does not know yet, the rule about both waits.
@pytest.mark.parametrize("api_version", [pytest.param(API_2024, marks=pytest.mark.long), API_2025])
def test_any_value_of_a_right_job_may_be_unknown(api_version: str) -> None:
    whole = FULL_JOBS[api_version]
    for path in paths(whole):
        assert failures(Job, put(whole, path, UNKNOWN), api_version) == {}, path
        warned(Job, put(whole, path, UNKNOWN), api_version)


def test_null_is_the_same_as_leaving_out_wherever_something_is_optional() -> None:
    for path in paths(FULL_JOB):
        if not isinstance(path[-1], str) or _free(path):
            continue
        without = copy.deepcopy(FULL_JOB)
        parent: Any = without
        for part in path[:-1]:
            parent = parent[part]
        del parent[path[-1]]
        assert failures(Job, put(FULL_JOB, path, None)) == failures(Job, without), path


def _free(path: tuple[str | int, ...]) -> bool:
    return "settings" in path[:-1] or "protectedSettings" in path[:-1]


GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
JOB_PATHS = paths(FULL_JOB)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(JOB_PATHS), GARBAGE), min_size=1, max_size=3))
def test_whatever_stands_anywhere_in_a_job_is_answered_and_not_crashed_on(
    edits: list[tuple[tuple[str | int, ...], Any]],
) -> None:
    whole: dict[str, Any] = FULL_JOB
    for path, value in edits:
        try:
            whole = put(whole, path, value)
        except (KeyError, IndexError, TypeError):
            continue
    failures(Job, whole)
    warned(Job, whole)


def test_no_reason_and_no_warning_repeats_a_text_of_the_job() -> None:
    planted = "Qx7-planted"
    for path in paths(FULL_JOB):
        whole = put(FULL_JOB, path, f"{planted}\n!")
        for reason in (*failures(Job, whole).values(), *warned(Job, whole).values()):
            assert planted not in reason, path


def test_the_body_of_a_job_has_what_is_declared_and_nothing_of_ours() -> None:
    sent = body(Job, FULL_JOB)
    assert set(FULL_JOB) - set(sent) == {
        *("jobId", "takeOver", "deletionPolicy", "onMissing", "movePool", "disableTasks")
    }
    assert sent["id"] == FULL_JOB["jobId"]
    assert sent["poolInfo"]["autoPoolSpecification"]["pool"]["virtualMachineConfiguration"]["osDisk"][
        "ephemeralOSDiskSettings"
    ] == {"placement": "cachedisk"}


@pytest.mark.parametrize(
    "name",
    [
        "jobId",
        "usesTaskDependencies",
        "onTaskFailure",
        "commonEnvironmentSettings",
        "jobManagerTask",
        "jobPreparationTask",
        "jobReleaseTask",
        "poolInfo",
    ],
)
def test_what_only_creation_can_set_takes_a_new_job(name: str) -> None:
    assert Job.requires_replace(name)


@pytest.mark.parametrize(
    "name",
    [
        "priority",
        "allowTaskPreemption",
        "maxParallelTasks",
        "constraints",
        "onAllTasksComplete",
        "metadata",
        "networkConfiguration",
        "takeOver",
        "deletionPolicy",
        "onMissing",
        "movePool",
        "disableTasks",
    ],
)
def test_what_the_service_lets_change_is_changed_in_place(name: str) -> None:
    assert not Job.requires_replace(name)


def test_what_the_service_keeps_is_not_worth_a_new_job() -> None:
    assert [name for name, found in Job.properties().items() if found.traits.fixed] == ["displayName"]
    assert not Job.requires_replace("displayName")


def test_subnets_of_the_job_are_compared_without_case() -> None:
    network = Job.properties()["networkConfiguration"].type.model
    assert network is not None
    assert network.properties()["subnetId"].type.kind == "caseless"
    assert failures(Job, job(networkConfiguration={"subnetId": SUBNET.upper()})) == {}


BOUND = [
    (API_2024, "certificateReferences"),
    (API_2024, "resourceTags"),
    (API_2024, "targetNodeCommunicationMode"),
    (API_2024, "virtualMachineConfiguration.dataDisks[0].storageAccountType"),
    (API_2025, "taskSchedulingPolicy.jobDefaultOrder"),
    (API_2025, "networkConfiguration.publicIPAddressConfiguration.ipFamilies"),
    (API_2025, "networkConfiguration.publicIPAddressConfiguration.ipTags"),
    (API_2025, "virtualMachineConfiguration.dataDisks[0].managedDisk"),
    (API_2025, "virtualMachineConfiguration.dataDisks[0].managedDisk.diskEncryptionSet"),
    (API_2025, "virtualMachineConfiguration.diskEncryptionConfiguration.customerManagedKey"),
    (API_2025, "virtualMachineConfiguration.securityProfile.proxyAgentSettings"),
]


@pytest.mark.parametrize("api_version", API_VERSIONS)
def test_what_only_the_other_api_version_knows_is_refused_by_name(api_version: str) -> None:
    (other,) = (version for version in API_VERSIONS if version != api_version)
    found = failures(Job, FULL_JOBS[other], api_version)
    pool = "poolInfo.autoPoolSpecification.pool."
    assert sorted(found) == sorted(pool + name for version, name in BOUND if version == other)
    assert all(other in reason for reason in found.values())

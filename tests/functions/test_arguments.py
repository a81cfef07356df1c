"""What is wrong with arguments is said by name and all at once, before anything is asked of the service."""

from __future__ import annotations

from typing import Any, Final

import grpc
import pytest

from azure_batch_provider.values.unknown import UNKNOWN
from tests.emulator_process import EmulatorProcess
from tests.marks import Secret
from tests.properties.provider import Provider

NEITHER: Final = "`id`, or `jobId` and `taskId`, must be given"


@pytest.mark.parametrize(
    ("function", "asked", "failures"),
    [
        ("getPool", {}, {"": "`id`, or `poolId`, must be given"}),
        ("getPool", {"id": None}, {"": "`id`, or `poolId`, must be given"}),
        ("getPool", {"id": "pool"}, {"id": "`id` must be the id of a resource, of the form pools/POOL"}),
        ("getPool", {"id": "jobs/job"}, {"id": "`id` must be the id of a resource, of the form pools/POOL"}),
        ("getPool", {"id": "pools/../jobs"}, {"id": "`id` must be the id of a resource, of the form pools/POOL"}),
        ("getPool", {"id": "pools/a", "poolId": "a"}, {"poolId": "cannot be given beside `id`, which says it already"}),
        ("getPool", {"poolId": "a b"}, {"poolId": "may only consist of letters (A to Z), digits, hyphens"}),
        ("getPool", {"poolid": "a"}, {"poolid": "did you mean `poolId`?", "": "must be given"}),
        ("getTask", {"id": "jobs/job"}, {"id": "of the form jobs/JOB/tasks/TASK"}),
        ("getTask", {"jobId": "job"}, {"": NEITHER}),
        ("getTask", {"taskId": "t"}, {"": NEITHER}),
        (
            "getTask",
            {"id": "jobs/j/tasks/t", "jobId": "j", "taskId": "t"},
            {"jobId": "cannot be given beside `id`", "taskId": "cannot be given beside `id`"},
        ),
        ("getTasks", {"id": "jobs/j/files"}, {"id": "of the form jobs/JOB, jobs/JOB/collections/COLLECTION or jobs"}),
        ("getTasks", {"jobId": "j", "maxResults": 0}, {"maxResults": "must be at least 1"}),
        ("getTasks", {"jobId": "j", "filter": ""}, {"filter": "must not be empty"}),
        ("getNodeCounts", {"id": "pools/a", "poolId": "a"}, {"poolId": "cannot be given beside `id`"}),
        ("getApplications", {"filter": "id eq 'a'"}, {"filter": "is not a property of GetApplications"}),
        ("getTaskFile", {"id": "jobs/j/tasks/t", "maxBytes": 2**20 + 1}, {"maxBytes": "must be at most 1048576"}),
        ("getTaskFile", {"id": "jobs/j/tasks/t", "maxBytes": "9"}, {"maxBytes": "write it without quotes"}),
        ("getTaskFile", {"id": "jobs/j/tasks/t", "filePath": "../a"}, {"filePath": "must lead from the directory"}),
        ("getTaskFile", {"id": "jobs/j/tasks/t", "filePath": "/etc/a"}, {"filePath": "must lead from the directory"}),
        ("getTaskFile", {"id": "jobs/j/tasks/t", "filePath": "wd\\..\\a"}, {"filePath": "must lead from the direct"}),
    ],
)
def test_what_is_wrong_is_named(
    emulator: EmulatorProcess, provider: Provider, function: str, asked: dict[str, Any], failures: dict[str, str]
) -> None:
    answer, found = provider.invoke(function, asked)
    assert answer == {}
    assert [path for path, _ in found] == list(failures)
    for path, reason in found:
        assert failures[path] in reason
        assert not path or reason.startswith(f"`{path}` ")
    assert emulator.requests() == []


def test_a_function_that_does_not_exist_is_refused_with_those_that_do(provider: Provider) -> None:
    with pytest.raises(
        grpc.RpcError, match=r"getPod is not a function .* azure-batch:index:getPool, .*function-unknown"
    ):
        provider.invoke("getPod", {})


def test_what_is_not_known_yet_has_no_answer_yet(emulator: EmulatorProcess, provider: Provider) -> None:
    assert provider.invoke("getPool", {"id": UNKNOWN}, preview=True) == ({}, [])
    assert provider.invoke("getTask", {"jobId": "job", "taskId": UNKNOWN}, preview=True) == ({}, [])
    assert emulator.requests() == []


@pytest.mark.parametrize(
    ("function", "id", "code"),
    [
        ("getPool", "pools/none", "PoolNotFound"),
        ("getNodes", "pools/none", "PoolNotFound"),
        ("getJob", "jobs/none", "JobNotFound"),
        ("getJobTaskCounts", "jobs/none", "JobNotFound"),
        ("getTasks", "jobs/none", "JobNotFound"),
        ("getJobs", "jobschedules/none", "JobScheduleNotFound"),
        ("getJobSchedule", "jobschedules/none", "JobScheduleNotFound"),
        ("getTask", "jobs/job/tasks/none", "TaskNotFound"),
        ("getTaskFile", "jobs/job/tasks/none", "TaskNotFound"),
    ],
)
def test_what_is_not_there_is_an_error_that_says_in_a_preview_why_it_may_be_so(
    provider: Provider, function: str, id: str, code: str
) -> None:
    with pytest.raises(grpc.RpcError, match=rf"404 {code}.*reads what is there when it is called.*not-there\]") as now:
        provider.invoke(function, {"id": id})
    assert "preview" not in str(now.value)
    with pytest.raises(grpc.RpcError, match=rf"404 {code}.*before the plan is carried out.*not-there-yet"):
        provider.invoke(function, {"id": id}, preview=True)


def test_a_secret_argument_makes_all_of_the_answer_secret_and_is_in_no_error(provider: Provider) -> None:
    answer, _ = provider.invoke("getPool", {"id": Secret("pools/pool")})
    assert answer and all(isinstance(value, Secret) for value in answer.values())
    with pytest.raises(grpc.RpcError) as raised:
        provider.invoke("getPool", {"poolId": Secret("hush-hush")})
    assert "PoolNotFound" in str(raised.value) and "hush-hush" not in str(raised.value)
    _, failures = provider.invoke("getPool", {"poolId": Secret("hush hush")})
    assert failures and "hush" not in str(failures)


def test_a_filter_that_the_service_refuses_is_an_error_with_its_reason(provider: Provider) -> None:
    with pytest.raises(grpc.RpcError, match=r"400 InvalidQueryParameterValue.*if it was not your filter"):
        provider.invoke("getTasks", {"jobId": "job", "filter": "colour eq 'red'"})

"""Every operation against the emulator, in both api-versions."""

from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider.batch import operations
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.config.resolve import configuration
from azure_batch_provider.http.errors import ProtocolError, ServiceError
from azure_batch_provider.sign_in.shared_key import SharedKey
from tests.emulator_process import EmulatorProcess
from tests.http.conftest import Connect
from tests.http.scripted_service import Answer, ScriptedService

POOL: dict[str, Any] = {
    "id": "render",
    "vmSize": "standard_d2s_v3",
    "targetDedicatedNodes": 0,
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    },
}
JOB: dict[str, Any] = {"id": "nightly", "poolInfo": {"poolId": "render"}}


@pytest.fixture
def job(emulator: EmulatorProcess) -> str:
    emulator.post("/pools", POOL)
    emulator.post("/jobs", JOB)
    emulator.clear_requests()
    return "nightly"


def test_pool_properties_are_read_and_replaced(
    client: BatchClient, api_version: str, emulator: EmulatorProcess
) -> None:
    emulator.post("/pools", POOL)
    body = {
        "startTask": {"commandLine": "/bin/bash -c 'echo start task'"},
        "applicationPackageReferences": [],
        "metadata": [{"name": "a", "value": "b"}],
        **({"certificateReferences": []} if api_version.startswith("2024") else {}),
    }
    client.call(operations.REPLACE_POOL_PROPERTIES, "render", body=body)
    pool = client.get(operations.GET_POOL, "render", select="id,startTask,metadata")
    assert pool["startTask"]["commandLine"] == "/bin/bash -c 'echo start task'"
    assert pool["metadata"] == [{"name": "a", "value": "b"}]
    assert "vmSize" not in pool
    assert client.get(operations.GET_POOL, "render")["vmSize"] == "standard_d2s_v3"


def test_a_job_is_created_read_patched_terminated_and_deleted(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.post("/pools", POOL)
    created = client.call(operations.CREATE_JOB, body=JOB)
    assert created.status == 201
    assert created.body is None
    etag = client.get(operations.GET_JOB, "nightly")["eTag"]
    patched = client.call(operations.UPDATE_JOB, "nightly", body={"priority": 7}, if_match=etag)
    assert patched.headers["ETag"] != etag
    assert client.get(operations.GET_JOB, "nightly", select="id,priority")["priority"] == 7
    with pytest.raises(ServiceError) as raised:
        client.call(operations.UPDATE_JOB, "nightly", body={"priority": 8}, if_match=etag)
    assert (raised.value.status, raised.value.code) == (412, "ConditionNotMet")
    client.call(operations.TERMINATE_JOB, "nightly", body={"terminateReason": "enough"})
    emulator.settle()
    assert client.get(operations.GET_JOB, "nightly")["executionInfo"]["terminateReason"] == "enough"
    client.call(operations.DELETE_JOB, "nightly")
    emulator.settle()
    with pytest.raises(ServiceError) as gone:
        client.get(operations.GET_JOB, "nightly")
    assert gone.value.is_not_found


def test_a_job_is_terminated_without_a_reason(client: BatchClient, job: str, emulator: EmulatorProcess) -> None:
    client.call(operations.TERMINATE_JOB, job)
    emulator.settle()
    assert client.get(operations.GET_JOB, job)["executionInfo"]["terminateReason"] == "UserTerminate"


def test_a_task_is_added_read_and_deleted(client: BatchClient, job: str, emulator: EmulatorProcess) -> None:
    body = {"id": "t1", "commandLine": "bash -c 'echo hello'"}
    reply = client.call(operations.CREATE_TASK, job, body=body)
    assert (reply.status, reply.body) == (201, None)
    assert reply.headers["ETag"] == client.get(operations.GET_TASK, job, "t1")["eTag"]
    assert client.get(operations.GET_TASK, job, "t1", select="commandLine")["commandLine"] == "bash -c 'echo hello'"
    assert client.task_counts(job)["active"] == 1
    with pytest.raises(ServiceError, match="import the task that has it") as exists:
        client.call(operations.CREATE_TASK, job, body=body)
    assert exists.value.status == 409
    client.call(operations.DELETE_TASK, job, "t1")
    emulator.settle()
    with pytest.raises(ServiceError) as gone:
        client.call(operations.DELETE_TASK, job, "t1")
    assert (gone.value.is_not_found, gone.value.code) == (True, "TaskNotFound")
    sent = [entry for entry in emulator.requests() if entry["method"] == "POST" and entry["path"].endswith("/tasks")]
    assert sent[0]["body"] == body


def test_lists_go_through_all_pages(client: BatchClient, job: str, emulator: EmulatorProcess) -> None:
    for first in range(0, 1100, 100):
        tasks = [{"id": f"t{number:04}", "commandLine": "true"} for number in range(first, first + 100)]
        emulator.post(f"/jobs/{job}/addtaskcollection", {"value": tasks})
    emulator.clear_requests()
    found = client.list_all(operations.LIST_TASKS, job, select="id,state")
    assert [task["id"] for task in found] == [f"t{n:04}" for n in range(1100)]
    pages = [entry for entry in emulator.requests() if entry["method"] == "GET"]
    assert len(pages) == 2
    assert all(page["query"]["$select"] == "id,state" for page in pages)


def test_lists_are_filtered_by_the_service(client: BatchClient, job: str) -> None:
    for name in ("a1", "a2", "b1"):
        client.call(operations.CREATE_TASK, job, body={"id": name, "commandLine": "true"})
    tasks = client.list_all(operations.LIST_TASKS, job, filter="startswith(id,'a')", select="id")
    assert [task["id"] for task in tasks] == ["a1", "a2"]
    jobs = client.list_all(operations.LIST_JOBS, select="id", filter="id eq 'nightly'")
    assert [found["id"] for found in jobs] == ["nightly"]
    assert list(client.list_all(operations.LIST_JOBS, filter="id eq 'other'")) == []


def test_a_wrong_key_is_refused_and_says_what_to_check(emulator: EmulatorProcess, connect: Connect) -> None:
    client = BatchClient(connect(emulator.endpoint, SharedKey(emulator.account, "d3Jvbmc=")))
    with pytest.raises(
        ServiceError, match=r"AuthenticationFailed.*Check that `accountName` and `accountKey`"
    ) as raised:
        client.get(operations.GET_JOB, "nightly")
    assert raised.value.credentials_refused


def test_a_wrong_account_is_refused(emulator: EmulatorProcess, connect: Connect) -> None:
    client = BatchClient(connect(emulator.endpoint, SharedKey("somebodyelse", emulator.key)))
    with pytest.raises(ServiceError) as raised:
        client.get(operations.GET_JOB, "nightly")
    assert raised.value.credentials_refused


@pytest.mark.parametrize("status", [429, 503])
def test_a_throttled_write_is_carried_out_once(
    client: BatchClient, job: str, emulator: EmulatorProcess, status: int
) -> None:
    emulator.fault(method="POST", path="/jobs/*/tasks", status=status, retryAfter=7, times=2)
    client.call(operations.CREATE_TASK, job, body={"id": "t1", "commandLine": "true"})
    statuses = [entry["status"] for entry in emulator.requests() if entry["path"] == f"/jobs/{job}/tasks"]
    assert statuses == [status, status, 201]


def test_an_answer_lost_after_the_write_ends_as_an_uncertain_conflict(
    client: BatchClient, job: str, emulator: EmulatorProcess
) -> None:
    emulator.fault(method="POST", path="/jobs/*/tasks", drop="after")
    with pytest.raises(ServiceError) as raised:
        client.call(operations.CREATE_TASK, job, body={"id": "t1", "commandLine": "true"})
    assert (raised.value.code, raised.value.uncertain) == ("TaskExists", True)
    assert client.get(operations.GET_TASK, job, "t1")["id"] == "t1"


def test_a_client_is_made_from_a_configuration(emulator: EmulatorProcess) -> None:
    lines: list[str] = []
    client = BatchClient.connect(configuration({}, emulator.environment()), log=lines.append, user_agent="tests/1")
    assert list(client.list_all(operations.LIST_JOBS)) == []
    client.close()
    assert len(lines) == 1
    assert lines[0].startswith("GET /jobs 200 ")


@pytest.mark.parametrize("name", ["a/b", "a b", "a?b", "a#b", "a%2Fb", "\u00fc", "..a"])
def test_ids_are_encoded_into_the_path(connect: Connect, name: str) -> None:
    from urllib.parse import unquote

    with ScriptedService(Answer(200, {"id": name})) as service:
        BatchClient(connect(service.endpoint)).get(operations.GET_TASK, "j", name)
    path = service.requests[0].path
    assert path.count("/") == 4
    assert unquote(path.rpartition("/")[2]) == name


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_an_id_never_leads_to_another_resource(connect: Connect, name: str) -> None:
    with ScriptedService() as service:
        with pytest.raises(ValueError, match="cannot be an id"):
            BatchClient(connect(service.endpoint)).call(operations.DELETE_TASK, "j", name)
    assert service.requests == []


@pytest.mark.parametrize(
    "link", ["https://evil.example.com/jobs?$skiptoken=1", "http://127.0.0.1:1/jobs?$skiptoken=1", "/jobs?x=1", "::"]
)
def test_a_further_page_on_another_host_is_not_fetched(connect: Connect, link: str) -> None:
    with ScriptedService(Answer(200, {"value": [{"id": "a"}], "odata.nextLink": link})) as service:
        found = BatchClient(connect(service.endpoint)).list_all(operations.LIST_JOBS)
        assert next(found) == {"id": "a"}
        with pytest.raises(ProtocolError, match="not followed"):
            next(found)
    assert len(service.requests) == 1


def test_further_pages_keep_the_query_of_the_link_and_our_own_parameters(connect: Connect) -> None:
    with ScriptedService(Answer(200, {"value": []})) as service:
        link = (
            f"{service.endpoint}/jobs?api-version=2019-01-01&timeout=5&%24filter=id%20eq%20'a%2Bb'&$skiptoken=a%2Fb%3D"
        )
        service.script(Answer(200, {"value": [], "odata.nextLink": link}), Answer(200, {"value": []}))
        assert list(BatchClient(connect(service.endpoint)).list_all(operations.LIST_JOBS, filter="id eq 'a+b'")) == []
    assert service.requests[1].query == {
        "$filter": "id eq 'a+b'",
        "$skiptoken": "a/b=",
        "api-version": "2025-06-01",
        "timeOut": "30",
    }


def test_pages_that_lead_in_a_circle_are_noticed(connect: Connect) -> None:
    with ScriptedService() as service:
        service.script(Answer(200, {"value": [], "odata.nextLink": f"{service.endpoint}/jobs?$skiptoken=1"}))
        with pytest.raises(ProtocolError, match="back to an earlier one"):
            list(BatchClient(connect(service.endpoint)).list_all(operations.LIST_JOBS))
    assert len(service.requests) == 2


@pytest.mark.parametrize("body", [None, [], "text", {"value": {}}])
def test_a_list_of_another_shape_is_not_believed(connect: Connect, body: Any) -> None:
    with ScriptedService(Answer(200, body)) as service, pytest.raises(ProtocolError, match="not one of Azure Batch"):
        list(BatchClient(connect(service.endpoint)).list_all(operations.LIST_JOBS))


def test_something_that_is_no_object_is_not_believed(connect: Connect) -> None:
    with ScriptedService(Answer(200, [])) as service, pytest.raises(ProtocolError, match="without an object"):
        BatchClient(connect(service.endpoint)).get(operations.GET_POOL, "p")

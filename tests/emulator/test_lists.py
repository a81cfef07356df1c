from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from azure.batch import BatchClient

from tests.emulator.parts import MACHINE, POOL_INFO, job_options, pool_options, task_options, values_of
from tests.emulator_process import V2024, V2025, EmulatorProcess


@pytest.fixture
def job(emulator: EmulatorProcess) -> str:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    ids = ["b", "A", "c", "t10", "t2"]
    emulator.post("/jobs/j1/addtaskcollection", {"value": [{"id": name, "commandLine": name} for name in ids]})
    return "j1"


def test_items_come_in_the_order_of_their_ids(emulator: EmulatorProcess, job: str) -> None:
    assert [task["id"] for task in emulator.get("/jobs/j1/tasks")["value"]] == ["A", "b", "c", "t10", "t2"]


@pytest.mark.parametrize("version", [V2024, V2025])
def test_a_list_comes_in_pages_that_repeat_the_query(emulator: EmulatorProcess, job: str, version: str) -> None:
    query = "maxresults=2&$select=id&timeOut=30&$filter=" + quote("state eq 'active'")
    first = emulator.get(f"/jobs/j1/tasks?{query}", version)
    assert first["odata.metadata"] == f"{emulator.endpoint}/$metadata#tasks"
    assert first["value"] == [{"id": "A"}, {"id": "b"}]
    link = urlsplit(first["odata.nextLink"])
    assert f"{link.scheme}://{link.netloc}{link.path}" == f"{emulator.endpoint}/jobs/j1/tasks"
    again = parse_qs(link.query)
    assert again.pop("$skiptoken")
    assert again == {
        "maxresults": ["2"],
        "$select": ["id"],
        "$filter": ["state eq 'active'"],
        "timeOut": ["30"],
        "api-version": [version],
    }
    second = emulator.get(f"{link.path}?{link.query}", version)
    third = emulator.get("{0.path}?{0.query}".format(urlsplit(second["odata.nextLink"])), version)
    assert [second["value"], third["value"]] == [[{"id": "c"}, {"id": "t10"}], [{"id": "t2"}]]
    assert "odata.nextLink" not in third


def test_a_page_that_is_just_full_is_the_last(emulator: EmulatorProcess, job: str) -> None:
    assert "odata.nextLink" not in emulator.get("/jobs/j1/tasks?maxresults=5")


def test_the_client_reads_every_page_while_items_come_and_go(client: BatchClient, job: str) -> None:
    seen = []
    for task in client.list_tasks(job, max_results=1):
        seen.append(str(task.id))
        if task.id == "b":
            client.delete_task(job, "b")
            client.delete_task(job, "c")
            client.create_task(job, task_options("bb"))
    assert seen == ["A", "b", "bb", "t10", "t2"]


def test_a_page_holds_a_thousand_items_at_most(emulator: EmulatorProcess, client: BatchClient) -> None:
    client.create_job(job_options("j1"))
    client.create_tasks("j1", [task_options(f"t{number:04d}") for number in range(1001)])
    page = emulator.get("/jobs/j1/tasks")
    assert len(page["value"]) == 1000 and "odata.nextLink" in page


def test_completed_jobs_come_last_on_whatever_page(client: BatchClient, emulator: EmulatorProcess) -> None:
    for job_id in ("a", "b", "c", "d"):
        client.create_job(job_options(job_id))
    for job_id in ("a", "c"):
        emulator.post(f"/jobs/{job_id}/terminate")
    emulator.settle()
    assert [job.id for job in client.list_jobs(max_results=1)] == ["b", "d", "a", "c"]


def test_what_is_selected_is_all_that_comes(client: BatchClient, emulator: EmulatorProcess, job: str) -> None:
    task = emulator.get("/jobs/j1/tasks/b?$select=id,state,nodeInfo")
    assert set(task) == {"odata.metadata", "id", "state"}
    client.create_pool(pool_options("p1"))
    assert set(emulator.get("/pools/p1?$select=vmSize, eTag&$expand=stats")) == {"odata.metadata", "vmSize", "eTag"}
    assert emulator.get("/jobs?$select=id")["value"] == [{"id": "j1"}]
    assert emulator.get("/pools?$select=id")["value"] == [{"id": "p1"}]
    assert client.get_job("j1", select=["id", "poolInfo"]).pool_info.pool_id == "p1"


def test_a_list_polls_what_is_on_its_way(emulator: EmulatorProcess) -> None:
    emulator.post("/pools", {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE})
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    emulator.call("DELETE", "/pools/p1")
    emulator.call("DELETE", "/jobs/j1")
    for path in ("/pools", "/jobs"):
        assert [item["state"] for item in emulator.get(path)["value"]] == ["deleting"]
        assert emulator.get(path)["value"] == []


TASK_FILTERS = [
    ("id eq 'B'", ["b"]),
    ("id ne 'b'", ["A", "c", "t10", "t2"]),
    ("id gt 'c'", ["t10", "t2"]),
    ("startswith(id,'T')", ["t10", "t2"]),
    ("state eq 'completed'", ["b", "c"]),
    ("state ne 'completed'", ["A", "t10", "t2"]),
    ("executionInfo/exitCode eq 3", ["c"]),
    ("executionInfo/exitCode ge 0", ["b", "c"]),
    ("executionInfo/exitCode ne 0", ["A", "c", "t10", "t2"]),
    ("executionInfo/exitCode lt -1", []),
    ("executionInfo/retryCount le 0", ["A", "b", "c", "t10", "t2"]),
    ("executionInfo/result eq 'failure'", ["c"]),
    ("executionInfo/endTime gt DateTime'2011-05-09T07:55:00Z'", ["b", "c"]),
    ("creationTime gt datetime'2011-05-09' or id eq 'b'", None),
    ("creationTime lt 2011-05-09T07:55:00Z", []),
    ("creationTime ge DateTime'2011-05-09T07:55:00+02:00'", ["A", "b", "c", "t10", "t2"]),
    ("lastModified ge '2011-05-09T07:55:00'", ["A", "b", "c", "t10", "t2"]),
    ("previousState eq 'running'", ["c"]),
    ("state eq 'active' and (id eq 'A' or startswith(id, 't')) and id ne 't10'", ["A", "t2"]),
    ("id eq 'b' or id eq 'c' and state eq 'active'", ["b"]),
    ("(id eq 'b' or id eq 'c') and state eq 'active'", []),
    ("id eq 'it''s'", []),
    ("   ", ["A", "b", "c", "t10", "t2"]),
]


@pytest.mark.parametrize(("text", "found"), TASK_FILTERS, ids=[text for text, _ in TASK_FILTERS])
def test_tasks_are_filtered(
    emulator: EmulatorProcess, client: BatchClient, job: str, text: str, found: list[str] | None
) -> None:
    emulator.run_task("j1", "b", state="completed", exitCode=0)
    emulator.run_task("j1", "c", state="running")
    emulator.run_task("j1", "c", state="completed", exitCode=3)
    if found is None:
        assert emulator.call("GET", f"/jobs/j1/tasks?$filter={quote(text)}").status == 400
    else:
        assert [task.id for task in client.list_tasks("j1", filter=text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "id eq",
        "id",
        "eq 'a'",
        "id eq 'a' and",
        "id eq 'a' id",
        "(id eq 'a'",
        "id eq 'a')",
        "id like 'a'",
        "id eq 7",
        "executionInfo/exitCode eq '7'",
        "state gt 'active'",
        "startswith(state,'a')",
        "startswith(id)",
        "startswith(id,7)",
        "commandLine eq 'x'",
        "creationTime eq DateTime'soon'",
        "id eq 'a",
        "id eq #",
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_with_a_reason(emulator: EmulatorProcess, job: str, text: str) -> None:
    reply = emulator.call("GET", f"/jobs/j1/tasks?$filter={quote(text)}")
    assert (reply.status, reply.body["code"]) == (400, "InvalidQueryParameterValue")
    values = values_of(reply.body)
    assert (values["QueryParameterName"], values["QueryParameterValue"]) == ("$filter", text)
    assert values["Reason"]


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("/pools", "id eq 'P1'", ["p1"]),
        ("/pools", "state eq 'active' and vmSize eq 'STANDARD_A1'", ["p1"]),
        ("/pools", "startswith(vmSize,'standard_')", ["p1", "p2"]),
        ("/pools", "allocationState eq 'steady'", ["p1", "p2"]),
        ("/pools", "enableAutoScale eq true", ["p2"]),
        ("/pools", "enableInterNodeCommunication ne false", []),
        ("/pools", "allocationStateTransitionTime gt DateTime'2011-05-09T07:55:00Z'", ["p1", "p2"]),
        ("/jobs", "executionInfo/poolId eq 'p1' and state ne 'completed'", ["j1"]),
        ("/jobs", "executionInfo/endTime gt DateTime'2011-05-09T07:55:00Z'", ["j2"]),
        ("/jobs", "executionInfo/startTime gt DateTime'2011-05-09T07:55:00Z' and startswith(id,'j')", ["j1", "j2"]),
    ],
)
def test_pools_and_jobs_are_filtered(emulator: EmulatorProcess, path: str, text: str, found: list[str]) -> None:
    pool: dict[str, Any] = {"virtualMachineConfiguration": MACHINE}
    scaled = {"enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes=0;"}
    emulator.post("/pools", {**pool, "id": "p1", "vmSize": "standard_a1"})
    emulator.post("/pools", {**pool, "id": "p2", "vmSize": "standard_a2", **scaled})
    for job_id in ("j1", "j2"):
        emulator.post("/jobs", {"id": job_id, "poolInfo": POOL_INFO})
    emulator.post("/jobs/j2/terminate")
    emulator.settle()
    assert [item["id"] for item in emulator.get(f"{path}?$filter={quote(text)}")["value"]] == found


def test_a_filter_of_several_pages_goes_on_where_it_stopped(emulator: EmulatorProcess, client: BatchClient) -> None:
    client.create_job(job_options("j1"))
    client.create_tasks("j1", [task_options(f"t{number:03d}") for number in range(300)])
    found = client.list_tasks("j1", filter="startswith(id,'t1')", max_results=30)
    assert [str(task.id) for task in found] == [f"t{number}" for number in range(100, 200)]
    assert sum(entry["method"] == "GET" for entry in emulator.requests()) == 4

"""The status of job preparation and release tasks: none by itself, and what a test reports of nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from azure.batch import BatchClient
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.emulator.parts import POOL_INFO, code_of, job_options
from tests.emulator_process import EmulatorProcess

JOB: dict[str, Any] = {
    "id": "j1",
    "poolInfo": POOL_INFO,
    "jobPreparationTask": {"commandLine": "prepare"},
    "jobReleaseTask": {"id": "clean", "commandLine": "clean"},
}
STATUS = "/jobs/j1/jobpreparationandreleasetaskstatus"


def say(emulator: EmulatorProcess, which: str, node: str, job: str = "j1", **report: Any) -> None:
    emulator.post(f"/_emulator/{which}/{job}/{node}", report)


def test_a_job_without_such_tasks_has_no_status(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.create_job(job_options("j1"))
    with pytest.raises(ResourceExistsError) as caught:
        list(client.list_job_preparation_and_release_task_status("j1"))
    assert code_of(caught) == "JobPreparationTaskOrReleaseTaskNotSpecified"
    with pytest.raises(ResourceNotFoundError) as missing:
        list(client.list_job_preparation_and_release_task_status("other"))
    assert code_of(missing) == "JobNotFound"
    reply = emulator.call("POST", "/_emulator/preparation/j1/n1", {"state": "running"})
    assert (reply.status, reply.body["code"]) == (409, "JobPreparationTaskOrReleaseTaskNotSpecified")


def test_no_node_has_run_them_until_one_is_reported(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", JOB)
    assert emulator.get(STATUS) == {
        "odata.metadata": f"{emulator.endpoint}/$metadata#jobpreparationandreleasestatuslist",
        "value": [],
    }
    say(emulator, "preparation", "n1", state="running")
    (item,) = client.list_job_preparation_and_release_task_status("j1")
    preparation = item.job_preparation_task_execution_info
    assert preparation is not None and (preparation.state, preparation.retry_count) == ("running", 0)
    assert (preparation.end_time, preparation.exit_code, item.job_release_task_execution_info) == (None, None, None)
    say(emulator, "preparation", "n1", state="completed", exitCode=3, retryCount=2)
    say(emulator, "release", "n1", state="completed")
    (shown,) = emulator.get(STATUS)["value"]
    node_url = f"{emulator.endpoint}/pools/p1/nodes/n1"
    assert (shown["poolId"], shown["nodeId"], shown["nodeUrl"]) == ("p1", "n1", node_url)
    preparation, release = shown["jobPreparationTaskExecutionInfo"], shown["jobReleaseTaskExecutionInfo"]
    assert preparation["failureInfo"]["code"] == "FailureExitCode"
    assert [preparation[name] for name in ("state", "exitCode", "result", "retryCount")] == [
        "completed",
        3,
        "failure",
        2,
    ]
    assert preparation["startTime"] <= preparation["endTime"]
    assert preparation["taskRootDirectory"] == "workitems/j1/job-1/jobpreparation"
    assert release["taskRootDirectoryUrl"] == f"{node_url}/files/workitems/j1/job-1/clean"
    assert (release["exitCode"], release["result"], "retryCount" in release) == (0, "success", False)
    assert client.get_job("j1").state == "active"


def test_a_job_of_a_schedule_has_them_in_the_directory_of_the_schedule(emulator: EmulatorProcess) -> None:
    specification = {name: value for name, value in JOB.items() if name != "id"}
    schedule = {"id": "nightly", "schedule": {}, "jobSpecification": specification}
    emulator.post("/jobschedules", schedule)
    say(emulator, "preparation", "n1", "nightly:job-1", state="running")
    (shown,) = emulator.get("/jobs/nightly%3Ajob-1/jobpreparationandreleasetaskstatus")["value"]
    root = shown["jobPreparationTaskExecutionInfo"]["taskRootDirectory"]
    assert root == "workitems/nightly/job-1/jobpreparation"


FILTERS = [
    ("nodeId eq 'N2'", ["n2"]),
    ("nodeId ne 'n2'", ["n1", "n3"]),
    ("poolId eq 'p1'", ["n1", "n2", "n3"]),
    ("jobPreparationTaskExecutionInfo/state eq 'running'", ["n3"]),
    ("jobPreparationTaskExecutionInfo/exitCode gt 0", ["n2"]),
    ("jobPreparationTaskExecutionInfo/endTime lt DateTime'2011-01-01T00:00:00Z'", []),
    ("jobReleaseTaskExecutionInfo/startTime gt DateTime'2011-01-01T00:00:00Z'", ["n1"]),
    ("jobReleaseTaskExecutionInfo/exitCode eq 0 or nodeId eq 'n3'", ["n1", "n3"]),
]


@pytest.mark.parametrize(("text", "found"), FILTERS, ids=[text for text, _ in FILTERS])
def test_statuses_are_filtered_selected_and_paged(
    client: BatchClient, emulator: EmulatorProcess, text: str, found: list[str]
) -> None:
    emulator.post("/jobs", JOB)
    say(emulator, "preparation", "n1", state="completed")
    say(emulator, "release", "n1", state="completed")
    say(emulator, "preparation", "n2", state="completed", exitCode=1)
    say(emulator, "preparation", "n3", state="running")
    items = client.list_job_preparation_and_release_task_status("j1", filter=text, max_results=1)
    assert [item.node_id for item in items] == found
    page = emulator.get(f"{STATUS}?$select=nodeId&$filter={quote(text)}")
    assert page["value"] == [{"nodeId": name} for name in found]


@pytest.mark.parametrize("query", ["$select=colour", "$filter=state%20eq%20'running'", "maxresults=0"])
def test_a_query_that_it_does_not_know_is_refused(emulator: EmulatorProcess, query: str) -> None:
    emulator.post("/jobs", JOB)
    reply = emulator.call("GET", f"{STATUS}?{query}")
    assert (reply.status, reply.body["code"]) == (400, "InvalidQueryParameterValue")
    reply = emulator.call("GET", f"{STATUS}?$expand=stats")
    assert (reply.status, reply.body["code"]) == (400, "UnsupportedQueryParameter")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("preparation/j1/n1", {"state": "active"}, 400),
        ("preparation/j1/n1", {"state": "completed", "exitCode": "3"}, 400),
        ("preparation/j1/n1", None, 400),
        ("release/other/n1", {"state": "running"}, 404),
        ("release/j1/", {"state": "running"}, 404),
        ("release/j1/a b", {"state": "running"}, 404),
    ],
)
def test_a_report_that_makes_no_sense_is_refused(emulator: EmulatorProcess, path: str, body: Any, status: int) -> None:
    emulator.post("/jobs", JOB)
    assert emulator.call("POST", "/_emulator/" + quote(path), body).status == status
    assert emulator.get(STATUS)["value"] == []


def test_what_was_reported_outlives_the_process_and_goes_with_its_job(tmp_path: Path) -> None:
    with EmulatorProcess(location=tmp_path) as emulator:
        emulator.post("/jobs", JOB)
        say(emulator, "preparation", "n1", state="running")
        emulator.kill()
    with EmulatorProcess(location=tmp_path) as emulator, emulator.client() as client:
        assert [item["nodeId"] for item in emulator.get(STATUS)["value"]] == ["n1"]
        client.begin_delete_job("j1", polling_interval=0).result()
        with pytest.raises(HttpResponseError):
            list(client.list_job_preparation_and_release_task_status("j1"))
        emulator.post("/jobs", JOB)
        assert emulator.get(STATUS)["value"] == []

"""Many tasks are read by pages, and one by one where the job holds far more than are asked for."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from azure_batch_provider.batch import operations
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import Cancelled, ProtocolError, RequestError, ServiceError
from tests.batch.jobs_of_tasks import JOB, asked, client_of, fill
from tests.emulator_process import EmulatorProcess
from tests.go_between import GoBetween, answer
from tests.http.conftest import Connect


@pytest.fixture
def client(emulator: EmulatorProcess, connect: Connect) -> BatchClient:
    return client_of(emulator, connect)


def found(client: BatchClient, ids: list[str], **options: Any) -> list[str]:
    return [task["id"] for task in client.read_tasks(JOB, ids, **options)]


def test_all_of_a_job_are_as_many_requests_as_pages(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 2100)
    heard: list[int] = []
    assert found(client, ids, progress=lambda done, total, again: heard.append(done)) == ids
    assert asked(emulator) == {"list": 3}
    assert heard[-1] == 2100


def test_what_is_not_there_is_left_out(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 30)
    assert found(client, ["t99999", *ids[:10], "x"]) == ids[:10]
    assert asked(emulator) == {"list": 1}


def test_ids_have_no_case_and_are_not_folded_beyond_ascii(client: BatchClient, emulator: EmulatorProcess) -> None:
    fill(emulator, 3)
    emulator.post(f"/jobs/{JOB}/tasks", {"id": "kelvin", "commandLine": "x"})
    assert found(client, ["T00001", "\u212aelvin", "t00002"]) == ["t00001", "t00002"]


def test_only_what_is_selected_comes(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 3)
    for wanted in (ids, ids[:2]):
        shown = list(client.read_tasks(JOB, wanted, select="commandLine,executionInfo"))
        assert all(task.keys() - {"odata.metadata"} == {"id", "commandLine", "executionInfo"} for task in shown)


def test_two_are_asked_for_one_by_one(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 10)
    assert found(client, [ids[3], "x"]) == [ids[3]]
    assert asked(emulator) == {"GET": 2}


def test_in_a_job_that_holds_far_more_what_is_left_is_asked_for(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 4000)
    wanted = [*ids[:20], *ids[-20:], "missing"]
    assert sorted(found(client, wanted)) == sorted(wanted[:-1])
    requests = asked(emulator)
    assert requests["list"] <= 3
    assert requests["GET"] == 21


def test_it_comes_page_by_page(client: BatchClient, emulator: EmulatorProcess) -> None:
    """Only the page after the one that is looked at may be on its way."""
    ids = fill(emulator, 3100)
    reading = client.read_tasks(JOB, ids)
    assert next(reading)["id"] == ids[0]
    assert asked(emulator)["list"] <= 2


@pytest.mark.parametrize("count", [2, 20])
def test_a_job_that_is_not_there_is_an_error(client: BatchClient, emulator: EmulatorProcess, count: int) -> None:
    with pytest.raises(ServiceError) as raised:
        found(client, [f"t{number}" for number in range(count)])
    assert raised.value.is_not_found
    assert raised.value.code == operations.JOB_NOT_FOUND


def test_a_job_without_tasks_has_none_of_them(client: BatchClient, emulator: EmulatorProcess) -> None:
    fill(emulator, 0)
    assert found(client, ["a", "b", "c"]) == []


def test_none_are_no_request(client: BatchClient, emulator: EmulatorProcess) -> None:
    fill(emulator, 1)
    assert found(client, []) == []
    assert asked(emulator) == {}


@pytest.mark.parametrize(
    "page",
    [
        {"value": [{"id": "t00001", "state": 7}]},
        {"value": [{"id": 7}]},
        {"value": [{}]},
        {"value": "many"},
        {"value": [], "odata.nextLink": "http://elsewhere.invalid/jobs"},
    ],
)
def test_a_page_that_cannot_be_believed_is_an_error(
    emulator: EmulatorProcess, connect: Connect, page: dict[str, Any]
) -> None:
    with GoBetween(emulator.endpoint) as between:
        between.instead("GET", f"/jobs/{JOB}/tasks", answer("200 OK", json.dumps(page).encode()))
        client = client_of(emulator, connect, between.endpoint)
        with pytest.raises(ProtocolError):
            found(client, [f"t{number:05}" for number in range(40)])
        client.close()


def test_what_two_pages_show_comes_once(emulator: EmulatorProcess, connect: Connect) -> None:
    ids = fill(emulator, 3)
    with GoBetween(emulator.endpoint) as between:
        first = {"value": [{"id": id} for id in ids[:2]], "odata.nextLink": f"{between.endpoint}/jobs/{JOB}/tasks?x=1"}
        between.instead("GET", f"/jobs/{JOB}/tasks", answer("200 OK", json.dumps(first).encode()), times=1)
        client = client_of(emulator, connect, between.endpoint)
        assert found(client, ids) == ids
        client.close()


def test_a_cancel_ends_it(emulator: EmulatorProcess, connect: Connect) -> None:
    ids = fill(emulator, 2000)
    emulator.fault(path=f"/jobs/{JOB}/tasks", skip=1, delay=60)
    cancelled = threading.Event()
    reading = client_of(emulator, connect).read_tasks(JOB, ids, deadline=Deadline(alive=lambda: not cancelled.is_set()))
    with pytest.raises(Cancelled):
        for task in reading:
            if task["id"] == ids[999]:
                cancelled.set()


def test_one_that_fails_ends_it_when_the_others_are_answered(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 2000)
    emulator.fault(method="GET", path=f"/jobs/{JOB}/tasks/*", skip=3, status=403)
    with pytest.raises(RequestError):
        found(client, ids[-12:])
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("azure-batch-at-once")] == []

"""Reads of many tasks of a job: few requests, and the answers that single requests give."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from azure_batch_provider.batch import operations, task_reads
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import Cancelled, ServiceError, TransportError
from azure_batch_provider.sign_in.shared_key import SharedKey
from tests.batch.jobs_of_tasks import JOB, asked, at_a_time, fill, read
from tests.emulator_process import EmulatorProcess
from tests.go_between import GoBetween, answer
from tests.http.conftest import Connect

LIST = f"/jobs/{JOB}/tasks"
RICH: dict[str, Any] = {
    "displayName": "Frame",
    "environmentSettings": [{"name": "A", "value": "b"}],
    "resourceFiles": [{"httpUrl": "https://x.blob.core.windows.net/c/f", "filePath": "f"}],
    "outputFiles": [
        {
            "filePattern": "*.txt",
            "destination": {"container": {"containerUrl": "https://x.blob.core.windows.net/out?sig=s"}},
            "uploadOptions": {"uploadCondition": "tasksuccess"},
        }
    ],
    "constraints": {"maxTaskRetryCount": 2, "maxWallClockTime": "PT1H"},
    "userIdentity": {"autoUser": {"scope": "task", "elevationLevel": "admin"}},
    "dependsOn": {"taskIds": ["other"]},
    "exitConditions": {"default": {"dependencyAction": "block"}},
    "applicationPackageReferences": [{"applicationId": "blender", "version": "4"}],
    "requiredSlots": 1,
}


@pytest.fixture
def client(emulator: EmulatorProcess, connect: Connect) -> BatchClient:
    return client_of(emulator, connect, emulator.endpoint)


def client_of(emulator: EmulatorProcess, connect: Connect, endpoint: str, **options: Any) -> BatchClient:
    real = {"clock": time.monotonic, "sleep": time.sleep, "max_concurrency": 32, "request_timeout": 20, **options}
    return BatchClient(connect(endpoint, SharedKey(emulator.account, emulator.key), **real))


@pytest.mark.parametrize("api_version", ["2025-06-01", "2024-07-01.20.0"])
def test_a_page_shows_of_a_task_what_a_request_of_its_own_shows(
    emulator: EmulatorProcess, connect: Connect, api_version: str
) -> None:
    ids = fill(emulator, 6, **RICH)
    emulator.run_task(JOB, ids[3], state="completed", exitCode=3)
    emulator.run_task(JOB, ids[4], state="running")
    client = client_of(emulator, connect, emulator.endpoint, api_version=api_version)
    together = [read(client, id) for id in ids]
    assert asked(emulator) == {"GET": task_reads.SINGLE, "list": 1}
    for id, found in zip(ids, together, strict=True):
        single = emulator.get(f"{LIST}/{id}", api_version)
        single.pop("odata.metadata")
        found.pop("odata.metadata", None)
        assert found == single
        assert {"eTag", "url", "creationTime", "executionInfo", "outputFiles", "dependsOn"} <= found.keys()
    assert together[3]["executionInfo"]["exitCode"] == 3


def test_two_reads_are_two_requests(client: BatchClient, emulator: EmulatorProcess) -> None:
    for id in fill(emulator, 2):
        read(client, id)
    assert asked(emulator) == {"GET": 2}


def test_a_thousand_tasks_read_eight_at_a_time_are_a_handful_of_requests(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    ids = fill(emulator, 1000)
    random.Random(7).shuffle(ids)
    assert [task["id"] for task in at_a_time(lambda id: read(client, id), ids)] == ids
    assert sum(asked(emulator).values()) <= 12
    emulator.clear_requests()
    at_a_time(lambda id: read(client, id), ids)  # and again
    assert sum(asked(emulator).values()) <= 12


def test_several_pages_are_fetched_as_they_turn_out_to_be_worth_it(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    ids = fill(emulator, 3500)
    random.Random(7).shuffle(ids)
    assert [task["id"] for task in at_a_time(lambda id: read(client, id), ids)] == ids
    requests = asked(emulator)
    assert requests["list"] == 4
    assert requests["GET"] < 150


def test_a_job_that_holds_far_more_than_is_read_is_not_listed_on(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    ids = random.Random(7).sample(fill(emulator, 5000), 50)
    assert [task["id"] for task in at_a_time(lambda id: read(client, id), ids)] == ids
    requests = asked(emulator)
    assert requests["list"] == 1
    assert requests["GET"] <= len(ids)


def test_only_the_service_itself_says_that_a_task_is_gone(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 5)
    for id in ids:
        read(client, id)
    for missing in ("x1", "x2"):
        with pytest.raises(ServiceError) as raised:
            read(client, missing)
        assert raised.value.code == "TaskNotFound"
        assert raised.value.path == f"{LIST}/{missing}"
    assert asked(emulator) == {"GET": 2 + 2, "list": 1}


def test_a_job_that_is_gone_is_said_of_each_task(client: BatchClient) -> None:
    for id in ("a", "b", "c", "d"):
        with pytest.raises(ServiceError) as raised:
            read(client, id)
        assert (raised.value.code, raised.value.is_not_found) == ("JobNotFound", True)


def test_ids_have_no_case_and_other_letters_are_others(client: BatchClient, emulator: EmulatorProcess) -> None:
    fill(emulator, 3)
    emulator.post(LIST, {"id": "k", "commandLine": "true"})
    for id in ("T00000", "t00001", "T00002", "K"):
        assert read(client, id)["id"] == id.lower()
    with pytest.raises(ServiceError):
        read(client, "\u212a")  # KELVIN SIGN, which folds to k


@pytest.mark.parametrize(
    "page",
    [
        answer("500 Internal Server Error"),
        answer("403 Forbidden"),
        answer("200 OK", b'{"value": 5}'),
        answer("200 OK", b'{"value": []}'),
        answer("200 OK", b'{"value": [{"id": "t00004", "state": 5}, {"id": "t00005", "executionInfo": []}]}'),
        answer("200 OK", b"not JSON"),
    ],
)
def test_whatever_is_wrong_with_a_page_reads_are_answered(
    emulator: EmulatorProcess, connect: Connect, page: bytes
) -> None:
    ids = fill(emulator, 20)
    with GoBetween(emulator.endpoint) as between:
        between.instead("GET", LIST, page)
        client = client_of(emulator, connect, between.endpoint, request_timeout=2)
        assert [task["id"] for task in at_a_time(lambda id: read(client, id), ids)] == ids
        client.close()
    assert asked(emulator) == {"GET": len(ids)}


def test_an_account_that_is_throttled_is_asked_for_the_page_again(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    ids = fill(emulator, 100)
    emulator.fault(method="GET", path=LIST, times=1, status=503, code="ServerBusy", retryAfter=1)
    assert [task["id"] for task in at_a_time(lambda id: read(client, id), ids)] == ids
    assert asked(emulator) == {"GET": 2, "list": 2}


def test_a_cancelled_read_leaves_the_page_to_the_others(emulator: EmulatorProcess, connect: Connect) -> None:
    ids = fill(emulator, 8)
    cancelled = threading.Event()
    fetching = threading.Event()
    results: dict[str, Any] = {}

    def silent(connection: Any) -> None:
        fetching.set()
        time.sleep(2)

    with GoBetween(emulator.endpoint) as between:
        between.instead("GET", LIST, silent, times=1)
        client = client_of(emulator, connect, between.endpoint)
        for id in ids[:2]:
            read(client, id)

        def first() -> None:
            try:
                read(client, ids[2], Deadline(alive=lambda: not cancelled.is_set()))
            except Cancelled as error:
                results[ids[2]] = error

        def other(id: str) -> None:
            results[id] = read(client, id)["id"]

        threads = [threading.Thread(target=first)]
        threads[0].start()
        assert fetching.wait(5)
        threads += [threading.Thread(target=other, args=(id,)) for id in ids[3:]]
        for thread in threads[1:]:
            thread.start()
        began = time.monotonic()
        cancelled.set()
        threads[0].join(5)
        assert time.monotonic() - began < 1.5
        for thread in threads:
            thread.join(10)
        client.close()
    assert isinstance(results.pop(ids[2]), Cancelled)
    assert results == {id: id for id in ids[3:]}
    assert asked(emulator) == {"GET": 2, "list": 1}


@contextmanager
def fetching(emulator: EmulatorProcess, connect: Connect, ids: list[str], seconds: float) -> Iterator[BatchClient]:
    """A client while one of its reads fetches a page that is not answered for so long."""
    begun = threading.Event()

    def slow(connection: Any) -> None:
        begun.set()
        time.sleep(seconds)

    with GoBetween(emulator.endpoint) as between:
        between.instead("GET", LIST, slow, times=1)
        client = client_of(emulator, connect, between.endpoint)
        for id in ids[:2]:
            read(client, id)
        waiting = threading.Thread(target=read, args=(client, ids[2]))
        waiting.start()
        assert begun.wait(5)
        yield client
        waiting.join(15)
        client.close()


def test_a_read_whose_time_is_over_does_not_wait_for_the_page(emulator: EmulatorProcess, connect: Connect) -> None:
    ids = fill(emulator, 4)
    with fetching(emulator, connect, ids, 3) as client:
        began = time.monotonic()
        with pytest.raises(TransportError, match=f"GET {LIST}/{ids[3]} was not sent"):
            read(client, ids[3], Deadline(0.5))
        assert time.monotonic() - began < 1.5


def test_who_waits_long_for_a_page_is_told(
    emulator: EmulatorProcess, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_reads, "REPORT_EVERY", 0.3)
    ids = fill(emulator, 4)
    said: list[str] = []
    with fetching(emulator, connect, ids, 1) as client:
        deadline = Deadline()
        deadline.reports_to(said.append)
        assert read(client, ids[3], deadline)["id"] == ids[3]
    assert said[0].startswith(f"waiting for the list of the tasks of jobs/{JOB}: ")
    assert len(said) < 10


def test_a_write_ends_what_was_read_ahead(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 10)
    for id in ids[:4]:
        read(client, id)
    client.call(operations.TERMINATE_JOB, JOB)
    emulator.run_task(JOB, ids[9], state="completed", exitCode=1)
    assert read(client, ids[9])["executionInfo"]["exitCode"] == 1


def test_a_second_read_of_a_task_looks_again(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 10)
    for id in ids[:4]:
        read(client, id)
    emulator.run_task(JOB, ids[3], state="completed", exitCode=1)
    assert read(client, ids[3])["state"] == "completed"

"""Waits for deleted tasks: lists for all that are waited for at a time, and single requests where those are better."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from azure_batch_provider.batch import operations, task_waits
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import Cancelled, ServiceError
from tests.batch.jobs_of_tasks import AT_A_TIME, JOB, asked, at_a_time, client_of, delete, fill, left
from tests.emulator_process import EmulatorProcess
from tests.go_between import GoBetween, answer
from tests.http.conftest import Connect

LIST = f"/jobs/{JOB}/tasks"


@pytest.fixture
def client(emulator: EmulatorProcess, connect: Connect) -> BatchClient:
    return client_of(emulator, connect)


def test_two_are_looked_for_one_by_one(client: BatchClient, emulator: EmulatorProcess) -> None:
    for id in fill(emulator, 2):
        delete(client, id)
    assert asked(emulator) == {"DELETE": 2, "GET": 2}


def test_of_those_that_come_one_after_the_other_each_is_looked_for_once(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    for id in fill(emulator, 24):
        delete(client, id)
    requests = asked(emulator)
    assert (requests["DELETE"], requests["GET"] + requests["list"]) == (24, 24)
    assert requests["list"] <= 24 / task_waits.AGAIN


def test_two_hundred_wait_by_lists(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 210)
    at_a_time(lambda id: delete(client, id), ids[:200])
    requests = asked(emulator)
    assert left(emulator) == ids[200:]
    assert requests["DELETE"] == 200
    assert requests["list"] + requests["GET"] <= 200 / AT_A_TIME * 2  # 1 for each time that so many are deleted


def test_slow_deletions_are_looked_for_together(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 40)
    emulator.switch("task-delete-delay", 1.5)
    began = time.monotonic()
    at_a_time(lambda id: delete(client, id), ids)
    took = time.monotonic() - began
    requests = asked(emulator)
    assert left(emulator) == []
    assert requests["list"] + requests["GET"] <= took / 0.2 * 1.5 + AT_A_TIME


def test_a_task_is_not_gone_as_long_as_the_list_shows_it(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 8)
    emulator.switch("task-delete-delay", 1000)

    def looks(id: str) -> str | None:
        client.call(operations.DELETE_TASK, JOB, id.upper())
        with client.watch_task(JOB, id.upper()) as look:
            return look()

    assert at_a_time(looks, ids) == ["active"] * 8
    assert asked(emulator)["list"] >= 1


def test_a_job_that_holds_far_more_than_is_listed_is_not_listed_again_and_again(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    ids = fill(emulator, 5000)
    at_a_time(lambda id: delete(client, id), ids[-100:])
    requests = asked(emulator)
    assert requests["list"] <= 8
    assert requests["GET"] >= 90


def test_what_a_list_has_shown_is_asked_for_by_name(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 5000)
    at_a_time(lambda id: delete(client, id.upper()), ids[:100])
    requests = asked(emulator)
    filters = [entry["query"].get("$filter", "") for entry in emulator.requests() if entry["path"] == LIST]
    names = [part.split("'")[1] for text in filters if text for part in text.split(" or ")]
    assert left(emulator) == ids[100:1100]
    assert filters.count("") <= 8  # pages of the whole job, where each wait by itself would have asked for a hundred
    assert requests["list"] + requests["GET"] <= 100 / AT_A_TIME * 2 + AT_A_TIME
    assert len(set(names)) >= 80
    assert set(names) <= set(ids)  # as the service spells them


def test_a_job_that_goes_takes_its_tasks_along(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 16)
    emulator.switch("task-delete-delay", 1000)
    emulator.switch("job-delete-delay", 0.5)
    threading.Timer(0.3, emulator.call, ("DELETE", f"/jobs/{JOB}")).start()
    began = time.monotonic()
    with pytest.raises(ServiceError):  # the later half finds the job going, or gone
        at_a_time(lambda id: delete(client, id), ids)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("page", [answer("403 Forbidden"), answer("200 OK", b"{}")])
def test_where_there_is_no_list_each_is_looked_for(emulator: EmulatorProcess, connect: Connect, page: bytes) -> None:
    ids = fill(emulator, 40)
    with GoBetween(emulator.endpoint) as between:
        between.instead("GET", LIST, page)
        client = client_of(emulator, connect, between.endpoint)
        at_a_time(lambda id: delete(client, id), ids)
        client.close()
    assert left(emulator) == []
    assert asked(emulator)["GET"] == 40


def test_a_cancelled_wait_leaves_the_list_to_the_others(emulator: EmulatorProcess, connect: Connect) -> None:
    ids = fill(emulator, 8)
    cancelled, fetching = threading.Event(), threading.Event()
    results: dict[str, Any] = {}

    def silent(connection: Any) -> None:
        fetching.set()
        time.sleep(2)

    with GoBetween(emulator.endpoint) as between:
        between.instead("GET", LIST, silent, times=1)
        client = client_of(emulator, connect, between.endpoint)

        def work(id: str) -> None:
            try:
                delete(client, id, Deadline(alive=lambda: not cancelled.is_set()) if id in ids[:4] else None)
                results[id] = "gone"
            except Cancelled:
                results[id] = "cancelled"

        threads = [threading.Thread(target=work, args=(id,)) for id in ids]
        for thread in threads:
            thread.start()
        assert fetching.wait(5)
        cancelled.set()
        for thread in threads:
            thread.join(10)
        client.close()
    assert all(results[id] == "gone" for id in ids[4:])

"""Many tasks are deleted and waited for together, and what became of each is said."""

from __future__ import annotations

import threading
import time

import pytest

from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import Cancelled, ServiceError, TimedOut, TransportError
from tests.batch.jobs_of_tasks import JOB, asked, client_of, delete, fill, left
from tests.emulator_process import EmulatorProcess
from tests.http.conftest import Connect

LIST = f"/jobs/{JOB}/tasks"


@pytest.fixture
def client(emulator: EmulatorProcess, connect: Connect) -> BatchClient:
    return client_of(emulator, connect)


def test_what_is_deleted_is_gone_after_a_list_before_and_one_after(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    ids = fill(emulator, 210)
    heard: list[tuple[int, int | None, int]] = []
    result = client.delete_tasks(JOB, [id.upper() for id in ids[:200]], progress=lambda *counts: heard.append(counts))
    assert result.gone == {id.upper() for id in ids[:200]}
    assert (result.failed, result.left, result.stopped) == ({}, set(), None)
    assert asked(emulator) == {"DELETE": 200, "list": 2}
    assert left(emulator) == ids[200:]
    assert heard[-1] == (200, 200, 0)


def test_few_are_deleted_without_a_list_before(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 3)
    assert client.delete_tasks(JOB, [*ids, "never"]).gone == {*ids, "never"}
    assert asked(emulator) == {"DELETE": 4, "list": 1}


def test_none_are_no_request(client: BatchClient, emulator: EmulatorProcess) -> None:
    fill(emulator, 3)
    assert client.delete_tasks(JOB, []).gone == set()
    assert asked(emulator) == {}


def test_what_is_not_there_costs_no_request(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 5)
    result = client.delete_tasks(JOB, [*ids, *(f"other{number}" for number in range(5000))])
    assert len(result.gone) == 5005
    assert asked(emulator) == {"DELETE": 5, "list": 2}


def test_slow_ones_are_waited_for_by_lists(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 300)
    emulator.switch("task-delete-polls", 4)
    lines: list[str] = []
    deadline = Deadline()
    deadline.reports_to(lines.append)
    result = client.delete_tasks(JOB, ids, deadline=deadline)
    assert result.gone == set(ids)
    assert asked(emulator) == {"DELETE": 300, "list": 1 + 5}
    assert "waiting for 300 deleted tasks to be gone" in lines[0]


def test_in_a_job_that_holds_far_more_a_few_are_looked_for_one_by_one(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    ids = fill(emulator, 2000)
    emulator.switch("task-delete-polls", 2)
    result = client.delete_tasks(JOB, ids[-6:])
    assert result.gone == set(ids[-6:])
    requests = asked(emulator)
    assert requests == {"list": 1, "DELETE": 6, "GET": 6 * 3}


def test_a_list_that_shows_a_deleted_task_is_believed(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 10)
    emulator.switch("task-delete-delay", 1000)
    result = client.delete_tasks(JOB, ids, deadline=Deadline(1.5))
    assert (result.gone, result.failed, result.left) == (set(), {}, set(ids))
    assert isinstance(result.stopped, TimedOut)


def test_one_that_cannot_be_deleted_is_named_and_the_others_go(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 20)
    emulator.fault(method="DELETE", path=f"{LIST}/{ids[7]}", status=409, code="TaskBusy")
    result = client.delete_tasks(JOB, ids)
    assert list(result.failed) == [ids[7]]
    assert "409 TaskBusy" in result.failed[ids[7]]
    assert result.gone == set(ids) - {ids[7]}
    assert (result.left, result.stopped) == (set(), None)
    assert left(emulator) == [ids[7]]


@pytest.mark.parametrize("delay", [0.0, 1000.0])
def test_a_job_that_is_gone_or_going_ends_it(client: BatchClient, emulator: EmulatorProcess, delay: float) -> None:
    ids = fill(emulator, 200)
    if delay:
        emulator.switch("job-delete-delay", delay)
    emulator.call("DELETE", f"/jobs/{JOB}")
    if not delay:
        emulator.settle()
    emulator.clear_requests()
    result = client.delete_tasks(JOB, ids)
    assert result.gone == set(ids)
    assert (result.failed, result.left, result.stopped) == ({}, set(), None)
    assert asked(emulator)["DELETE"] <= (32 if delay else 0)


def test_a_job_that_goes_meanwhile_takes_them_along(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 30)
    emulator.switch("task-delete-delay", 1000)
    deadline = Deadline(20)

    def heard(line: str) -> None:
        emulator.call("DELETE", f"/jobs/{JOB}")
        emulator.settle()

    deadline.reports_to(heard)
    assert client.delete_tasks(JOB, ids, deadline=deadline).gone == set(ids)


def test_a_refused_account_ends_it(emulator: EmulatorProcess, connect: Connect) -> None:
    ids = fill(emulator, 200)
    emulator.fault(method="DELETE", skip=10, times=1000, status=403)
    result = client_of(emulator, connect, max_concurrency=4).delete_tasks(JOB, ids)
    assert isinstance(result.stopped, ServiceError)
    assert result.stopped.status == 403
    assert result.left == set(ids)
    assert asked(emulator)["DELETE"] <= 10 + 4


def test_a_service_that_does_not_answer_ends_it(emulator: EmulatorProcess, connect: Connect) -> None:
    ids = fill(emulator, 200)
    emulator.fault(method="DELETE", skip=3, times=1000, drop="before")
    result = client_of(emulator, connect, max_concurrency=2).delete_tasks(JOB, ids)
    assert isinstance(result.stopped, TransportError)
    assert result.left == set(ids)


def test_a_lost_answer_is_no_failure(client: BatchClient, emulator: EmulatorProcess) -> None:
    ids = fill(emulator, 20)
    emulator.fault(method="DELETE", times=3, drop="after")
    assert client.delete_tasks(JOB, ids).gone == set(ids)


@pytest.mark.parametrize("waiting", [False, True])
def test_a_cancel_ends_it_at_once_and_what_is_gone_is_known(
    emulator: EmulatorProcess, connect: Connect, waiting: bool
) -> None:
    ids = fill(emulator, 100)
    client = client_of(emulator, connect, max_concurrency=4)
    cancelled = threading.Event()
    if waiting:
        emulator.switch("task-delete-delay", 1000)
    else:
        emulator.fault(method="DELETE", skip=20, times=1000, delay=60)
    since: list[float] = []

    def stop(heard: str) -> None:
        if not since:
            since.append(time.monotonic())
            cancelled.set()

    def progress(done: int, total: int | None, again: int) -> None:
        if not waiting and done == 21:
            stop("")

    deadline = Deadline(alive=lambda: not cancelled.is_set())
    deadline.reports_to(stop)
    result = client.delete_tasks(JOB, ["gone before", *ids], deadline=deadline, progress=progress)
    assert time.monotonic() - since[0] < 2
    assert isinstance(result.stopped, Cancelled)
    assert result.gone == {"gone before"}
    assert result.left == set(ids)


def test_those_that_are_deleted_one_by_one_meanwhile_wait_no_longer_for_it(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    ids = fill(emulator, 500)
    removing = threading.Thread(target=client.delete_tasks, args=(JOB, ids[2:]))
    removing.start()
    for id in ids[:2]:
        delete(client, id)
    removing.join()
    assert asked(emulator) == {"DELETE": 500, "GET": 2, "list": 2}
    assert left(emulator) == []

"""Many tasks are added in few calls, and what became of each is said, whatever happens on the way."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.batch.task_adds import ATTEMPTS, LARGEST
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import Cancelled, ProtocolError, ServiceError, TransportError
from tests.batch.jobs_of_tasks import JOB, client_of, fill
from tests.emulator_process import EmulatorProcess
from tests.go_between import GoBetween, answer
from tests.http.conftest import Connect

ADD = f"/jobs/{JOB}/addtaskcollection"


@pytest.fixture
def client(emulator: EmulatorProcess, connect: Connect) -> BatchClient:
    fill(emulator, 0)
    return client_of(emulator, connect)


def tasks(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [{"id": f"t{number:05}", "commandLine": f"echo {number}"} for number in range(first, first + count)]


def ids(count: int, first: int = 0) -> list[str]:
    return [task["id"] for task in tasks(count, first)]


def there(emulator: EmulatorProcess) -> list[str]:
    found: list[str] = []
    page = emulator.get(f"/jobs/{JOB}/tasks?$select=id")
    while True:
        found += [task["id"] for task in page["value"]]
        if "odata.nextLink" not in page:
            return found
        page = emulator.get(page["odata.nextLink"].removeprefix(emulator.endpoint))


def calls(emulator: EmulatorProcess) -> list[list[str]]:
    """The ids of each call that was answered 200."""
    sent = [entry for entry in emulator.requests() if entry["path"] == ADD and entry["status"] == 200]
    return [[task["id"] for task in entry["body"]["value"]] for entry in sent]


def test_a_hundred_go_in_a_call(client: BatchClient, emulator: EmulatorProcess) -> None:
    heard: list[tuple[int, int | None, int]] = []
    result = client.add_tasks(JOB, tasks(1050), progress=lambda *counts: heard.append(counts))
    assert sorted(map(len, calls(emulator))) == [50, *[100] * 10]
    assert sorted(result.added) == there(emulator) == ids(1050)
    assert all(time.endswith("Z") for time in result.added.values())
    assert (result.exists, result.failed, result.uncertain, result.stopped) == ([], {}, {}, None)
    assert heard[-1] == (1050, 1050, 0)
    assert len(heard) == 11


def test_no_tasks_are_no_call(client: BatchClient, emulator: EmulatorProcess) -> None:
    assert client.add_tasks(JOB, []).added == {}
    assert emulator.requests() == []


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_call_is_larger_than_the_service_takes_to_the_byte(
    client: BatchClient, emulator: EmulatorProcess, data: st.DataObject
) -> None:
    """The emulator refuses a body of one byte more, with other words than a task's own."""
    emulator.call("DELETE", f"/jobs/{JOB}")
    emulator.settle()
    emulator.reset()
    fill(emulator, 0)
    letter = data.draw(st.sampled_from(["a", "ä", "€", "🧪", '"', "\\", "\n"]))
    width = len(json.dumps(letter, ensure_ascii=False).encode()) - 2
    # The envelope, and the body of a task without its text.
    bare = len('{"value":[]}') + len('{"id":"t0","commandLine":"x","environmentSettings":[{"name":"A","value":""}]}')
    letters = (LARGEST - bare) // width
    padding = "x" * (LARGEST - bare - letters * width)
    beyond = data.draw(st.sampled_from([-1, 0, 1]))
    split = data.draw(st.integers(1, letters - 1))
    task = {"id": "t0", "commandLine": "x", "environmentSettings": [{"name": "A", "value": ""}]}
    whole = letter * letters + padding
    text = whole[:-1] if beyond < 0 else whole + "x" * beyond
    task["environmentSettings"] = [{"name": "A", "value": text}]
    other = {**task, "id": "t1", "environmentSettings": [{"name": "A", "value": letter * split}]}
    result = client.add_tasks(JOB, [task, other])
    assert all(entry["status"] == 200 for entry in emulator.requests())
    assert sorted([*result.added, *result.failed]) == ["t0", "t1"]
    if beyond > 0:
        assert str(LARGEST + 1) in result.failed["t0"]
    else:
        assert result.failed == {}


def test_many_large_tasks_fill_each_call(client: BatchClient, emulator: EmulatorProcess) -> None:
    large = [{**task, "environmentSettings": [{"name": "A", "value": "ü" * 100_000}]} for task in tasks(21)]
    result = client.add_tasks(JOB, iter(large))
    assert len(result.added) == 21
    assert sorted(map(len, calls(emulator))) == [1, 5, 5, 5, 5]
    assert all(entry["status"] == 200 for entry in emulator.requests())


def test_what_the_service_finds_too_large_is_halved_and_not_tried_again(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    emulator.fault(path=ADD, code="RequestBodyTooLarge", times=2)
    result = client.add_tasks(JOB, tasks(100))
    assert len(result.added) == 100
    assert sorted(map(len, calls(emulator))) in ([25, 25, 50], [12, 13, 25, 50], [25, 25, 25, 25])
    emulator.clear_requests()


def test_a_single_task_that_the_service_finds_too_large_is_named(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    emulator.fault(path=ADD, code="RequestBodyTooLarge")
    result = client.add_tasks(JOB, tasks(1))
    assert list(result.failed) == ["t00000"]
    assert "RequestBodyTooLarge" in result.failed["t00000"]
    assert result.stopped is None


def test_half_of_a_character_is_named(client: BatchClient, emulator: EmulatorProcess) -> None:
    result = client.add_tasks(JOB, [{"id": "bad", "commandLine": "echo \ud800"}, *tasks(3)])
    assert sorted(result.added) == ids(3)
    assert "surrogate" in result.failed["bad"]


@pytest.mark.parametrize("case", ["pascal", "lower"])
def test_a_refused_task_is_named_with_the_services_words(
    client: BatchClient, emulator: EmulatorProcess, case: str
) -> None:
    emulator.switch("collection-status-case", case)
    emulator.fault(task="t00003", status=400, code="InvalidPropertyValue", values={"PropertyName": "constraints"})
    result = client.add_tasks(JOB, tasks(150))
    assert len(result.added) == 149
    [reason] = result.failed.values()
    assert reason.startswith("InvalidPropertyValue: ")
    assert "PropertyName: constraints" in reason
    assert "[request-id " in reason
    assert "\n" not in reason
    assert "RequestId" not in reason


def test_what_a_refusal_repeats_of_a_secret_is_not_shown(client: BatchClient, emulator: EmulatorProcess) -> None:
    url = "https://a.blob.core.windows.net/c?sv=2024&sig=c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U%3D"
    emulator.fault(task="t*", status=400, code="InvalidPropertyValue", values={"Reason": f"{url} is not one"})
    result = client.add_tasks(JOB, tasks(1))
    assert "c2Vjcm" not in result.failed["t00000"]
    assert "a.blob.core" in result.failed["t00000"]


@pytest.mark.parametrize("case", ["pascal", "lower"])
def test_a_failure_of_the_service_at_a_task_is_tried_again(
    client: BatchClient, emulator: EmulatorProcess, case: str
) -> None:
    emulator.switch("collection-status-case", case)
    emulator.fault(task="t0000?", status=500, times=10)
    emulator.fault(task="t0001?", code="ServerBusy", times=10)
    heard: list[tuple[int, int | None, int]] = []
    result = client.add_tasks(JOB, iter(tasks(300)), progress=lambda *counts: heard.append(counts))
    assert sorted(result.added) == there(emulator) == ids(300)
    assert heard[-1] == (300, None, 20)
    assert len(calls(emulator)) <= 3 + 2


def test_a_task_that_the_service_fails_at_again_and_again_is_named(
    client: BatchClient, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("azure_batch_provider.batch.task_adds.FIRST_BACKOFF", 0.01)
    emulator.fault(task="t00001", status=500, times=1000)
    result = client.add_tasks(JOB, tasks(3))
    assert sorted(result.added) == ["t00000", "t00002"]
    assert result.failed["t00001"].startswith("InternalError: ")
    assert len(calls(emulator)) == ATTEMPTS


def test_what_exists_is_said(client: BatchClient, emulator: EmulatorProcess) -> None:
    client.add_tasks(JOB, tasks(10))
    result = client.add_tasks(JOB, [{**task, "id": task["id"].upper()} for task in tasks(20, 5)])
    assert sorted(result.exists) == [id.upper() for id in ids(5, 5)]
    assert sorted(result.added) == [id.upper() for id in ids(15, 10)]
    assert result.failed == {}


def test_a_lost_answer_leaves_each_task_added_once_and_known(client: BatchClient, emulator: EmulatorProcess) -> None:
    emulator.fault(path=ADD, drop="after", times=2)
    result = client.add_tasks(JOB, tasks(500))
    assert len(result.exists) == 200
    assert sorted([*result.added, *result.exists]) == there(emulator) == ids(500)
    assert (result.failed, result.uncertain, result.stopped) == ({}, {}, None)


def test_where_no_answer_comes_the_tasks_are_uncertain(emulator: EmulatorProcess, connect: Connect) -> None:
    fill(emulator, 0)
    emulator.fault(path=ADD, drop="after", times=1000)
    client = client_of(emulator, connect, max_concurrency=1)
    result = client.add_tasks(JOB, tasks(300))
    assert sorted(result.uncertain) == ids(100)
    assert isinstance(result.stopped, TransportError)
    assert there(emulator) == ids(100)


@pytest.mark.parametrize(
    ("code", "status"),
    [("JobCompleted", 409), ("JobNotFound", 404), ("AuthenticationFailed", 403), ("ProxyNotFound", 404)],
)
def test_what_hits_all_ends_all(emulator: EmulatorProcess, connect: Connect, code: str, status: int) -> None:
    fill(emulator, 0)
    emulator.fault(path=ADD, code=code, status=status, skip=2, times=1000)
    client = client_of(emulator, connect, max_concurrency=2)
    result = client.add_tasks(JOB, tasks(5000))
    assert len(result.added) == 200
    assert (result.failed, result.uncertain) == ({}, {})
    assert isinstance(result.stopped, ServiceError)
    assert result.stopped.code == code
    assert len(emulator.requests()) <= 4


def test_a_call_that_is_refused_for_its_body_leaves_the_others_alone(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    emulator.fault(path=ADD, status=400, code="InvalidRequestBody", times=3)
    result = client.add_tasks(JOB, tasks(1000))
    assert (len(result.added), len(result.failed), result.stopped) == (700, 300, None)
    assert "InvalidRequestBody" in next(iter(result.failed.values()))


@pytest.mark.parametrize(("status", "kind"), [(500, "uncertain"), (503, "failed")])
def test_a_call_that_the_service_fails_at_for_good_leaves_the_others_alone(
    emulator: EmulatorProcess, connect: Connect, status: int, kind: str
) -> None:
    """It asks for more time than a call may take, so that each has one attempt."""
    fill(emulator, 0)
    emulator.fault(path=ADD, status=status, code="InternalError", retryAfter=60, skip=2)
    result = client_of(emulator, connect, max_concurrency=1).add_tasks(JOB, tasks(500))
    assert sorted(getattr(result, kind)) == ids(100, 200)
    assert sorted([*result.added, *ids(100, 200)]) == ids(500)
    assert "InternalError" in getattr(result, kind)["t00200"]
    assert result.stopped is None


def test_a_second_one_in_a_row_ends_it(emulator: EmulatorProcess, connect: Connect) -> None:
    fill(emulator, 0)
    emulator.fault(path=ADD, status=500, retryAfter=60, skip=2, times=1000)
    result = client_of(emulator, connect, max_concurrency=1).add_tasks(JOB, tasks(1000))
    assert (sorted(result.added), sorted(result.uncertain)) == (ids(200), ids(200, 200))
    assert isinstance(result.stopped, ServiceError)
    assert len(emulator.requests()) == 4


def test_a_service_that_fails_over_and_over_is_left_alone(emulator: EmulatorProcess, connect: Connect) -> None:
    fill(emulator, 0)
    client = client_of(emulator, connect, max_concurrency=1, request_timeout=0.4)
    emulator.fault(path=ADD, status=503, times=100_000, retryAfter=9)
    result = client.add_tasks(JOB, tasks(1000))
    assert result.added == {}
    assert result.stopped is not None
    assert len(emulator.requests()) <= 4


RESULT = {"status": "Success", "taskId": "t00000", "lastModified": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("value", "added", "uncertain"),
    [
        ([RESULT], ["t00000"], ["t00001"]),
        ([RESULT, {**RESULT, "taskId": "t00001"}, RESULT], ["t00001"], ["t00000"]),
        ([{**RESULT, "taskId": "T00000"}, {"status": "Weird", "taskId": "t00001"}], ["t00000"], ["t00001"]),
        ([RESULT, {**RESULT, "taskId": "t00001"}, {**RESULT, "taskId": "t00002"}], [], ["t00000", "t00001"]),
        ([RESULT, {"status": "Success"}], [], ["t00000", "t00001"]),
        ([RESULT, None], [], ["t00000", "t00001"]),
        (None, [], ["t00000", "t00001"]),
        ("many", [], ["t00000", "t00001"]),
    ],
)
def test_what_the_answer_does_not_say_is_uncertain(
    emulator: EmulatorProcess, connect: Connect, value: Any, added: list[str], uncertain: list[str]
) -> None:
    with GoBetween(emulator.endpoint) as between:
        between.instead("POST", ADD, answer("200 OK", json.dumps({"value": value}).encode()))
        client = client_of(emulator, connect, between.endpoint)
        result = client.add_tasks(JOB, tasks(2))
        client.close()
    assert (sorted(result.added), sorted(result.uncertain)) == (added, uncertain)
    assert (result.exists, result.failed) == ([], {})


@pytest.mark.parametrize("status", ["Success", "success", "ClientError", "clienterror", "", None, 7])
@pytest.mark.parametrize("error", [{"code": "X", "message": {"value": "No."}}, {}, "no", {"code": 3}])
def test_an_error_is_one_whatever_the_status_says(
    emulator: EmulatorProcess, connect: Connect, status: Any, error: Any
) -> None:
    with GoBetween(emulator.endpoint) as between:
        value = [{"taskId": "t00000", "status": status, "error": error}]
        between.instead("POST", ADD, answer("200 OK", json.dumps({"value": value}).encode()))
        client = client_of(emulator, connect, between.endpoint)
        result = client.add_tasks(JOB, tasks(1))
        client.close()
    assert list(result.failed) == ["t00000"]


def test_a_proxys_pages_end_it(emulator: EmulatorProcess, connect: Connect) -> None:
    with GoBetween(emulator.endpoint) as between:
        between.instead("POST", ADD, answer("200 OK", b"<html>"))
        client = client_of(emulator, connect, between.endpoint, max_concurrency=1)
        result = client.add_tasks(JOB, tasks(1000))
        client.close()
    assert isinstance(result.stopped, ProtocolError)
    assert len(result.uncertain) == 200


def test_a_cancel_in_the_middle_keeps_what_was_done(emulator: EmulatorProcess, connect: Connect) -> None:
    fill(emulator, 0)
    emulator.fault(path=ADD, skip=6, times=1000, delay=60)
    client = client_of(emulator, connect, max_concurrency=4)
    cancelled = threading.Event()
    since: list[float] = []

    def heard(done: int, total: int | None, again: int) -> None:
        if done == 600:
            cancelled.set()
            since.append(time.monotonic())

    result = client.add_tasks(
        JOB, tasks(10_000), deadline=Deadline(alive=lambda: not cancelled.is_set()), progress=heard
    )
    assert time.monotonic() - since[0] < 2
    assert isinstance(result.stopped, Cancelled)
    assert sorted(result.added) == there(emulator)
    assert len(result.added) == 600
    assert len(result.uncertain) in (100, 200, 300, 400)  # as many calls as were sent by then
    assert result.failed == {}


def test_tasks_are_made_as_they_are_sent(emulator: EmulatorProcess, connect: Connect) -> None:
    fill(emulator, 0)
    client = client_of(emulator, connect, max_concurrency=4)
    made = 0
    ahead: list[int] = []

    def lazily() -> Iterator[dict[str, Any]]:
        nonlocal made
        for task in tasks(1500):
            made += 1
            yield task

    client.add_tasks(JOB, lazily(), progress=lambda done, total, again: ahead.append(made - done))
    assert max(ahead) <= 100 * 4 + 1


def test_an_iterator_that_fails_ends_it_and_what_was_added_is_known(
    client: BatchClient, emulator: EmulatorProcess
) -> None:
    def failing() -> Iterator[dict[str, Any]]:
        yield from tasks(250)
        raise LookupError("no more")

    result = client.add_tasks(JOB, failing())
    assert isinstance(result.stopped, LookupError)
    assert sorted(result.added) == there(emulator) == ids(200)


def test_a_read_after_it_shows_the_tasks(client: BatchClient, emulator: EmulatorProcess) -> None:
    from azure_batch_provider.batch import operations

    client.add_tasks(JOB, tasks(50))
    for id in ids(10):
        client.get(operations.GET_TASK, JOB, id)
    client.add_tasks(JOB, tasks(50, 50))
    assert client.get(operations.GET_TASK, JOB, "t00075")["commandLine"] == "echo 75"

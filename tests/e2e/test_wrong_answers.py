"""Answers that are not the service's own word on the thing: nothing is made again, forgotten or taken for another."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, pool, task, writes
from tests.e2e.running import Running, until
from tests.e2e.saying import says
from tests.emulator_process import EmulatorProcess
from tests.go_between import GoBetween, answer


@pytest.fixture
def between(emulator: EmulatorProcess) -> Iterator[GoBetween]:
    with GoBetween(emulator.endpoint) as found:
        yield found


def test_a_not_found_of_something_else_makes_nothing_again_and_deletes_nothing_from_the_state(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "properties": pool(), "task": task("${job.jobId}")})
    stack.up()
    emulator.clear_requests()
    for path, code in (
        ("/jobs/jobId", "ProxyNotFound"),
        ("/pools/poolId", "ResourceNotFound"),
        ("/jobs/jobId/tasks/task1", "ApplicationNotFound"),
    ):
        emulator.fault(method="GET", path=path, status=404, code=code, times=1000)
        says(
            stack.up(expect=None), f"404 {code}", "could not be read", "does not say whether what was asked for exists"
        )
        assert writes(emulator) == []
        emulator.clear_faults()
    emulator.fault(method="DELETE", path="/jobs/jobId/tasks/task1", status=404, code="PoolNotFound", times=1000)
    says(stack.destroy(expect=None), "404 PoolNotFound")
    assert stack.resource("task")["id"] == "jobs/jobId/tasks/task1"
    emulator.clear_faults()
    stack.destroy()
    assert emulator.call("GET", "/jobs/jobId").status == 404


def test_an_answer_that_shows_another_thing_is_refused_in_words_and_imported_as_nothing(
    emulator: EmulatorProcess, make_stack: MakeStack, between: GoBetween
) -> None:
    stack = make_stack({"job": job()}, environment={**emulator.environment(), "AZURE_BATCH_ENDPOINT": between.endpoint})
    stack.up()
    emulator.clear_requests()
    between.instead("GET", "/jobs/jobId", answer("200 OK", b'{"id": "zzz", "state": "active"}'))
    says(
        stack.preview(expect=None),
        "GET /jobs/jobId was answered with 'zzz', which is not what was asked for",
        "a proxy",
    )
    says(stack.imports("azure-batch:index:Job", "other", "jobs/jobId", expect=None), "which is not what was asked for")
    between.faithful()
    between.instead("GET", "/pools/poolId", answer("200 OK", b'{"state": "active"}'))
    says(
        stack.imports("azure-batch:index:PoolProperties", "pool", "pools/poolId", expect=None),
        "GET /pools/poolId was answered without an id",
    )
    assert writes(emulator) == []
    assert not {"other", "pool"} & set(stack.resources())


def test_a_creation_whose_answer_cannot_be_read_keeps_the_id_and_the_next_up_ends_well(
    emulator: EmulatorProcess, make_stack: MakeStack, between: GoBetween
) -> None:
    environment = {**emulator.environment(), "AZURE_BATCH_ENDPOINT": between.endpoint}
    stack = make_stack({"job": job()}, environment=environment)
    answers = {
        "nested deeper than 64 levels": answer("201 Created", b"[" * 100_000),
        "not valid Unicode": answer("201 Created", b'{"id": "\\ud800"}'),
        "larger than 32 MiB": answer("201 Created", gzip.compress(bytes(33 << 20)), "Content-Encoding: gzip"),
    }
    for why, reply in answers.items():
        between.instead("POST", "/jobs", reply, carried_out=True)
        says(stack.up(expect=None), f"POST /jobs was answered 201 with something that is {why}")
        assert stack.resource("job")["id"] == "jobs/jobId"
        between.faithful()
        if why == "not valid Unicode":
            emulator.clear_requests()
            stack.up()
            assert writes(emulator) == []
        assert stack.destroy().changed == {"job": "delete"}
        emulator.settle()


def test_an_answer_that_drips_does_not_hold_up_a_cancel_and_the_id_is_kept(
    emulator: EmulatorProcess, make_stack: MakeStack, between: GoBetween
) -> None:
    stack = make_stack({"job": job()}, environment={**emulator.environment(), "AZURE_BATCH_ENDPOINT": between.endpoint})
    dripping = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 201 Created\r\nX-Drip: ")
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(b"x")
                dripping.set()
                time.sleep(0.1)

    between.instead("POST", "/jobs", drip, carried_out=True)
    with Running(stack, "up") as command:
        until("it drips", dripping.is_set)
        command.interrupt()
        began = time.monotonic()
        run = command.wait(20)
        took = time.monotonic() - began
    assert run.code != 0
    assert took < 10, run.output  # of it a second is ours, the rest the engine's and the machine's
    says(run, "the engine no longer waits")
    assert stack.resource("job")["id"] == "jobs/jobId"
    between.faithful()
    emulator.clear_requests()
    stack.up()
    assert writes(emulator) == []


def test_a_throttled_account_is_shown_in_a_status_line(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack({"job": job()})
    emulator.fault(method="POST", path="/jobs", status=503, code="ServerBusy", retryAfter=3)
    run = stack.up()
    lines = [
        event["diagnosticEvent"]["message"] for event in run.events if event.get("diagnosticEvent", {}).get("ephemeral")
    ]
    assert len([line for line in lines if "the service throttles this account: waiting for 2 s so far" in line]) == 1

"""Answers that are not the service's own word on the thing: nothing is made again, forgotten or taken for another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, pool, task, writes
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

"""A collection that is waited for: `up` ends when all its tasks have, in few requests, and remembers which failed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import DRIFT, MakeStack
from tests.e2e.programs import collection, job, taken, writes
from tests.e2e.running import until
from tests.e2e.saying import says
from tests.e2e.stack import Run, Stack
from tests.e2e.test_await import account, is_unhealthy, settings, under_way
from tests.emulator_process import EmulatorProcess

__all__ = ["account"]

COUNT = 40
IDS = [f"{number:02}" for number in range(1, COUNT + 1)]
TASKS = "/jobs/jobId/tasks"


def program(**properties: Any) -> dict[str, Any]:
    sweep = {"task": {"commandLine": "echo {n}"}, "parameters": {"n": {"start": 1, "end": COUNT}}}
    awaited = {"awaitCompletion": {"timeout": "PT5M"}, **properties}
    return {"job": job(), "t": collection("${job.jobId}", sweep=sweep, **awaited)}


def run_all(emulator: EmulatorProcess, stack: Stack, *, failing: tuple[str, ...] = (), expect: int | None = 0) -> Run:
    """An `up` while which the tasks that have not completed do."""
    emulator.clear_requests()
    with under_way(lambda: stack.up(expect=expect)) as result:
        until("the tasks are waited for", lambda: _is_waiting(emulator))
        for task in emulator.get(f"{TASKS}?$filter=state%20ne%20'completed'")["value"]:
            code = 3 if task["id"] in failing else 0
            emulator.run_task("jobId", task["id"], state="completed", exitCode=code)
        return result()


def _is_waiting(emulator: EmulatorProcess) -> bool:
    return any("filter" in str(entry.get("query")) and entry["path"] == TASKS for entry in emulator.requests())


@pytest.mark.parametrize("drift", DRIFT)
def test_failed_tasks_are_named_until_they_are_run_again(
    account: EmulatorProcess, make_stack: MakeStack, drift: str
) -> None:
    stack = make_stack(program(), config=settings(drift))
    assert stack.preview().changed == {"job": "create", "t": "create"}
    failed = run_all(account, stack, failing=("07", "31"), expect=None)
    says(failed, "jobs/jobId/tasks/07 failed with exit code 3")
    says(failed, "jobs/jobId/tasks/31 failed with exit code 3")
    assert len(account.requests()) < 40
    assert is_unhealthy(stack)

    assert stack.preview().changed == {"t": "update"}
    account.clear_requests()
    says(stack.up(expect=None), "jobs/jobId/tasks/07 failed with exit code 3")
    assert writes(account) == []

    stack.write(program(onFailure="rerun"))
    planned = stack.preview()
    assert planned.changed == {"t": "update"}
    assert "re-adds 2" in planned.diagnostics
    assert {path for path in planned.paths("t") if path.startswith("tasks")} == {'tasks["07"]', 'tasks["31"]'}
    run_all(account, stack)
    again = [entry["body"] for entry in taken(account) if entry["path"].endswith("/addtaskcollection")]
    assert [task["id"] for body in again for task in body["value"]] == ["07", "31"]
    assert not is_unhealthy(stack)
    assert stack.preview().changed == {}


@pytest.mark.parametrize("drift", DRIFT)
def test_a_wait_that_ran_out_goes_on_in_the_next_up(
    account: EmulatorProcess, make_stack: MakeStack, drift: str
) -> None:
    stack = make_stack(program(awaitCompletion={"timeout": "PT1S"}), config=settings(drift))
    failed = stack.up(expect=None)
    says(failed, f"{COUNT} of {COUNT} tasks")
    assert len(account.get(TASKS)["value"]) == COUNT
    stack.write(program())
    assert stack.preview().changed == {"t": "update"}
    run_all(account, stack)
    assert not is_unhealthy(stack)
    assert stack.preview().changed == {}
    assert stack.up().changed == {}

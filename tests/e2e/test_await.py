"""A task that is waited for: `up` ends when it has, and what is left unfinished is neither lost nor forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import pytest

from tests.e2e.conftest import DRIFT, POOL, MakeStack
from tests.e2e.programs import job, task, writes
from tests.e2e.running import Running, until
from tests.e2e.saying import says
from tests.e2e.stack import Run, Stack
from tests.emulator_process import EmulatorProcess

ADD: Final = ("POST", "/jobs/jobId/tasks")
TASK1: Final = "/jobs/jobId/tasks/task1"
SOON: Final = 20.0
FAILED: Final = "jobs/jobId/tasks/task1 failed with exit code 3"


@pytest.fixture
def account(emulator: EmulatorProcess) -> EmulatorProcess:
    """Whose pool has a node."""
    emulator.call("DELETE", "/pools/poolId")
    emulator.settle()
    emulator.post("/pools", {**POOL, "targetDedicatedNodes": 1})
    emulator.settle()
    emulator.clear_requests()
    return emulator


def program(id: str | None = "task1", **properties: Any) -> dict[str, Any]:
    return {"job": job(), "t": task("${job.jobId}", id, **properties)}


def settings(drift: str) -> dict[str, Any]:
    return {"azure-batch:driftDetection": {"value": drift}}


def is_there(emulator: EmulatorProcess, state: str = "active", path: str = TASK1) -> bool:
    reply = emulator.call("GET", path)
    return bool(reply.status == 200 and reply.body["state"] == state)


def requests_of(emulator: EmulatorProcess, path: str) -> int:
    return sum(entry["path"] == path for entry in emulator.requests())


@contextmanager
def under_way(operation: Callable[[], Run]) -> Iterator[Callable[[], Run]]:
    """An operation that runs meanwhile; returns what waits for its end."""
    with ThreadPoolExecutor(1) as one:
        future = one.submit(operation)
        yield lambda: future.result(60)


def ends(emulator: EmulatorProcess, operation: Callable[[], Run], exit_code: int) -> Run:
    """The operation, while which the task ends so."""
    emulator.clear_requests()
    with under_way(operation) as result:
        # The engine's own read, one after an init failure, and then those of the wait.
        until("the task is waited for", lambda: requests_of(emulator, TASK1) > 2 and is_there(emulator))
        emulator.run_task("jobId", "task1", state="completed", exitCode=exit_code)
        return result()


def is_unhealthy(stack: Stack) -> bool:
    return bool(stack.resource("t").get("initErrors"))


def test_up_ends_when_the_task_has_and_says_meanwhile_what_it_waits_for(
    account: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(program(awaitCompletion={}))
    assert stack.preview().changed == {"job": "create", "t": "create"}
    run = ends(account, stack.up, 0)
    lines = [e["diagnosticEvent"]["message"] for e in run.events if e.get("diagnosticEvent", {}).get("ephemeral")]
    assert any("waiting: jobs/jobId/tasks/task1 is active, 0 s" in line for line in lines)
    assert stack.preview().changed == {}
    assert stack.up().changed == {}
    assert not is_unhealthy(stack)


@pytest.mark.parametrize("drift", DRIFT)
def test_a_failure_is_said_again_by_each_up_until_it_is_to_run_again(
    account: EmulatorProcess, make_stack: MakeStack, drift: str
) -> None:
    stack = make_stack(program(awaitCompletion={"timeout": "PT5M"}), config=settings(drift))
    says(ends(account, lambda: stack.up(expect=None), 3), FAILED)
    assert stack.resource("t")["id"] == "jobs/jobId/tasks/task1"
    assert is_unhealthy(stack)
    account.clear_requests()

    assert stack.preview().changed == {"t": "update"}
    says(stack.up(expect=None), FAILED)
    assert is_unhealthy(stack)
    assert writes(account) == []

    stack.write(program(awaitCompletion={"timeout": "PT5M"}, onFailure="rerun"))
    planned = stack.preview()
    assert planned.changed == {"t": "replace"}
    assert planned.paths("t")["onFailure"].endswith("-replace")
    assert writes(account) == []
    assert ends(account, stack.up, 0).changed == {"t": "replace"}
    assert writes(account) == [("DELETE", TASK1), ADD]
    assert not is_unhealthy(stack)
    assert stack.preview().changed == {}


def test_a_task_that_is_not_done_in_time_is_waited_for_again(account: EmulatorProcess, make_stack: MakeStack) -> None:
    together = ("--continue-on-error", "--parallel", "100")
    tasks = {f"t-{drift}": drift for drift in ("live", "refresh")}
    declared: dict[str, Any] = {"job": job()}
    for name, drift in tasks.items():
        declared[drift] = {"type": "pulumi:providers:azure-batch", "properties": {"driftDetection": drift}}
        by = {"provider": f"${{{drift}}}"}
        declared[name] = task("${job.jobId}", name, awaitCompletion={"timeout": "PT1S"}, options=by)
    stack = make_stack(declared)
    run = stack.up(*together, expect=None)
    for name in tasks:
        says(run, f"jobs/jobId/tasks/{name} had not completed after 1 s (it was active). No more time is allowed")
    assert stack.preview().changed == dict.fromkeys(tasks, "update")
    for name in tasks:
        account.run_task("jobId", name, state="running")
    run = stack.up(*together, expect=None)
    for name in tasks:
        says(run, f"jobs/jobId/tasks/{name} had not completed after 1 s (it was running)")
        account.run_task("jobId", name, state="completed", exitCode=0)
    account.clear_requests()
    planned = {"t-refresh": "update"}  # a read has shown the other one's end
    assert stack.preview().changed == planned
    assert stack.up().changed == planned
    assert [name for name in tasks if stack.resource(name).get("initErrors")] == []
    assert writes(account) == []


@pytest.mark.parametrize("drift", DRIFT)
def test_a_wait_that_is_interrupted_ends_at_once_and_goes_on_in_the_next_up(
    account: EmulatorProcess, make_stack: MakeStack, drift: str
) -> None:
    stack = make_stack(program(awaitCompletion={}), config=settings(drift))
    with Running(stack, "up") as command:
        until("the task is waited for", lambda: "waiting:" in command.output or is_there(account))
        command.interrupt()
        run = command.wait(SOON)
    assert run.code != 0
    assert stack.resource("t")["id"] == "jobs/jobId/tasks/task1"
    assert is_unhealthy(stack)
    account.clear_requests()
    assert stack.preview().changed == {"t": "update"}
    assert ends(account, stack.up, 0).changed == {"t": "update"}
    assert writes(account) == []
    assert not is_unhealthy(stack)


def test_the_shorter_time_counts_and_a_failure_can_be_a_warning(
    account: EmulatorProcess, make_stack: MakeStack
) -> None:
    waits = {"timeout": "PT1H", "failOnError": False}
    stack = make_stack(program(awaitCompletion=waits, options={"customTimeouts": {"create": "1s"}}))
    says(stack.up(expect=None), "had not completed after 1 s")
    stack.write(program(awaitCompletion=waits))
    run = ends(account, stack.up, 3)
    says(run, FAILED)
    assert "warning" in run.output
    assert not is_unhealthy(stack)
    assert stack.preview().changed == {}


def test_what_has_an_automatic_id_runs_again_under_it_and_a_task_can_be_waited_for_later(
    account: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(program(None))
    stack.up()
    id = stack.resource("t")["outputs"]["taskId"]
    account.run_task("jobId", id, state="completed", exitCode=3)
    account.clear_requests()

    stack.write(program(None, awaitCompletion={}, onFailure="rerun"))
    assert stack.preview().changed == {"t": "update"}
    says(stack.up(expect=None), f"jobs/jobId/tasks/{id} failed with exit code 3")
    assert writes(account) == []

    account.switch("added-tasks", "succeed")
    assert stack.up().changed == {"t": "replace"}
    assert writes(account) == [("DELETE", f"/jobs/jobId/tasks/{id}"), ADD]
    assert stack.preview().changed == {}


def test_an_old_result_does_not_stand_for_a_new_one(account: EmulatorProcess, make_stack: MakeStack) -> None:
    account.post("/jobs", {"id": "theirs", "poolInfo": {"poolId": "poolId"}})
    account.post("/jobs/theirs/tasks", {"id": "task1", "commandLine": "cmd /c echo task1"})
    account.run_task("theirs", "task1", state="completed", exitCode=0)
    stack = make_stack({"t": task("theirs", awaitCompletion={})})
    for run in (stack.preview(expect=None), stack.up(expect=None)):
        says(run, "jobs/theirs/tasks/task1 is what is declared, but it completed at")
        says(run, "Declare another `taskId`, or delete the task")
    stack.write({"t": task("theirs", awaitCompletion={}, options={"import": "jobs/theirs/tasks/task1"})})
    stack.up()


def test_what_can_never_complete_is_said_before_and_ends_the_wait_at_once(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    emulator.settle()
    emulator.post("/jobs", {"id": "jobId", "poolInfo": {"poolId": "poolId"}})
    stack = make_stack({"t": task("jobId", awaitCompletion={})})
    says(stack.preview(), "pools/poolId has no nodes: `targetDedicatedNodes` and `targetLowPriorityNodes` are 0")
    run = stack.up(expect=None)
    says(run, "jobs/jobId/tasks/task1 can never complete: pools/poolId has no nodes")
    assert is_unhealthy(stack)

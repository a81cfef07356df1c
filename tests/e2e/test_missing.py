"""What a read finds that is not as it was left: missing tasks, missing jobs, jobs that are over or another's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import changed, job, task
from tests.emulator_process import EmulatorProcess

JOB = "/jobs/jobId"
TASK1 = f"{JOB}/tasks/task1"
ADD = ("POST", f"{JOB}/tasks")
DAY = 86400


def made(emulator: EmulatorProcess) -> None:
    """A job that no stack manages."""
    emulator.post("/jobs", {"id": "jobId", "poolInfo": {"poolId": "poolId"}})


def removed(emulator: EmulatorProcess, path: str) -> None:
    assert emulator.call("DELETE", path).status in (200, 202)
    emulator.settle()
    assert emulator.call("GET", path).status == 404


def test_a_task_that_is_missing_from_an_active_job_is_added_again_unless_it_is_to_be_ignored(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    made(emulator)
    stack = make_stack({"again": task("jobId", "again"), "once": task("jobId", "once", onMissing="ignore")})
    stack.up()
    removed(emulator, f"{JOB}/tasks/again")
    removed(emulator, f"{JOB}/tasks/once")
    emulator.clear_requests()
    assert stack.preview().changed == {"again": "create"}
    refreshed = stack.refresh()
    assert [name for name, op in refreshed.steps.items() if op == "delete"] == ["again"]
    assert stack.up().changed == {"again": "create"}
    assert changed(emulator) == [ADD]
    assert emulator.call("GET", f"{JOB}/tasks/once").status == 404
    assert stack.destroy().changed == {"again": "delete", "once": "delete"}


@pytest.mark.parametrize("state", ["completed", "terminating", "deleting"])
def test_a_task_that_is_missing_from_a_job_that_is_over_counts_as_done(
    emulator: EmulatorProcess, make_stack: MakeStack, state: str
) -> None:
    made(emulator)
    stack = make_stack({"again": task("jobId", "again"), "once": task("jobId", "once", onMissing="ignore")})
    stack.up()
    removed(emulator, f"{JOB}/tasks/again")
    removed(emulator, f"{JOB}/tasks/once")
    if state == "completed":
        emulator.post(f"{JOB}/terminate")
        emulator.settle()
    else:
        emulator.switch("states", "by-hand")
        verb = ("DELETE", JOB) if state == "deleting" else ("POST", f"{JOB}/terminate")
        assert emulator.call(*verb).status == 202
    assert emulator.get(JOB)["state"] == state
    emulator.clear_requests()
    for operation in (stack.preview, stack.refresh, stack.up):
        run = operation("--expect-no-changes")
        assert run.changed == {}
        assert run.diagnostics.count(f"jobs/jobId is {state}: the task counts as done") >= 1
    assert changed(emulator) == []
    stack.write({"new": task("jobId", "new")})
    failed = stack.up(expect=None)
    assert f"jobs/jobId is {state}: no task can be added to it" in failed.diagnostics


def test_a_job_that_is_missing_leaves_its_tasks_done_and_refuses_new_ones(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    made(emulator)
    program = {"again": task("jobId", "again"), "once": task("jobId", "once", onMissing="ignore")}
    stack = make_stack(program)
    stack.up()
    removed(emulator, JOB)
    emulator.clear_requests()
    for operation in (stack.preview, stack.refresh, stack.up):
        run = operation("--expect-no-changes")
        assert run.changed == {}
        assert "jobs/jobId is gone, and jobs/jobId/tasks/again with it" in run.diagnostics
    stack.write({**program, "new": task("jobId", "new")})
    planned = stack.preview()
    assert "jobs/jobId does not exist" in planned.diagnostics
    failed = stack.up(expect=None)
    assert "jobs/jobId" in failed.diagnostics
    assert "JobNotFound" in failed.diagnostics
    assert changed(emulator) == []
    stack.write(program)
    assert stack.destroy().changed == {"again": "delete", "once": "delete"}


def test_a_job_that_is_made_again_takes_its_tasks_with_it_but_not_those_that_ran_once_and_for_all(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def program(**properties: Any) -> dict[str, Any]:
        again = task("${job.jobId}", "again")
        once = task("${job.jobId}", "once", onMissing="ignore")
        return {"job": job(**properties), "again": again, "once": once}

    stack = make_stack(program())
    stack.up()
    removed(emulator, JOB)
    emulator.clear_requests()
    planned = stack.preview()
    assert planned.changed == {"job": "create", "again": "replace"}
    assert stack.up().changed == planned.changed
    assert changed(emulator) == [("POST", "/jobs"), ADD]
    assert emulator.call("GET", f"{JOB}/tasks/once").status == 404
    assert stack.up().changed == {}

    stack.write(program(onMissing="ignore"))
    assert stack.up().changed == {"job": "update"}
    removed(emulator, JOB)
    emulator.clear_requests()
    for operation in (stack.preview, stack.refresh, stack.up):
        assert operation("--expect-no-changes").changed == {}
    assert changed(emulator) == []


def test_a_job_of_the_same_id_that_is_younger_is_another_job(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    made(emulator)
    program = {"again": task("jobId", "again"), "once": task("jobId", "once", onMissing="ignore")}
    stack = make_stack(program)
    stack.up()
    removed(emulator, JOB)
    emulator.advance(60)
    made(emulator)
    emulator.clear_requests()
    planned = stack.preview()
    assert planned.changed == {"again": "create"}
    for name, then in (("again", "the task is added again"), ("once", "the task counts as done, by `onMissing`")):
        said = f"jobs/jobId is another job than the one that jobs/jobId/tasks/{name} was added to: {then}"
        assert said in planned.diagnostics
    assert stack.up().changed == planned.changed
    assert changed(emulator) == [ADD]
    assert stack.up().changed == {}


def test_a_task_that_is_missing_long_after_it_was_added_is_over(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    made(emulator)
    old = {"old": task("jobId", "old"), "there": task("jobId", "there")}
    stack = make_stack(old)
    stack.up()
    emulator.advance(178 * DAY)
    stack.write({**old, "younger": task("jobId", "younger")})
    stack.up()
    emulator.advance(2 * DAY)
    removed(emulator, f"{JOB}/tasks/old")
    removed(emulator, f"{JOB}/tasks/younger")
    emulator.clear_requests()
    said = "jobs/jobId/tasks/old is gone and was added more than 179 days ago"
    for operation in (stack.preview, stack.up):
        run = operation()
        assert run.changed == {"younger": "create"}
        assert said in run.diagnostics
    assert changed(emulator) == [ADD]
    assert stack.refresh().changed == {}
    stack.destroy()


@pytest.mark.parametrize("result", [{"exitCode": 0}, {"exitCode": 1}, {"failureInfo": {"category": "usererror"}}])
def test_how_a_task_ended_is_no_change(
    emulator: EmulatorProcess, make_stack: MakeStack, result: dict[str, Any]
) -> None:
    made(emulator)
    stack = make_stack({"t": task("jobId")})
    stack.up()
    emulator.run_task("jobId", "task1", state="completed", **result)
    emulator.clear_requests()
    assert stack.up("--refresh", "--expect-no-changes").changed == {}
    assert changed(emulator) == []


@pytest.mark.parametrize("state", ["completed", "disabled"])
def test_a_job_that_is_over_or_at_rest_is_no_change(
    emulator: EmulatorProcess, make_stack: MakeStack, state: str
) -> None:
    stack = make_stack({"job": job(priority=3), "t": task("${job.jobId}")})
    stack.up()
    emulator.post(f"{JOB}/terminate" if state == "completed" else f"{JOB}/disable", *_body(state))
    emulator.settle()
    assert emulator.get(JOB)["state"] == state
    emulator.clear_requests()
    assert stack.up("--refresh", "--expect-no-changes").changed == {}
    assert changed(emulator) == []
    stack.write({"job": job(priority=4), "t": task("${job.jobId}")})
    if state == "completed":
        failed = stack.up(expect=None)
        assert "jobs/jobId is completed" in failed.diagnostics
        assert "`deleteBeforeReplace: true`: `pulumi up --replace" in failed.diagnostics
        assert changed(emulator) == []
        job_urn = "urn:pulumi:dev::e2e::azure-batch:index:Job::job"
        stack.write({"job": job(priority=4, options={"deleteBeforeReplace": True}), "t": task("${job.jobId}")})
        assert stack.up("--replace", job_urn).changed == {"job": "replace", "t": "replace"}
        assert emulator.get(JOB)["state"] == "active"
        assert emulator.get(TASK1)["id"] == "task1"
    else:
        assert stack.up().changed == {"job": "update"}


def _body(state: str) -> list[Any]:
    return [] if state == "completed" else [{"disableTasks": "requeue"}]


def test_a_job_that_somebody_deletes_is_waited_out_and_made_anew(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "t": task("${job.jobId}")})
    stack.up()
    emulator.switch("looks", 4)
    assert emulator.call("DELETE", JOB).status == 202
    run = stack.up()
    assert "jobs/jobId is being deleted by another client" in run.diagnostics
    emulator.settle()
    stack.up()
    assert emulator.get(JOB)["state"] == "active"
    assert emulator.get(TASK1)["id"] == "task1"
    assert stack.up().changed == {}


def test_deleting_what_is_gone_already_is_done(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack({"job": job(), "t": task("${job.jobId}")}, config={"azure-batch:driftDetection": "refresh"})
    stack.up()
    removed(emulator, JOB)
    emulator.clear_requests()
    stack.destroy()
    assert changed(emulator) == []

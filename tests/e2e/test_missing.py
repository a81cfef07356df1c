"""What a read finds that is not as it was left, beyond the cells of the matrix."""

from __future__ import annotations

from typing import Any

from tests.e2e.conftest import MakeStack
from tests.e2e.places import FOREVER, MOMENT
from tests.e2e.programs import changed, job, task
from tests.emulator_process import EmulatorProcess

JOB = "/jobs/jobId"
TASK1 = f"{JOB}/tasks/task1"
ADD = ("POST", f"{JOB}/tasks")
DAY = 86400
OVER = ("completed", "terminating", "deleting")
TOGETHER = ("--continue-on-error", "--parallel", "100")


def made(emulator: EmulatorProcess, id: str = "jobId") -> None:
    """A job that no stack manages."""
    emulator.post("/jobs", {"id": id, "poolInfo": {"poolId": "poolId"}})


def removed(emulator: EmulatorProcess, path: str) -> None:
    assert emulator.call("DELETE", path).status in (200, 202)
    emulator.settle()
    assert emulator.call("GET", path).status == 404


def test_jobs_that_are_over_gone_or_others_by_now_decide_what_becomes_of_their_tasks(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def tasks(state: str) -> dict[str, Any]:
        again = task(state, "again")
        return {f"{state}-again": again, f"{state}-once": task(state, "once", onMissing="ignore")}

    states = (*OVER, "gone", "younger")
    program: dict[str, Any] = {}
    for state in states:
        made(emulator, state)
        program |= tasks(state)
    stack = make_stack(program)
    stack.up()
    for state in OVER:
        removed(emulator, f"/jobs/{state}/tasks/again")
        removed(emulator, f"/jobs/{state}/tasks/once")
    removed(emulator, "/jobs/gone")
    removed(emulator, "/jobs/younger")
    emulator.advance(60)
    made(emulator, "younger")
    emulator.post("/jobs/completed/terminate")
    emulator.settle()
    emulator.switch("states", "by-hand")
    assert emulator.call("POST", "/jobs/terminating/terminate").status == 202
    assert emulator.call("DELETE", "/jobs/deleting").status == 202
    assert {emulator.get(f"/jobs/{state}")["state"] for state in OVER} == set(OVER)
    emulator.clear_requests()

    run = stack.up()
    assert run.changed == {"younger-again": "create"}
    for name in ("again", "once"):
        for state in OVER:
            assert (
                f"jobs/{state}/tasks/{name} is gone and jobs/{state} is {state}: the task counts as done" in run.output
            )
        assert f"jobs/gone is gone, and jobs/gone/tasks/{name} with it" in run.output
    for name, then in (("again", "the task is added again"), ("once", "the task counts as done, by `onMissing`")):
        said = f"jobs/younger is another job than the one that jobs/younger/tasks/{name} was added to: {then}"
        assert said in run.output
    assert changed(emulator) == [("POST", "/jobs/younger/tasks")]

    new = {f"{state}-new": task(state, "new") for state in states}
    stack.write({**program, "gone-new": new["gone-new"]})
    assert "jobs/gone does not exist" in stack.preview().diagnostics
    stack.write({**program, **new})
    emulator.fault(path="/jobs/*", delay=MOMENT, times=FOREVER)
    failed = stack.up(*TOGETHER, expect=None)
    for state in OVER:
        assert f"jobs/{state} is {state}: no task can be added to it" in failed.diagnostics
    assert "JobNotFound" in failed.diagnostics
    assert changed(emulator) == [("POST", "/jobs/younger/tasks")]


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
    assert stack.up().changed == {"job": "create", "again": "replace"}
    assert changed(emulator) == [("POST", "/jobs"), ADD]
    assert emulator.call("GET", f"{JOB}/tasks/once").status == 404

    stack.write(program(onMissing="ignore"))
    assert stack.up().changed == {"job": "update"}
    removed(emulator, JOB)
    emulator.clear_requests()
    assert stack.up("--expect-no-changes").changed == {}
    assert changed(emulator) == []


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
    run = stack.up()
    assert run.changed == {"younger": "create"}
    assert said in run.diagnostics
    assert changed(emulator) == [ADD]
    assert stack.refresh().changed == {}


def test_how_a_task_ended_is_no_change(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    made(emulator)
    results: dict[str, dict[str, Any]] = {
        "well": {"exitCode": 0},
        "badly": {"exitCode": 1},
        "never": {"failureInfo": {"category": "usererror"}},
    }
    stack = make_stack({name: task("jobId", name) for name in results})
    stack.up()
    for name, result in results.items():
        emulator.run_task("jobId", name, state="completed", **result)
    emulator.clear_requests()
    assert stack.up("--refresh", "--expect-no-changes").changed == {}
    assert changed(emulator) == []


def test_a_job_that_has_ended_is_not_changed_any_more_and_one_at_rest_is(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def program(priority: int, **properties: Any) -> dict[str, Any]:
        done = job(priority=priority, **properties)
        return {"done": done, "t": task("${done.jobId}"), "resting": job("resting", priority=priority)}

    stack = make_stack(program(3))
    stack.up()
    emulator.post(f"{JOB}/terminate")
    emulator.post("/jobs/resting/disable", {"disableTasks": "requeue"})
    emulator.settle()
    assert [emulator.get(path)["state"] for path in (JOB, "/jobs/resting")] == ["completed", "disabled"]
    emulator.clear_requests()
    stack.write(program(4))
    refused = "jobs/jobId is completed: the service changes nothing of it"
    assert refused in stack.preview(expect=None).diagnostics
    emulator.fault(path=JOB, delay=MOMENT, times=FOREVER)
    failed = stack.up(*TOGETHER, expect=None)
    emulator.clear_faults()
    assert refused in failed.diagnostics
    assert "`deleteBeforeReplace: true`: `pulumi up --replace" in failed.diagnostics
    assert changed(emulator) == [("PATCH", "/jobs/resting")]

    stack.write({**program(4), **program(3, onMissing="ignore"), "resting": program(4)["resting"]})
    assert stack.up().changed == {"done": "update"}
    assert changed(emulator) == []

    stack.write(program(4, options={"deleteBeforeReplace": True}))
    job_urn = "urn:pulumi:dev::e2e::azure-batch:index:Job::done"
    assert stack.up("--replace", job_urn).changed == {"done": "replace", "t": "replace"}
    assert emulator.get(JOB)["state"] == "active"
    assert emulator.get(TASK1)["id"] == "task1"


def test_a_job_that_another_client_deletes_is_waited_out_and_made_again(
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


def test_deleting_what_is_gone_already_is_done(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack({"job": job(), "t": task("${job.jobId}")}, config={"azure-batch:driftDetection": "refresh"})
    stack.up()
    removed(emulator, JOB)
    emulator.clear_requests()
    stack.destroy()
    assert changed(emulator) == []

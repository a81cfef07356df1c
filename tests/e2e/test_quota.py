"""An account that has as many active jobs as it may: who fills it is said, and room is waited for when told to."""

from __future__ import annotations

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, writes
from tests.e2e.running import Running, until
from tests.e2e.saying import says
from tests.emulator_process import EmulatorProcess


def filled(emulator: EmulatorProcess) -> None:
    """Three active jobs, one of which has a task to run, and a completed one, in an account for three."""
    for name in ("over", "idle", "rest", "busy"):
        emulator.post("/jobs", {"id": name, "poolInfo": {"poolId": "poolId"}})
    emulator.post("/jobs/busy/tasks", {"id": "t", "commandLine": "cmd /c echo"})
    emulator.post("/jobs/over/terminate")
    emulator.post("/jobs/rest/disable", {"disableTasks": "requeue"})
    emulator.settle()
    emulator.switch("active-job-quota", 3)
    emulator.clear_requests()


def test_a_full_account_is_told_with_the_jobs_that_could_go(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    filled(emulator)
    stack = make_stack({"job": job()})

    run = stack.up(expect=None)

    says(run, "409 ActiveJobAndScheduleQuotaReached", "Terminate or delete jobs", "customTimeouts")
    says(run, "3 jobs are not completed", "could be terminated: jobs/idle (active), jobs/rest (disabled).")
    assert [entry for entry in writes(emulator) if entry[0] != "POST"] == []
    emulator.post("/jobs/idle/terminate")
    emulator.settle()
    assert stack.up().changed == {"job": "create"}


def test_room_is_waited_for_within_the_time_that_the_program_allows(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    filled(emulator)
    stack = make_stack({"job": job(options={"customTimeouts": {"create": "2m"}})})
    with Running(stack, "up") as command:
        until("the job was refused", lambda: ("POST", "/jobs", 409) in answers(emulator))
        emulator.post("/jobs/idle/terminate")
        emulator.settle()
        assert command.wait().code == 0
    assert emulator.get("/jobs/jobId")["state"] == "active"
    assert stack.preview("--expect-no-changes").changed == {}


def test_room_that_does_not_come_in_time_is_an_error_that_says_so(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    filled(emulator)
    stack = make_stack({"job": job(options={"customTimeouts": {"create": "2s"}})})

    says(stack.up(expect=None), "the time that `customTimeouts` allows", "jobs/idle (active)")

    assert emulator.call("GET", "/jobs/jobId").status == 404


def answers(emulator: EmulatorProcess) -> list[tuple[str, str, int | None]]:
    return [(entry["method"], entry["path"], entry["status"]) for entry in emulator.requests()]

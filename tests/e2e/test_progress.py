"""While something is waited for: what the user sees, and how to stop waiting."""

from __future__ import annotations

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, task, writes
from tests.e2e.running import Running, until
from tests.e2e.saying import says
from tests.emulator_process import EmulatorProcess

SOON = 20.0
"""Seconds within which a command that is told to stop has stopped, on a machine that has other things to do too."""


def never_gone(emulator: EmulatorProcess) -> None:
    """From now on, what is deleted stays there until somebody settles it."""
    for name in ("job-delete-delay", "task-delete-delay"):
        emulator.switch(name, 10**6)


def test_waiting_for_a_deletion_shows_what_is_waited_for_and_for_how_long(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "task": task("${job.jobId}")})
    stack.up()
    emulator.switch("looks", 4)
    emulator.switch("task-delete-looks", 3)
    emulator.clear_requests()

    run = stack.destroy()

    lines = [
        event["diagnosticEvent"]["message"] for event in run.events if event.get("diagnosticEvent", {}).get("ephemeral")
    ]
    assert any("waiting for jobs/jobId to be gone: deleting, 0 s" in line for line in lines)
    assert any("waiting for jobs/jobId/tasks/task1 to be gone:" in line for line in lines)
    assert emulator.call("GET", "/jobs/jobId").status == 404
    assert writes(emulator) == [("DELETE", "/jobs/jobId/tasks/task1"), ("DELETE", "/jobs/jobId")]


def test_a_wait_that_is_interrupted_ends_soon_and_the_next_destroy_goes_on(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job()})
    stack.up()
    never_gone(emulator)
    emulator.clear_requests()

    with Running(stack, "destroy") as command:
        until("the job is deleted", lambda: ("DELETE", "/jobs/jobId") in seen(emulator))
        command.interrupt()
        run = command.wait(SOON)
    assert run.code != 0
    says(run, "the engine no longer waits")
    assert stack.resource("job")["id"] == "jobs/jobId"

    emulator.settle()
    emulator.clear_requests()
    stack.destroy()
    assert emulator.call("GET", "/jobs/jobId").status == 404
    assert not managed(stack.export())
    assert writes(emulator) == []


def test_a_replacement_that_is_interrupted_between_its_halves_is_completed_by_the_next_up(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "task": task("${job.jobId}", commandLine="first")})
    stack.up()
    stack.write({"job": job(), "task": task("${job.jobId}", commandLine="second")})
    never_gone(emulator)
    emulator.clear_requests()

    with Running(stack, "up") as command:
        until("the task is deleted", lambda: ("DELETE", "/jobs/jobId/tasks/task1") in seen(emulator))
        command.interrupt()
        assert command.wait(SOON).code != 0
    assert ("POST", "/jobs/jobId/tasks") not in seen(emulator)
    assert stack.resource("task")["id"] == "jobs/jobId/tasks/task1"

    emulator.settle()
    stack.up()
    assert emulator.get("/jobs/jobId/tasks/task1")["commandLine"] == "second"
    assert [method for method, _ in writes(emulator)].count("POST") == 1
    assert stack.preview().changed == {}


def test_an_addition_that_is_interrupted_while_the_service_is_busy_leaves_nothing_behind(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job()})
    emulator.fault(method="POST", path="/jobs", status=503, retryAfter=60)

    with Running(stack, "up") as command:
        until("the service has been asked", lambda: ("POST", "/jobs") in seen(emulator))
        command.interrupt()
        run = command.wait(SOON)
    assert run.code != 0
    says(run, "the engine no longer waits")
    assert not managed(stack.export())

    assert stack.up().changed == {"job": "create"}


def test_a_deletion_that_takes_longer_than_the_program_allows_is_an_error_and_the_state_is_kept(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(options={"customTimeouts": {"delete": "4s"}})})
    stack.up()
    never_gone(emulator)

    run = stack.destroy(expect=None)

    says(run, "jobs/jobId", "deleting", "customTimeouts")
    assert stack.resource("job")["id"] == "jobs/jobId"
    emulator.settle()
    stack.destroy()
    assert not managed(stack.export())


def seen(emulator: EmulatorProcess) -> list[tuple[str, str]]:
    """(method, path) of what was asked so far; the log is left as it is."""
    return [(entry["method"], entry["path"]) for entry in emulator.requests()]


def managed(export: dict[str, object]) -> list[str]:
    """URNs of the provider's resources in an exported state."""
    deployment = export["deployment"]
    assert isinstance(deployment, dict)
    return [item["urn"] for item in deployment.get("resources", []) if item["type"].startswith("azure-batch:")]

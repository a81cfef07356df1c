"""Processes that are killed: none is left behind, nothing is done twice, and one `up` puts things right."""

from __future__ import annotations

from typing import Any

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, requests, task
from tests.e2e.running import Running, until
from tests.emulator_process import EmulatorProcess

SOON = 20.0


def test_a_plugin_ends_by_itself_when_its_engine_is_killed(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack({"job": job()})
    stack.up()
    emulator.switch("job-delete-delay", 10**6)

    with Running(stack, "destroy") as command:
        until("the job is being deleted", lambda: emulator.get("/jobs/jobId")["state"] == "deleting")
        plugins = command.plugins()
        assert plugins
        command.kill()
        command.wait(SOON)
        until("the plugin is gone", lambda: not command.plugins(), SOON)

    stack.run("cancel", "--yes", "--stack", "dev")
    emulator.settle()
    stack.destroy()
    assert emulator.call("GET", "/jobs/jobId").status == 404


def test_a_plugin_that_is_killed_while_it_adds_a_task_does_not_make_the_next_up_add_it_again(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    program = {"job": job(), "task": task("${job.jobId}"), "auto": task("${job.jobId}", None, commandLine="auto")}
    stack = make_stack({"job": job()})
    stack.up()
    stack.write(program)
    emulator.clear_requests()
    emulator.fault(method="POST", path="/jobs/jobId/tasks", delay=5, times=2)

    with Running(stack, "up") as command:
        # An order that is carried out is no longer listed: then the request is there, and not yet handled.
        until("both tasks are on their way", lambda: emulator.get("/_emulator/faults") == [])
        command.kill_plugins()
        assert command.wait().code != 0
    until("the service has handled them", lambda: len(tasks(emulator)) == 2)

    stack.up()
    assert stack.preview().changed == {}
    assert len(tasks(emulator)) == 2
    assert [entry["status"] for entry in emulator.requests() if entry["method"] == "POST"].count(201) == 2


def test_nothing_of_the_plugin_runs_any_more_when_the_engine_is_done(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job()})

    with Running(stack, "up") as command:
        assert command.wait().code == 0
        until("the plugin is gone", lambda: not command.plugins(), SOON)

    assert ("POST", "/jobs") in requests(emulator)


def tasks(emulator: EmulatorProcess) -> list[Any]:
    return list(emulator.get("/jobs/jobId/tasks")["value"])


def test_every_request_of_an_operation_is_in_the_log_of_its_engine(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "task": task("${job.jobId}")}, attach=False)
    for verb in ("preview", "up", "refresh", "destroy"):
        emulator.clear_requests()
        run = stack.operate(verb, "--debug")
        sent = [(item["method"], item["path"]) for item in emulator.requests()]
        lines = [tuple(words) for line in run.diagnostics.splitlines() if (words := line.split()[:2])]
        assert sorted(sent) == sorted(line for line in lines if line in sent), verb

"""What exists already: adopted when it is what is declared, refused when it is not, and never deleted by mistake."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import changed, job, pool, task
from tests.emulator_process import EmulatorProcess

POOL = "/pools/poolId"
JOB = "/jobs/jobId"
TASK1 = "/jobs/jobId/tasks/task1"
START: dict[str, Any] = {"commandLine": "cmd /c start"}
EMPTY: dict[str, Any] = {"applicationPackageReferences": [], "metadata": []}
BY_REFRESH = {"azure-batch:driftDetection": {"value": "refresh"}}
PROGRAM: dict[str, Any] = {
    "job": job(priority=5),
    "t": task("jobId", options={"dependsOn": ["${job}"]}),
    "p": pool(startTask=START),
}


def made(emulator: EmulatorProcess, *, priority: int = 5, start: str = "cmd /c start") -> None:
    """Somebody has made all of it by other means."""
    emulator.post("/jobs", {"id": "jobId", "poolInfo": {"poolId": "poolId"}, "priority": priority})
    emulator.post(f"{JOB}/tasks", {"id": "task1", "commandLine": "cmd /c echo task1"})
    emulator.post(f"{POOL}/updateproperties", {**EMPTY, "startTask": {"commandLine": start}})
    emulator.clear_requests()


def test_what_is_there_and_is_what_is_declared_is_adopted_without_a_change(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    made(emulator)
    emulator.run_task("jobId", "task1", state="completed", exitCode=4)
    stack = make_stack(PROGRAM)
    planned = stack.preview()
    assert planned.changed == {"job": "create", "t": "create", "p": "create"}
    assert planned.diagnostics.count("and is what is declared, and will be adopted. It is") == 2
    assert "jobs/jobId has existed since" in planned.diagnostics
    done = stack.up()
    assert "It is completed, exit code 4." in done.diagnostics
    assert "nothing was sent" in done.diagnostics
    assert changed(emulator) == []
    assert stack.up().changed == {}
    assert stack.refresh("--expect-no-changes").changed == {}
    assert changed(emulator) == []


@pytest.mark.parametrize(
    ("name", "there", "said"),
    [
        ("job", {"priority": 77}, ["`priority`", "pulumi import azure-batch:index:Job job jobs/jobId", "takeOver"]),
        (
            "t",
            {},
            ["`commandLine`", "pulumi import azure-batch:index:Task t jobs/jobId/tasks/task1"],
        ),
        (
            "p",
            {"start": "cmd /c of another client"},
            ["startTask.commandLine", "pulumi import azure-batch:index:PoolProperties p pools/poolId", "takeOver"],
        ),
    ],
)
def test_what_is_there_and_differs_is_refused_in_preview_and_up_and_left_alone(
    emulator: EmulatorProcess, make_stack: MakeStack, name: str, there: dict[str, Any], said: list[str]
) -> None:
    made(emulator, **there)
    program = {**PROGRAM, "t": task("jobId", commandLine="cmd /c other") if name == "t" else PROGRAM["t"]}
    alone = {**program[name]}
    alone.pop("options", None)
    stack = make_stack({name: alone})
    for operation in (stack.preview, stack.up):
        failed = operation(expect=None)
        for text in said:
            assert text in failed.diagnostics
    assert changed(emulator) == []


def test_taking_over_changes_what_differs_and_preview_names_it(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    made(emulator, priority=77, start="cmd /c of another client")
    stack = make_stack({"job": job(priority=5, takeOver=True), "p": pool(startTask=START, takeOver=True)})
    planned = stack.preview()
    for run in (planned, stack.up()):
        assert "taking over jobs/jobId" in run.diagnostics
        assert "`priority`" in run.diagnostics
        assert "taking over pools/poolId" in run.diagnostics
        assert "startTask.commandLine" in run.diagnostics
    assert sorted(changed(emulator)) == [("PATCH", JOB), ("POST", f"{POOL}/updateproperties")]
    assert emulator.get(JOB)["priority"] == 5
    assert emulator.get(TASK1)["id"] == "task1"
    assert stack.up().changed == {}
    stack.write({"job": job(priority=5), "p": pool(startTask=START)})
    stack.up()
    assert changed(emulator) == []


def test_what_the_service_does_not_let_change_cannot_be_taken_over(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    made(emulator)
    stack = make_stack({"job": job(priority=5, usesTaskDependencies=True, takeOver=True)})
    for operation in (stack.preview, stack.up):
        failed = operation(expect=None)
        assert "cannot be taken over" in failed.diagnostics
        assert "usesTaskDependencies" in failed.diagnostics
    assert changed(emulator) == []


URNS = {
    "job": "urn:pulumi:dev::e2e::azure-batch:index:Job::job",
    "t": "urn:pulumi:dev::e2e::azure-batch:index:Task::t",
    "p": "urn:pulumi:dev::e2e::azure-batch:index:PoolProperties::p",
}


def test_replacing_by_hand_never_deletes_what_is_declared(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack(PROGRAM)
    stack.up()
    changed(emulator)
    for urn in URNS.values():
        failed = stack.up("--replace", urn, expect=None)
        assert "deleteBeforeReplace: true" in failed.diagnostics
        assert changed(emulator) == []
        stack.run("state", "taint", urn, "--stack", "dev", "--yes")
        failed = stack.up(expect=None)
        assert "deleteBeforeReplace: true" in failed.diagnostics
        assert changed(emulator) == []
        stack.run("state", "untaint", urn, "--stack", "dev", "--yes")
        assert stack.up().changed == {}
        assert changed(emulator) == []


def test_replacing_by_hand_works_where_the_program_says_to_delete_first(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "t": task("${job.jobId}", options={"deleteBeforeReplace": True})})
    stack.up()
    changed(emulator)
    assert stack.up("--replace", URNS["t"]).changed == {"t": "replace"}
    assert changed(emulator) == [("DELETE", TASK1), ("POST", f"{JOB}/tasks")]


@pytest.mark.parametrize("name", ["job", *(pytest.param(name, marks=pytest.mark.long) for name in ("t", "p"))])
def test_a_new_name_without_an_alias_is_an_error_and_with_one_no_change(
    emulator: EmulatorProcess, make_stack: MakeStack, name: str
) -> None:
    stack = make_stack(PROGRAM)
    stack.up()
    changed(emulator)
    program = {**PROGRAM, "t": task("jobId"), "renamed": PROGRAM[name]}
    del program[name]
    if name == "t":
        program["renamed"] = task("jobId")
    stack.write(program)
    for operation in (stack.preview, stack.up):
        assert "`aliases`" in operation(expect=None).output
    assert changed(emulator) == []
    aliased = dict(program["renamed"])
    aliased["options"] = {**aliased.get("options", {}), "aliases": [{"name": name}]}
    stack.write({**program, "renamed": aliased})
    assert stack.up().changed == {}
    assert changed(emulator) == []


def test_what_one_operation_adopted_under_a_new_name_it_does_not_delete_under_the_old(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    """Without the reads before an up nothing tells a renamed resource from a thing that another client made."""
    stack = make_stack(PROGRAM, config=BY_REFRESH)
    stack.up()
    changed(emulator)
    done = stack.up("--replace", URNS["t"])
    assert "jobs/jobId/tasks/task1 is not deleted" in done.diagnostics
    assert changed(emulator) == []
    renamed = {"job2": job(priority=5), "t2": task("jobId", options={"dependsOn": ["${job2}"]}), "p2": PROGRAM["p"]}
    stack.write(renamed)
    done = stack.up()
    for id in ("jobs/jobId", "jobs/jobId/tasks/task1", "pools/poolId"):
        assert f"{id} is not deleted" in done.diagnostics
    assert changed(emulator) == []
    assert stack.up("--refresh").changed == {}
    assert changed(emulator) == []


@pytest.mark.parametrize("config", [{}, pytest.param(BY_REFRESH, marks=pytest.mark.long)])
def test_a_change_that_may_not_delete_first_is_an_error_and_deletes_nothing(
    emulator: EmulatorProcess, make_stack: MakeStack, config: dict[str, Any]
) -> None:
    stack = make_stack({"job": job(), "t": task("${job.jobId}")}, config=config)
    stack.up()
    changed(emulator)
    later = task("${job.jobId}", displayName="changed", options={"deleteBeforeReplace": False})
    stack.write({"job": job(), "t": later})
    failed = stack.up(expect=None)
    assert "jobs/jobId/tasks/task1" in failed.diagnostics
    assert changed(emulator) == []
    assert "displayName" not in emulator.get(TASK1)

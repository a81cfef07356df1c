"""The life of a TaskCollection under the real engine: only what differs is touched."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import DRIFT, MakeStack
from tests.e2e.programs import collection, job, taken, writes
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess

ADDED = ("POST", "/jobs/jobId/addtaskcollection")


def deleted(*ids: str) -> list[tuple[str, str]]:
    return [("DELETE", f"/jobs/jobId/tasks/{id}") for id in ids]


def ids(emulator: EmulatorProcess) -> list[str]:
    return [task["id"] for task in emulator.get("/jobs/jobId/tasks")["value"]]


def sent(emulator: EmulatorProcess) -> list[str]:
    """The ids of tasks that were added since the last look, in order."""
    bodies = [entry["body"] for entry in taken(emulator) if (entry["method"], entry["path"]) == ADDED]
    return [task["id"] for body in bodies for task in body["value"]]


def a_map(**tasks: Any) -> dict[str, Any]:
    """A job and three tasks, some of them otherwise."""
    own = {"t1": {"commandLine": "echo 1"}, "t2": {"commandLine": "echo 2"}, "t3": {"commandLine": "echo 3"}, **tasks}
    return {
        "job": job(usesTaskDependencies=True),
        "c": collection(
            "${job.jobId}",
            tasks={id: task for id, task in own.items() if task is not None},
            defaults={"constraints": {"maxTaskRetryCount": 2}},
        ),
    }


def a_sweep(end: int = 12, text: str = "frame {frame}", **properties: Any) -> dict[str, Any]:
    """A job and a task for each number from 1 on."""
    sweep = {"task": {"commandLine": text}, "parameters": {"frame": {"start": 1, "end": end}}}
    return {"job": job(usesTaskDependencies=True), "c": collection("${job.jobId}", sweep=sweep, **properties)}


def test_only_the_tasks_of_a_map_that_differ_are_touched(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack(a_map())
    planned = stack.preview()
    assert "adds 3" in planned.diagnostics
    stack.up()
    assert writes(emulator) == [("POST", "/jobs"), ADDED]
    assert emulator.get("/jobs/jobId/tasks/t2")["constraints"]["maxTaskRetryCount"] == 2
    emulator.clear_requests()
    assert stack.up().changed == {}
    assert sorted((entry["method"], entry["path"]) for entry in taken(emulator)) == [
        ("GET", "/jobs/jobId"),
        ("GET", "/jobs/jobId/tasks"),
    ]

    emulator.call("POST", "/jobs/jobId/tasks", {"id": "foreign", "commandLine": "echo"})
    stack.write(a_map(t2={"commandLine": "echo two"}, t3=None, t4={"commandLine": "echo 4"}))
    planned = stack.preview()
    assert planned.changed == {"c": "update"}
    assert planned.paths("c") == {
        "tasks.t2.commandLine": "update",
        "tasks.t3": "delete",
        "tasks.t4": "add",
    }
    assert "adds 1, removes 1, re-adds 1" in planned.diagnostics
    emulator.clear_requests()
    assert stack.up().changed == {"c": "update"}
    made = taken(emulator)
    assert sorted((e["method"], e["path"]) for e in made if e["method"] == "DELETE") == deleted("t2", "t3")
    assert [task["id"] for e in made if e["method"] == "POST" for task in e["body"]["value"]] == ["t4", "t2"]
    assert ids(emulator) == ["foreign", "t1", "t2", "t4"]
    assert stack.preview().changed == {}

    stack.write({"job": a_map()["job"]})
    stack.up()
    assert ids(emulator) == ["foreign"]
    stack.destroy()


def test_a_sweep_grows_and_shrinks_without_another_id_for_what_stays(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    join = {"join": {"commandLine": "join", "dependsOn": {"taskIdRanges": [{"start": 1, "end": 12}]}}}
    stack = make_stack(a_sweep(tasks=join))
    assert "adds 13" in stack.preview().diagnostics
    stack.up()
    first = ids(emulator)
    assert first == [*(f"{n:02}" for n in range(1, 13)), "join"]
    assert stack.up().changed == {}
    emulator.clear_requests()
    stack.write(a_sweep(101, tasks=join))
    planned = stack.preview()
    assert planned.paths("c") == {"sweep.parameters.frame.end": "update"}
    assert "adds 89" in planned.diagnostics
    stack.up()
    assert sent(emulator) == [*(str(n) for n in range(13, 102))]
    assert stack.preview().changed == {}
    stack.write(a_sweep(3, tasks=join))
    assert "removes 98" in stack.preview().diagnostics
    stack.up()
    assert ids(emulator) == ["01", "02", "03", "join"]
    stack.write(a_sweep(3, text="render {frame}", tasks=join))
    planned = stack.preview()
    assert planned.paths("c") == {"sweep.task.commandLine": "update"}
    assert "re-adds 3" in planned.diagnostics
    assert "these tasks depend on tasks that are added again, and are not: join" in planned.diagnostics
    stack.write(a_sweep(3, text="render {frame}", tasks=join, rerunDependents=True))
    assert "re-adds 4" in stack.preview().diagnostics
    stack.up()
    assert emulator.get("/jobs/jobId/tasks/02")["commandLine"] == "render 2"
    assert stack.preview().changed == {}


@pytest.mark.parametrize("program", [a_map(), a_sweep()], ids=["map", "sweep"])
def test_what_others_did_to_the_tasks_is_seen_and_healed(
    emulator: EmulatorProcess, make_stack: MakeStack, program: dict[str, Any]
) -> None:
    stack = make_stack(program)
    stack.up()
    gone, other = ids(emulator)[:2]
    before = emulator.get(f"/jobs/jobId/tasks/{other}")
    for id in (gone, other):
        emulator.call("DELETE", f"/jobs/jobId/tasks/{id}")
    emulator.call("POST", "/jobs/jobId/tasks", {"id": other, "commandLine": "another's"})
    planned = stack.preview()
    assert planned.changed == {"c": "update"}
    assert "adds 1, re-adds 1" in planned.diagnostics
    assert f"gone: {gone}" in planned.diagnostics
    assert any(gone in path for path in planned.paths("c"))
    assert any(other in path for path in planned.paths("c"))
    stack.up()
    assert emulator.get(f"/jobs/jobId/tasks/{other}")["commandLine"] == before["commandLine"]
    assert gone in ids(emulator)
    assert stack.preview().changed == {}


@pytest.mark.parametrize("mode", DRIFT)
@pytest.mark.parametrize("program", [a_map(), a_sweep(3)], ids=["map", "sweep"])
def test_a_partial_failure_keeps_what_was_added_and_the_next_up_does_the_rest(
    emulator: EmulatorProcess, make_stack: MakeStack, program: dict[str, Any], mode: str
) -> None:
    stack = make_stack(program, config={"azure-batch:driftDetection": {"value": mode}})
    emulator.fault(method="POST", path="*", task="*2", status=400, code="InvalidPropertyValue", times=100)
    failed = stack.up(expect=None)
    second = next(f"jobs/jobId/tasks/{id}" for id in ("t2", "2") if f"jobs/jobId/tasks/{id}: " in failed.output)
    assert "InvalidPropertyValue" in failed.output
    assert len(ids(emulator)) == 2
    emulator.clear_faults()
    emulator.clear_requests()
    planned = stack.preview()
    assert planned.changed == {"c": "update"}
    assert "adds 1" in planned.diagnostics
    stack.up()
    assert sent(emulator) == [second.rpartition("/")[2]]
    assert stack.preview().changed == {}
    assert_destroyed(stack, emulator)


@pytest.mark.parametrize("mode", DRIFT)
def test_an_update_that_fails_in_its_middle_goes_on_from_what_exists(
    emulator: EmulatorProcess, make_stack: MakeStack, mode: str
) -> None:
    stack = make_stack(a_map(), config={"azure-batch:driftDetection": {"value": mode}})
    stack.up()
    changed = a_map(t1=None, t2={"commandLine": "echo two"}, t3={"commandLine": "echo three"}, t4={"commandLine": "e"})
    stack.write(changed)
    emulator.fault(method="POST", path="*", task="t2", status=400, code="InvalidPropertyValue", times=100)
    failed = stack.up(expect=None)
    assert "jobs/jobId/tasks/t2: InvalidPropertyValue" in failed.output
    assert ids(emulator) == ["t3", "t4"]
    emulator.clear_faults()
    emulator.clear_requests()
    assert "adds 1" in stack.preview().diagnostics
    stack.up()
    assert sent(emulator) == ["t2"]
    assert stack.preview().changed == {}
    assert_destroyed(stack, emulator)


def assert_destroyed(stack: Stack, emulator: EmulatorProcess) -> None:
    stack.destroy()
    assert emulator.call("GET", "/jobs/jobId").status == 404


def test_the_job_ends_when_the_tasks_do(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack(a_sweep(3, onAllTasksComplete="terminatejob"))
    stack.up()
    assert emulator.get("/jobs/jobId")["onAllTasksComplete"] == "terminatejob"
    assert stack.up("--expect-no-changes").changed == {}
    for id in ids(emulator):
        emulator.run_task("jobId", id, state="completed", exitCode=0)
    emulator.settle()
    assert emulator.get("/jobs/jobId")["state"] in ("terminating", "completed")
    assert stack.up("--expect-no-changes").changed == {}
    stack.write(a_sweep(4, onAllTasksComplete="terminatejob"))
    refused = stack.preview(expect=None)
    assert "[azure-batch: collection-job-has-ended]" in refused.output
    assert "adds 1" in refused.output


def test_two_declarations_of_how_a_job_ends_are_refused(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    program = a_sweep(3, onAllTasksComplete="terminatejob")
    again = {**program, "d": collection("jobId", tasks={"x": {"commandLine": "e"}}, onAllTasksComplete="terminatejob")}
    assert "as well, and one declaration has to say" in make_stack(again).preview(expect=None).output
    noaction = {**program, "job": job(usesTaskDependencies=True, onAllTasksComplete="noaction")}
    assert "as well, and one declaration has to say" in make_stack(noaction).preview(expect=None).output


def test_all_tasks_of_a_job_are_imported_as_one(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack(a_sweep(3))
    stack.up()
    stack.run("state", "delete", stack.resource("c")["urn"], "--yes", "--stack", "dev")
    emulator.clear_requests()
    imported = a_sweep(3, onMissing="ignore")
    imported["c"]["options"] = {"import": "jobs/jobId/tasks"}
    stack.write(imported)
    stack.up()
    assert writes(emulator) == []
    assert stack.up("--expect-no-changes").changed == {}
    stack.write(a_sweep(3, onMissing="ignore"))
    assert stack.up("--expect-no-changes").changed == {}
    assert stack.resource("c")["id"].startswith("jobs/jobId/collections/c-")


def test_a_job_that_is_replaced_takes_its_tasks_with_it(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    def program(name: str, shown: bool, **options: Any) -> dict[str, Any]:
        tasks = {"t1": {"commandLine": "echo 1"}, f"of-{name}": {"commandLine": "echo 2"}}
        options = {"deletedWith": "${job}", **options}
        owner = job(usesTaskDependencies=shown)  # which only a new job can have otherwise
        return {"job": owner, name: collection("${job.jobId}", tasks=tasks, options=options)}

    stack = make_stack(program("c", shown=False))
    stack.up()
    renamed = program("d", shown=False, aliases=[{"name": "c"}])
    again = program("d", shown=False, aliases=[{"name": "c"}])
    again["d"]["properties"]["triggers"] = ["again"]
    for changed, what in ((program("c", shown=True), "re-adds 2"), (renamed, "adds 2"), (again, "adds 2")):
        stack.write(changed)
        assert what in stack.preview().diagnostics
        emulator.clear_requests()
        stack.up()
        deletions = deleted("of-d", "t1") if changed is again else [("DELETE", "/jobs/jobId"), ("POST", "/jobs")]
        assert sorted(writes(emulator)) == sorted([*deletions, ADDED])
        assert stack.preview().changed == {}
    assert ids(emulator) == ["of-d", "t1"]

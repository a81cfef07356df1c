"""A preview writes nothing, and what `up` then does is what it announced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, pool, task, writes
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess

TEAM = [{"name": "team", "value": "a"}]
PATCH = ("PATCH", "/jobs/jobId")
REPLACE = ("POST", "/pools/poolId/updateproperties")
ADD = ("POST", "/jobs/jobId/tasks")
REMOVE = ("DELETE", "/jobs/jobId/tasks/task1")


def program(
    job_properties: dict[str, Any], task_properties: dict[str, Any], pool_properties: dict[str, Any]
) -> dict[str, Any]:
    return {
        "job": job(**job_properties),
        "task": task("${job.jobId}", **task_properties),
        "properties": pool(**pool_properties),
    }


START = {"commandLine": "true", "maxTaskRetryCount": 1}

Step = tuple[str, dict[str, Any], dict[str, str], dict[str, dict[str, str]], list[tuple[str, str]]]


def steps() -> Iterator[Step]:
    """What is done, the program, the plan by resource and by path, and what is written, in any order."""
    yield (
        "create",
        program({"priority": 1}, {"requiredSlots": 1}, {"startTask": START}),
        {"job": "create", "task": "create", "properties": "create"},
        {},
        [("POST", "/jobs"), ADD, REPLACE],
    )
    yield (
        "say the same in other words",
        program(
            {"priority": 1, "maxParallelTasks": -1, "metadata": [], "onTaskFailure": "noaction"},
            {"constraints": {"retentionTime": "P7D"}, "environmentSettings": [], "requiredSlots": 1},
            {"startTask": {**START, "waitForSuccess": True}, "metadata": []},
        ),
        {},
        {},
        [],
    )
    yield (
        "change values",
        program({"priority": 2}, {"requiredSlots": 2}, {"startTask": {**START, "maxTaskRetryCount": 2}}),
        {"job": "update", "task": "replace", "properties": "update"},
        {
            "job": {"priority": "update"},
            "task": {"requiredSlots": "update-replace"},
            "properties": {"startTask.maxTaskRetryCount": "update"},
        },
        [PATCH, REMOVE, ADD, REPLACE],
    )
    yield (
        "add and remove properties",
        program(
            {"metadata": TEAM},
            {"requiredSlots": 2, "environmentSettings": [{"name": "A", "value": ""}]},
            {"metadata": TEAM},
        ),
        {"job": "update", "task": "replace", "properties": "update"},
        {
            "job": {"priority": "delete", "metadata": "add"},
            "task": {"environmentSettings": "add-replace"},
            "properties": {"startTask": "delete", "metadata": "add"},
        },
        [PATCH, REMOVE, ADD, REPLACE],
    )
    yield (
        "change only how we behave",
        program(
            {"metadata": TEAM, "onMissing": "ignore"},
            {"requiredSlots": 2, "environmentSettings": [{"name": "A", "value": ""}], "onMissing": "ignore"},
            {"metadata": TEAM, "deletionPolicy": "retain"},
        ),
        {"job": "update", "task": "update", "properties": "update"},
        {"job": {"onMissing": "add"}, "task": {"onMissing": "add"}, "properties": {"deletionPolicy": "add"}},
        [],
    )
    yield (
        "replace the job, and with it the task",
        program({"metadata": TEAM, "usesTaskDependencies": True}, {}, {"metadata": TEAM, "deletionPolicy": "clear"}),
        {"job": "replace", "task": "replace", "properties": "update"},
        {"job": {"usesTaskDependencies": "add-replace", "onMissing": "delete"}},
        [REMOVE, ("DELETE", "/jobs/jobId"), ("POST", "/jobs"), ADD],
    )
    yield (
        "delete some",
        {"job": job(metadata=TEAM, usesTaskDependencies=True)},
        {"task": "delete", "properties": "delete"},
        {},
        [REMOVE, REPLACE],
    )
    yield ("delete the rest", {}, {"job": "delete"}, {}, [("DELETE", "/jobs/jobId")])


def test_each_step_of_a_life_is_announced_as_it_then_happens(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack({})
    for what, resources, plan, paths, sent in steps():
        stack.write(resources)
        emulator.clear_requests()

        preview = stack.preview()
        assert preview.changed == plan, what
        assert {name: preview.paths(name) for name in paths} == paths, what
        assert writes(emulator) == [], what

        done = stack.up()
        assert done.changed == plan, what
        assert {name: done.paths(name) for name in plan} == {name: preview.paths(name) for name in plan}, what
        assert sorted(writes(emulator)) == sorted(sent), what
    assert managed(stack) == []


def test_previews_of_refresh_and_destroy_write_nothing(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack(program({"priority": 1}, {}, {"startTask": START}))
    stack.up()
    emulator.call("PATCH", "/jobs/jobId", {"priority": 9})
    emulator.clear_requests()
    state = stack.export()["deployment"]["resources"]

    only = ("--stack", "dev", "--non-interactive", "--preview-only", "--diff")
    shown = stack.run("refresh", *only)
    assert "~ priority: 1 => 9" in shown.output
    planned = stack.run("destroy", *only)
    assert "- 4 to delete" in planned.output

    assert writes(emulator) == []
    assert [item.get("outputs") for item in stack.export()["deployment"]["resources"]] == [
        item.get("outputs") for item in state
    ]


def managed(stack: Stack) -> list[str]:
    resources = stack.export()["deployment"].get("resources", [])
    return [item["urn"] for item in resources if item["type"].startswith("azure-batch:")]

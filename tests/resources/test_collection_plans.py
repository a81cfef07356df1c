"""What a user is told of a collection before, and while, something is done."""

from __future__ import annotations

import itertools
from typing import Any

from azure_batch_provider.lifecycle.results import State
from azure_batch_provider.values.inputs import Inputs
from tests.emulator_process import EmulatorProcess
from tests.resources.conftest import Begin


def tasks(*ids: str, **body: Any) -> dict[str, Any]:
    return {id: {"commandLine": "run", **body} for id in ids}


def made(operation: Begin, kind: str, inputs: dict[str, Any]) -> State:
    return operation()(kind, "it").create(operation()(kind, "it").check({}, Inputs(inputs)).inputs)


def test_only_tasks_that_change_are_named(emulator: EmulatorProcess, operation: Begin) -> None:
    own = {"constraints": {"maxTaskRetryCount": 1}}
    old = made(operation, "TaskCollection", {"jobId": "job", "tasks": tasks("a", "b", "c", **own)})
    changed = {**tasks("A", "b"), "c": {"commandLine": "walk"}}
    plan = operation()("TaskCollection", "it").diff(old, {"jobId": "job", "defaults": own, "tasks": changed})
    assert {change.path[1] for change in plan.changes if change.path[0] == "tasks"} == {"c"}


def test_a_task_of_another_resource_that_depends_on_one_that_is_added_again_is_named(
    emulator: EmulatorProcess, operation: Begin
) -> None:
    emulator.post("/jobs", {"id": "other", "poolInfo": {"poolId": "pool"}, "usesTaskDependencies": True})
    old = made(operation, "TaskCollection", {"jobId": "other", "tasks": tasks("1", "2")})
    ranges = {"taskIdRanges": [{"start": 2, "end": 9}]}
    join = made(operation, "Task", {"jobId": "other", "taskId": "join", "commandLine": "run", "dependsOn": ranges})
    said: list[str] = []
    resource = operation(preview=True, said=said)
    assert resource("Task", "it").read(join) is not None
    for changed in ("1", "2"):
        news = {"jobId": "other", "tasks": {**tasks("1", "2"), changed: {"commandLine": "walk"}}}
        resource("TaskCollection", "it").update(old, news)
        assert any("do not wait for those that are added again: join." in text for text in said) == (changed == "2")


def test_a_read_that_takes_long_says_how_far_it_is(emulator: EmulatorProcess, operation: Begin) -> None:
    ids = [f"t{number}" for number in range(90)]
    old = made(operation, "TaskCollection", {"jobId": "job", "tasks": tasks(*ids)})
    for state, text in ((old, " of 90 tasks read"), (State("jobs/job/tasks", {}, {}, {}), " tasks read")):
        said: list[str] = []
        clock = itertools.count(0.0, 0.1).__next__  # each look at it takes a while
        assert operation(said=said, clock=clock)("TaskCollection", "it").read(state) is not None
        assert len(said) > 1
        assert all(line.endswith(text) and line.split(" ")[0].isdigit() for line in said)

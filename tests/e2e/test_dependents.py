"""A task that is added again under its id does not hold back what depends on it: the plan names that, and warns."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, task
from tests.emulator_process import EmulatorProcess

JOB = "/jobs/jobId"
AGAIN = "added again under an id that the service remembers"
REFRESH_ONLY = {"azure-batch:driftDetection": {"value": "refresh"}}


def program(line: str, **of_job: Any) -> dict[str, Any]:
    """Two tasks that something depends on, one with an id and one without, and those that do."""
    after = {"dependsOn": ["${seven}"]}
    return {
        "job": job(usesTaskDependencies=True, **of_job),
        "seven": task("${job.jobId}", "7", commandLine=line),
        "named": task("${job.jobId}", None, commandLine=line),
        "listed": task("${job.jobId}", "listed", dependsOn={"taskIds": ["7"]}, options=after),
        "ranged": task("${job.jobId}", "ranged", dependsOn={"taskIdRanges": [{"start": 5, "end": 9}]}, options=after),
        "apart": task("${job.jobId}", "apart", dependsOn={"taskIdRanges": [{"start": 8, "end": 9}]}, options=after),
        "follows": task("${job.jobId}", "follows", dependsOn={"taskIds": ["${named.taskId}"]}),
    }


@pytest.mark.parametrize(
    "config", [pytest.param({}, id="live"), pytest.param(REFRESH_ONLY, id="refresh", marks=pytest.mark.long)]
)
def test_the_dependents_of_a_task_that_is_replaced_under_its_id_are_named(
    emulator: EmulatorProcess, make_stack: MakeStack, config: dict[str, Any]
) -> None:
    stack = make_stack(program("cmd /c one"), config=config)
    first = stack.up()
    assert AGAIN not in first.diagnostics
    emulator.post(f"{JOB}/tasks", {"id": "of-others", "commandLine": "x", "dependsOn": {"taskIds": ["7"]}})
    emulator.post(f"{JOB}/tasks", {"id": "done", "commandLine": "x", "dependsOn": {"taskIds": ["7"]}})
    emulator.run_task("jobId", "done", state="completed", exitCode=0)
    stack.write(program("cmd /c two"))
    planned = stack.preview()
    assert planned.changed == {"seven": "replace", "named": "replace", "follows": "replace"}
    assert warned(planned.diagnostics) == {"listed", "ranged", "of-others"}
    assert warned(stack.up().diagnostics) == {"listed", "ranged"}
    assert AGAIN not in stack.up().diagnostics

    # A new job remembers nothing.
    stack.write(program("cmd /c three", onTaskFailure="performexitoptionsjobaction"))
    for run in (stack.preview(), stack.up()):
        assert run.steps["job"] == "replace"
        assert AGAIN not in run.diagnostics


def warned(text: str) -> set[str]:
    """The tasks that do not wait for task 7."""
    lines = [line for line in text.splitlines() if AGAIN in line]
    assert all(line.startswith("jobs/jobId/tasks/7:") for line in lines)
    named = [line.partition("does not wait for it: ")[2].partition(". ")[0].split(", ") for line in lines]
    return {id.rpartition("/")[2] for ids in named for id in ids}

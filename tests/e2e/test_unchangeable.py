"""What the service does not let change of a job, or never takes back: no plan names it twice, and no task is lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import changed, job, task, writes
from tests.e2e.saying import says
from tests.emulator_process import EmulatorProcess

JOB = "/jobs/jobId"
STAYS = "`displayName` of jobs/jobId is not what is declared"
ENDS = "`onAllTasksComplete: terminatejob` ends jobs/jobId at once, because it has no tasks yet"
REFRESH_ONLY = {"azure-batch:driftDetection": {"value": "refresh"}}


@pytest.mark.parametrize(
    "config", [pytest.param({}, id="live"), pytest.param(REFRESH_ONLY, id="refresh", marks=pytest.mark.long)]
)
def test_a_job_keeps_its_display_name_and_the_next_plan_is_empty_and_says_so(
    emulator: EmulatorProcess, make_stack: MakeStack, config: dict[str, Any]
) -> None:
    stack = make_stack({"job": job(displayName="one"), "t": task("${job.jobId}")}, config=config)
    stack.up()
    emulator.clear_requests()
    stack.write({"job": job(displayName="two", priority=7), "t": task("${job.jobId}")})
    for run in (stack.preview(), stack.up()):
        assert run.changed == {"job": "update"}
        assert run.paths("job") == {"displayName": "update", "priority": "add"}
        says(run, f"{STAYS} and stays as it is", "`replaceOnChanges: [displayName]`")
    assert writes(emulator) == [("PATCH", JOB)]
    for run in (stack.preview(), stack.up("--refresh"), stack.refresh()):
        assert run.changed == {}
        says(run, f"{STAYS}; an update does not change it")
    stack.write({"job": job(priority=7), "t": task("${job.jobId}")})
    assert stack.up().changed == {"job": "update"}
    assert stack.preview().changed == {}
    assert emulator.get(JOB)["displayName"] == "one"
    assert writes(emulator) == []

    stack.write(
        {"job": job(displayName="two", options={"replaceOnChanges": ["displayName"]}), "t": task("${job.jobId}")}
    )
    assert stack.up().changed == {"job": "replace", "t": "replace"}
    assert emulator.get(JOB)["displayName"] == "two"
    assert STAYS not in stack.up("--expect-no-changes").diagnostics


def test_a_job_that_is_there_under_another_display_name_is_imported_or_taken_over_and_keeps_it(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    for id in ("imported", "taken"):
        emulator.post("/jobs", {"id": id, "poolInfo": {"poolId": "poolId"}, "displayName": "one"})
    emulator.clear_requests()
    program = {
        "imported": job("imported", displayName="two", options={"import": "jobs/imported"}),
        "taken": job("taken", displayName="two"),
    }
    stack = make_stack(program)
    says(
        stack.up(expect=None),
        "jobs/taken exists already and is not what is declared: `displayName`: the server has one, declared is two",
    )
    program["taken"]["properties"]["takeOver"] = True
    stack.write(program)
    for run in (stack.preview(), stack.up()):
        says(run, "`displayName` of jobs/taken is not what is declared and stays as it is")
    assert stack.up().changed == {}
    assert changed(emulator) == []
    assert {item["displayName"] for item in emulator.get("/jobs")["value"]} == {"one"}


def test_how_a_job_ends_is_managed_only_where_it_is_declared(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack({"job": job(), "t": task("${job.jobId}")})
    stack.up()
    assert emulator.call("PATCH", JOB, {"onAllTasksComplete": "terminatejob"}).status == 200
    emulator.clear_requests()
    assert stack.up().changed == {}
    stack.write({"job": job(priority=5), "t": task("${job.jobId}")})
    assert stack.up().paths("job") == {"priority": "add"}
    assert writes(emulator) == [("PATCH", JOB)]
    assert stack.refresh("--expect-no-changes").changed == {}

    # Declared, it is a matter of a new job, which the plan names.
    stack.write({"job": job(priority=5, onAllTasksComplete="noaction"), "t": task("${job.jobId}")})
    planned = stack.preview()
    assert planned.changed == {"job": "replace", "t": "replace"}
    assert planned.paths("job") == {"onAllTasksComplete": "update-replace"}

    stack.write({"job": job(priority=5, onAllTasksComplete="terminatejob"), "t": task("${job.jobId}")})
    assert ENDS not in stack.up().diagnostics
    stack.write({"job": job(priority=5), "t": task("${job.jobId}")})
    for run in (stack.preview(), stack.up()):
        assert run.paths("job") == {"onAllTasksComplete": "delete"}
        says(
            run,
            "`onAllTasksComplete` of jobs/jobId is not managed from now on: the job keeps what it has, terminatejob",
        )
    assert stack.preview().changed == {}
    assert writes(emulator) == []


def test_that_a_job_ends_at_once_is_said_until_it_has_tasks(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack({"job": job(onAllTasksComplete="terminatejob")})
    says(stack.preview(), ENDS)
    emulator.switch("states", "by-hand")
    says(stack.up(), ENDS)
    emulator.post(f"{JOB}/tasks", {"id": "a", "commandLine": "cmd /c echo"})
    for run in (stack.preview(), stack.up()):
        assert run.changed == {} and ENDS not in run.diagnostics

    stack.write({"job": job(onAllTasksComplete="terminatejob"), "other": job("other")})
    stack.up()
    stack.write(
        {name: job(id, onAllTasksComplete="terminatejob") for name, id in (("job", "jobId"), ("other", "other"))}
    )
    for run in (stack.preview(), stack.up()):
        says(run, "ends jobs/other at once")
        assert ENDS not in run.diagnostics

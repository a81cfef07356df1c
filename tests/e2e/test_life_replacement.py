"""Replacements where something stands in the way: policies that keep the old, failures half way, jobs at rest."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import POOL as MADE
from tests.e2e.conftest import MakeStack
from tests.e2e.programs import changed, job, pool, resource, task
from tests.emulator_process import EmulatorProcess

JOB = "/jobs/jobId"
POOL = "/pools/poolId"
TASK1 = f"{JOB}/tasks/task1"
ADD = ("POST", f"{JOB}/tasks")


def beside(**properties: Any) -> dict[str, Any]:
    """A job, and a task that names it without taking the name from the resource."""
    return {"job": job(**properties), "t": task("jobId", options={"dependsOn": ["${job}"]})}


def test_a_job_that_is_replaced_gets_its_tasks_again_also_those_that_only_name_it(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(beside())
    stack.up()
    changed(emulator)
    stack.write(beside(usesTaskDependencies=True))
    planned = stack.preview()
    assert planned.changed == {"job": "replace", "t": "replace"}
    assert stack.up().changed == planned.changed
    assert changed(emulator) == [("DELETE", JOB), ("POST", "/jobs"), ADD]
    assert emulator.get(TASK1)["id"] == "task1"
    assert stack.up().changed == {}


@pytest.mark.parametrize("policy", ["retain", "terminate"])
def test_a_job_that_is_to_be_kept_cannot_be_replaced_by_one_of_the_same_id(
    emulator: EmulatorProcess, make_stack: MakeStack, policy: str
) -> None:
    def program(id: str = "jobId", **properties: Any) -> dict[str, Any]:
        return {"job": job(id, deletionPolicy=policy, **properties), "t": task("${job.jobId}")}

    stack = make_stack(program())
    stack.up()
    changed(emulator)
    stack.write(program(usesTaskDependencies=True))
    for operation in (stack.preview, stack.up):
        failed = operation(expect=None)
        assert f"`deletionPolicy: {policy}`" in failed.diagnostics
        assert "`usesTaskDependencies`" in failed.diagnostics
    assert changed(emulator) == []
    stack.write(program("next", usesTaskDependencies=True))
    assert stack.up().changed == {"job": "replace", "t": "replace"}
    assert ("DELETE", JOB) not in changed(emulator)
    assert emulator.get("/jobs/next/tasks/task1")["id"] == "task1"
    assert emulator.call("GET", JOB).status == 200


def test_a_replacement_that_fails_half_way_is_finished_by_the_next_up(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"job": job(), "t": task("${job.jobId}")})
    stack.up()
    stack.write({"job": job(), "t": task("${job.jobId}", displayName="two")})
    emulator.fault(method="POST", path=f"{JOB}/tasks", status=403, code="PermissionDenied", times=1000)
    changed(emulator)
    failed = stack.up(expect=None)
    assert "PermissionDenied" in failed.diagnostics
    assert changed(emulator) == [("DELETE", TASK1)]
    emulator.clear_faults()
    stack.up()
    assert changed(emulator) == [ADD]
    assert emulator.get(TASK1)["displayName"] == "two"
    assert stack.up("--refresh").changed == {}
    assert changed(emulator) == []


def test_a_job_at_rest_moves_to_another_pool_and_one_at_work_is_replaced(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    server = emulator.get(POOL)
    machine = server["virtualMachineConfiguration"]
    emulator.post("/pools", {"id": "other", "vmSize": server["vmSize"], "virtualMachineConfiguration": machine})
    stack = make_stack({"job": job()})
    stack.up()
    stack.write({"job": job(poolInfo={"poolId": "other"})})
    planned = stack.preview()
    assert planned.paths("job") == {"poolInfo.poolId": "update-replace"}
    emulator.post(f"{JOB}/disable", {"disableTasks": "requeue"})
    emulator.settle()
    assert emulator.get(JOB)["state"] == "disabled"
    changed(emulator)
    planned = stack.preview()
    assert planned.paths("job") == {"poolInfo.poolId": "update"}
    assert stack.up().changed == {"job": "update"}
    assert changed(emulator) == [("PATCH", JOB)]
    assert emulator.get(JOB)["poolInfo"] == {"poolId": "other"}


def test_a_job_that_has_ended_is_not_taken_over_with_changes(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    emulator.post("/jobs", {"id": "jobId", "poolInfo": {"poolId": "poolId"}, "priority": 7})
    emulator.post(f"{JOB}/terminate")
    emulator.settle()
    changed(emulator)
    stack = make_stack({"job": job(priority=1, takeOver=True)})
    for operation in (stack.preview, stack.up):
        failed = operation(expect=None)
        assert "jobs/jobId" in failed.diagnostics
        assert "completed" in failed.diagnostics
    assert changed(emulator) == []


def test_a_pool_that_is_gone_fails_by_name_and_does_not_stop_a_destroy(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"p": pool(startTask={"commandLine": "cmd /c start"})})
    stack.up()
    emulator.call("DELETE", POOL)
    emulator.settle()
    emulator.clear_requests()
    planned = stack.preview()
    assert planned.changed == {"p": "create"}
    assert "pools/poolId does not exist" in planned.diagnostics
    failed = stack.up(expect=None)
    assert "PoolNotFound" in failed.diagnostics
    assert changed(emulator) == []
    stack.destroy()
    assert changed(emulator) == []


def test_an_up_that_makes_its_own_preview_does_what_the_preview_says(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def up() -> str:
        return stack.run("up", "--stack", "dev", "--yes", "--non-interactive").output

    stack = make_stack(beside())
    assert "3 created" in up()
    stack.write(beside(usesTaskDependencies=True))
    changed(emulator)
    assert "+-2 replaced" in up()
    assert changed(emulator) == [("DELETE", JOB), ("POST", "/jobs"), ADD]
    emulator.call("DELETE", JOB)
    emulator.settle()
    changed(emulator)
    up()
    assert changed(emulator) == [("POST", "/jobs"), ADD]
    assert "3 unchanged" in up()


def test_a_job_that_leaves_a_pool_that_is_replaced_waits_for_its_own_deletion(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def program(size: str, of: str, **more: Any) -> dict[str, Any]:
        machine = {"vmSize": size, "virtualMachineConfiguration": MADE["virtualMachineConfiguration"]}
        return {
            "a": resource("Pool", {"poolId": "a", **machine, "targetDedicatedNodes": 1}),
            "job": job(poolInfo={"poolId": of}, options={"dependsOn": [f"${{{name}}}" for name in more]}),
            "t": task("${job.jobId}"),
            **more,
        }

    stack = make_stack(program("standard_d2s_v3", "${a.poolId}"))
    stack.up()
    changed(emulator)
    # The engine deletes task and job for the pool's sake, and makes the job again without a thought of the pool.
    for path in (TASK1, JOB):
        emulator.fault(method="DELETE", path=path, delay=0.4)
    stack.write(program("standard_d4s_v3", "poolId", later=job("later")))
    assert stack.up().changed == {"a": "replace", "job": "replace", "t": "replace", "later": "create"}
    assert changed(emulator).count(("DELETE", JOB)) == 1
    assert emulator.get(TASK1)["id"] == "task1"
    assert stack.up().changed == {}

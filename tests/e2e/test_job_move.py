"""A job that goes to another pool while it lives, under the real engine."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import DRIFT, POOL, MakeStack
from tests.e2e.programs import job, resource, task, writes
from tests.e2e.saying import says
from tests.emulator_process import EmulatorProcess

JOB = "/jobs/jobId"
DISABLED, CHANGED, ENABLED = ("POST", f"{JOB}/disable"), ("PATCH", JOB), ("POST", f"{JOB}/enable")


def program(pool: str, **more: Any) -> dict[str, Any]:
    return {"job": job(poolInfo={"poolId": pool}, **more), "t": task("${job.jobId}")}


def there(emulator: EmulatorProcess) -> tuple[str, str]:
    found = emulator.get(JOB)
    return found["state"], found["poolInfo"]["poolId"]


def test_it_moves_with_its_tasks_from_a_pool_that_is_replaced_to_the_new_one(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def farm(name: str, **more: Any) -> dict[str, Any]:
        own = {**{item: POOL[item] for item in POOL if item != "id"}, "poolId": name}
        return {"pool": resource("Pool", own), **program("${pool.poolId}", **more)}

    stack = make_stack(farm("one"))
    stack.up()
    emulator.run_task("jobId", "task1", state="running")
    writes(emulator)
    stack.write(farm("two"))
    replaced = stack.preview()
    assert replaced.changed == {"pool": "replace", "job": "replace", "t": "replace"}
    says(replaced, "jobs/jobId is replaced, because its pool changes. `movePool: true` moves it instead")
    stack.write(farm("two", movePool=True, disableTasks="terminate"))
    planned = stack.preview()
    assert planned.changed == {"pool": "replace", "job": "update"}
    says(
        planned, "jobs/jobId moves to pools/two: it is disabled for that, and enabled again. By the service's count, 1"
    )
    says(planned, "those that run are ended, and do not run again (`disableTasks: terminate`)")
    assert "does not exist" not in planned.output
    assert writes(emulator) == []
    assert stack.up().changed == {"pool": "replace", "job": "update"}
    assert writes(emulator) == [("POST", "/pools"), DISABLED, CHANGED, ENABLED, ("DELETE", "/pools/one")]
    assert there(emulator) == ("active", "two")
    assert emulator.get(f"{JOB}/tasks/task1")["state"] == "completed"
    assert stack.up().changed == {}


@pytest.mark.parametrize("drift", DRIFT)
def test_an_interrupted_one_goes_on_with_the_next_up(
    emulator: EmulatorProcess, make_stack: MakeStack, drift: str
) -> None:
    stack = make_stack(program("poolId", movePool=True), config={"azure-batch:driftDetection": {"value": drift}})
    stack.up()
    stack.write(program("other", movePool=True))
    emulator.fault(method="POST", path=f"{JOB}/enable", status=403, code="InsufficientAccountPermissions")
    writes(emulator)
    failed = stack.up(expect=None)
    says(failed, "jobs/jobId was disabled so that its pool can change, and has not been enabled again")
    assert writes(emulator) == [DISABLED, CHANGED, ENABLED]
    assert there(emulator) == ("disabled", "other")
    planned = stack.preview()
    assert planned.changed == {"job": "update"}
    assert "no difference" not in planned.output
    assert stack.up().changed == {"job": "update"}
    assert writes(emulator) == [ENABLED]
    assert there(emulator) == ("active", "other")
    assert stack.up().changed == {}
    assert "initErrors" not in stack.resource("job")

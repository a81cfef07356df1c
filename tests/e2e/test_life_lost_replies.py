"""The service did it and its answer was lost: nothing is done twice, and no id is forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import POOL as MADE
from tests.e2e.conftest import MakeStack
from tests.e2e.programs import changed, job, pool, resource, schedule, task
from tests.emulator_process import EmulatorProcess

POOL = "/pools/poolId"
JOB = "/jobs/jobId"
SCHEDULE = "/jobschedules/nightly"
ADD = ("POST", f"{JOB}/tasks")
REPLACE = ("POST", f"{POOL}/updateproperties")
START: dict[str, Any] = {"commandLine": "cmd /c start"}
FARM = "/pools/farm"


def farm(**properties: Any) -> dict[str, Any]:
    machine = {name: MADE[name] for name in ("vmSize", "virtualMachineConfiguration")}
    rollout = {"strategy": "reboot", "maxUnavailable": "1"}
    leaving = {"nodeDeallocationOption": "taskcompletion"}
    return {"p": resource("Pool", {"poolId": "farm", **machine, "rollout": rollout, **leaving, **properties})}


PROGRAM: dict[str, Any] = {
    "job": job(),
    "named": task("${job.jobId}", "named"),
    "auto": task("${job.jobId}", None),
    "s": schedule(),
    "p": pool(startTask=START),
}
SIZES: dict[str, Any] = {
    "formula": {"enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes = 1;"},
    "targets": {"targetDedicatedNodes": 2, "stopPendingResize": True},
}
IMPATIENT = {"azure-batch:requestTimeout": {"value": "PT2S"}}
TOGETHER = ("--continue-on-error", "--parallel", "100")
"""Whatever fails, the rest is tried too: nothing waits for what was registered before it."""


def test_one_lost_reply_is_not_noticed(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    for path in ("/jobs", "/jobschedules", f"{JOB}/tasks", f"{POOL}/updateproperties"):
        emulator.fault(method="POST", path=path, drop="after")
    stack = make_stack(PROGRAM)
    stack.up()
    done = changed(emulator)
    assert done.count(("POST", "/jobs")) == 1
    assert done.count(("POST", "/jobschedules")) == 1
    assert done.count(ADD) == 2
    assert len(emulator.get(f"{JOB}/tasks")["value"]) == 2
    assert stack.up().changed == {}
    assert changed(emulator) == []


def test_a_request_that_never_arrived_is_sent_again(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    for path in ("/jobs", "/jobschedules", f"{JOB}/tasks", f"{POOL}/updateproperties"):
        emulator.fault(method="POST", path=path, drop="before", times=2)
    stack = make_stack(PROGRAM)
    stack.up()
    assert len(emulator.get(f"{JOB}/tasks")["value"]) == 2
    assert stack.up().changed == {}


def test_when_no_reply_comes_at_all_the_id_is_kept_and_the_next_up_ends_well(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    emulator.post("/jobs", {"id": "other", "poolInfo": {"poolId": "poolId"}})
    ids = {
        "job": "jobs/jobId",
        "s": "jobschedules/nightly",
        "named": "jobs/other/tasks/named",
        "auto": "jobs/other/tasks/auto-",
        "p": "pools/poolId",
        "farm": "pools/farm",
    }
    tasks = {"named": task("other", "named"), "auto": task("other", None)}
    stack = make_stack({**PROGRAM, **tasks, "farm": farm(targetDedicatedNodes=1)["p"]}, config=IMPATIENT)
    emulator.clear_requests()
    for path in ("/jobs", "/jobschedules", "/jobs/other/tasks", f"{POOL}/updateproperties", "/pools"):
        emulator.fault(method="POST", path=path, drop="after", times=1000)
    failed = stack.up(*TOGETHER, expect=None)
    assert "Traceback" not in failed.output
    state = stack.resources()
    assert {name: state[name]["id"][: len(id)] for name, id in ids.items()} == ids
    assert [name for name in ids if not state[name].get("initErrors")] == []
    emulator.clear_faults()
    emulator.clear_requests()
    stack.up()
    assert changed(emulator) == []
    assert stack.up("--refresh").changed == {}
    state = stack.resources()
    assert [name for name in ids if "initErrors" in state[name]] == []


def test_what_may_have_been_made_and_was_not_is_made_by_the_next_up(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    emulator.post("/jobs", {"id": "other", "poolInfo": {"poolId": "poolId"}})
    program: dict[str, Any] = {}
    for drift in ("live", "refresh"):
        settings = {"driftDetection": drift, "requestTimeout": "PT2S"}
        program[drift] = {"type": "pulumi:providers:azure-batch", "properties": settings}
        options = {"provider": f"${{{drift}}}"}
        for missing in ("recreate", "ignore"):
            id = f"{drift}-{missing}"
            program[f"job-{id}"] = job(id, onMissing=missing, options=options)
            program[f"task-{id}"] = task("other", id, onMissing=missing, options=options)
    made = {name: declared for name, declared in program.items() if name not in ("live", "refresh")}
    stack = make_stack(program)
    emulator.fault(method="POST", path="/jobs*", status=500, times=1000)
    emulator.clear_requests()
    failed = stack.up(*TOGETHER, expect=None)
    assert "Traceback" not in failed.output
    state = stack.resources()
    assert {state[name]["id"].rsplit("/", 1)[-1] for name in made} == {name.split("-", 1)[1] for name in made}
    emulator.clear_faults()
    stack.up()
    assert sorted(changed(emulator)) == [("POST", "/jobs")] * 4 + [("POST", "/jobs/other/tasks")] * 4
    assert stack.up("--refresh").changed == {}
    assert changed(emulator) == []


def test_a_patch_whose_reply_is_lost_ends_well(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    daily = schedule(schedule={"recurrenceInterval": "P1D"})
    stack = make_stack({"job": job(priority=1), "s": schedule(), "p": pool(startTask=START)}, config=IMPATIENT)
    stack.up()
    for path in (JOB, SCHEDULE):
        emulator.fault(method="PATCH", path=path, drop="after")
    stack.write({"job": job(priority=2), "s": daily, "p": pool(startTask=START)})
    stack.up()
    assert emulator.get(JOB)["priority"] == 2
    assert emulator.get(SCHEDULE)["schedule"] == {"recurrenceInterval": "P1D"}
    for path in (JOB, SCHEDULE):
        emulator.fault(method="PATCH", path=path, drop="after", times=1000)
    emulator.fault(method="POST", path=f"{POOL}/updateproperties", drop="after", times=1000)
    stack.write({"job": job(priority=3), "s": schedule(), "p": pool(startTask={"commandLine": "cmd /c next"})})
    stack.up("--continue-on-error", expect=None)
    emulator.clear_faults()
    stack.up()
    assert emulator.get(JOB)["priority"] == 3
    assert emulator.get(SCHEDULE)["schedule"] == {"recurrenceInterval": "PT1H"}
    assert emulator.get(POOL)["startTask"]["commandLine"] == "cmd /c next"
    assert stack.up("--refresh").changed == {}


def test_a_deletion_whose_reply_is_lost_is_done(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack({"job": job(), "t": task("${job.jobId}"), "s": schedule()}, config=IMPATIENT)
    stack.up()
    emulator.fault(method="DELETE", path=f"{JOB}/tasks/task1", drop="after")
    for path in (JOB, SCHEDULE):
        emulator.fault(method="DELETE", path=path, drop="after")
    assert stack.destroy().changed == {"job": "delete", "t": "delete", "s": "delete"}
    assert emulator.call("GET", SCHEDULE).status == 404
    assert emulator.call("GET", JOB).status == 404


def test_a_pool_that_cannot_be_read_after_it_was_written_is_kept_and_healed(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"p": pool(startTask=START)}, config=IMPATIENT)
    emulator.fault(method="GET", path=POOL, skip=1, times=1000, status=500)
    failed = stack.up(expect=None)
    assert "pools/poolId was written, and then" in failed.diagnostics
    assert stack.resource("p")["id"] == "pools/poolId"
    emulator.clear_faults()
    emulator.clear_requests()
    stack.up()
    assert changed(emulator) == []
    assert "initErrors" not in stack.resource("p")
    assert stack.up().changed == {}


def asked(emulator: EmulatorProcess) -> list[str]:
    """What the service carried out for the pool, in turn: the method, or what the request asks for."""
    done = [(method, path.removeprefix(FARM)) for method, path in changed(emulator)]
    return [path.rpartition("/")[2] if path.startswith("/") and path != "/pools" else method for method, path in done]


@pytest.mark.long
def test_no_lost_reply_of_a_pools_writes_is_noticed(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    def lose() -> None:
        """The next reply to each of them."""
        emulator.clear_faults()
        actions = ("updateproperties", "resize", "stopresize", "enableautoscale", "disableautoscale", "nodes/*/reboot")
        writes = [
            ("POST", "/pools"),
            ("PATCH", FARM),
            ("DELETE", FARM),
            *(("POST", f"{FARM}/{name}") for name in actions),
        ]
        for method, path in writes:
            emulator.fault(method=method, path=path, drop="after")

    emulator.switch("enable-autoscale-interval", 0)
    stack = make_stack(farm(targetDedicatedNodes=1, startTask=START))
    lose()
    stack.up()
    assert asked(emulator) == ["POST"]
    for properties, sent in (
        ({"startTask": {"commandLine": "cmd /c other"}, "targetDedicatedNodes": 2}, ["PATCH", "resize", "reboot"]),
        ({"targetDedicatedNodes": 1}, ["updateproperties", "resize", "reboot"]),
        (SIZES["formula"], ["enableautoscale"]),
    ):
        stack.write(farm(**properties))
        emulator.settle()
        changed(emulator)
        lose()
        assert stack.up().changed == {"p": "update"}
        # What is asked for again is refused, or changes nothing any more.
        assert list(dict.fromkeys(asked(emulator))) == sent
    assert stack.up().changed == {}

    # Our own resize is under way then, and not another client's that is to be stopped.
    emulator.settle()
    emulator.switch("polls", 3)
    stack.write(farm(**SIZES["targets"]))
    changed(emulator)
    lose()
    stack.up()
    assert list(dict.fromkeys(asked(emulator))) == ["disableautoscale", "resize"]
    assert emulator.get(FARM)["currentDedicatedNodes"] == 2

    emulator.clear_faults()
    emulator.post(f"{FARM}/resize", {"targetDedicatedNodes": 5})
    emulator.switch("polls", 1)
    changed(emulator)
    lose()
    stack.up()
    assert list(dict.fromkeys(asked(emulator))) == ["stopresize", "resize"]
    assert emulator.get(FARM)["targetDedicatedNodes"] == 2
    lose()
    assert stack.destroy().changed == {"p": "delete"}
    assert list(dict.fromkeys(asked(emulator))) == ["resize", "DELETE"]
    assert emulator.call("GET", FARM).status == 404


def test_a_resize_that_is_never_answered_is_gone_on_with(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack(farm(), config=IMPATIENT)
    stack.up()
    changed(emulator)
    emulator.fault(method="POST", path=f"{FARM}/resize", drop="after", times=1000)
    stack.write(farm(targetDedicatedNodes=2))
    failed = stack.up(expect=None)
    assert "Traceback" not in failed.output
    assert set(asked(emulator)) == {"resize"}
    emulator.clear_faults()
    stack.up()
    assert asked(emulator) == []
    assert emulator.get(FARM)["currentDedicatedNodes"] == 2
    assert stack.up("--refresh").changed == {}

"""The life of a Pool under the real engine: what changes in place, how it gets its size, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import DRIFT, MakeStack
from tests.e2e.conftest import POOL as MADE
from tests.e2e.programs import resource, taken, writes
from tests.e2e.running import Running, until
from tests.e2e.saying import says
from tests.emulator_process import EmulatorProcess

POOL = "/pools/render"
MACHINE: dict[str, Any] = {name: MADE[name] for name in ("vmSize", "virtualMachineConfiguration")}
FORMULA = "$TargetDedicatedNodes = 1;"
QUOTA = {"code": "AccountCoreQuotaReached", "message": "Full", "values": [{"name": "Limit", "value": "4"}]}


def pool(*, options: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    return resource("Pool", {"poolId": "render", **MACHINE, **properties}, **(options or {}))


def order(emulator: EmulatorProcess, **body: Any) -> None:
    """How the resize that is under way, or the next one, ends."""
    emulator.post("/_emulator/pools/render", body)


def busy(emulator: EmulatorProcess) -> None:
    """A task that runs in the pool for long."""
    emulator.switch("scheduling", "on")
    emulator.post("/_emulator/scripts", {"pattern": "*", "duration": 10**6})
    emulator.post("/jobs", {"id": "busy", "poolInfo": {"poolId": "RENDER"}})
    emulator.post("/jobs/busy/tasks", {"id": "t", "commandLine": "cmd /c work"})
    until("it runs", lambda: emulator.get("/jobs/busy/tasks/t")["state"] == "running")


def bodies(emulator: EmulatorProcess) -> list[tuple[str, Any]]:
    return [(entry["path"].removeprefix(POOL), entry["body"]) for entry in taken(emulator) if entry["method"] != "GET"]


def test_a_pool_is_resized_and_changed_in_place_and_what_needs_no_nodes_replaces_it(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    start = {"commandLine": "cmd /c one"}
    stack = make_stack({"p": pool(startTask=start, displayName="Old")})
    stack.up()
    assert writes(emulator) == [("POST", "/pools")]
    assert stack.up().changed == {}
    assert stack.refresh("--expect-no-changes").changed == {}

    # Without nodes all of it can change, and what a PATCH changes goes before the nodes come.
    larger: dict[str, Any] = {
        "vmSize": "Standard_D4s_v3",
        "taskSlotsPerNode": 2,
        "targetDedicatedNodes": 2,
        "displayName": "New",
    }
    stack.write({"p": pool(startTask={"commandLine": "cmd /c two"}, **larger)})
    planned = stack.preview()
    assert planned.paths("p") == {
        "startTask.commandLine": "update",
        "vmSize": "update",
        "taskSlotsPerNode": "add",
        "targetDedicatedNodes": "add",
        "displayName": "update",
    }
    taken(emulator)
    says(stack.up(), "`displayName` of pools/render is not what is declared and stays as it is")
    sent = [(path, sorted(body)) for path, body in bodies(emulator)]
    assert sent == [
        ("", ["startTask", "taskSlotsPerNode", "vmSize"]),
        ("/resize", ["resizeTimeout", "targetDedicatedNodes", "targetLowPriorityNodes"]),
    ]
    there = emulator.get(POOL)
    assert (there["currentDedicatedNodes"], there["displayName"], there["vmSize"]) == (2, "Old", "standard_d4s_v3")
    assert stack.up().changed == {}

    # A start task goes by another request than a change of it, and metadata stays.
    stack.write({"p": pool(metadata=[{"name": "team", "value": "a"}], **larger)})
    taken(emulator)
    assert stack.up().changed == {"p": "update"}
    assert [path for path, _ in bodies(emulator)] == ["", "/updateproperties"]
    assert "startTask" not in emulator.get(POOL)
    assert emulator.get(POOL)["metadata"] == [{"name": "team", "value": "a"}]
    assert stack.up().changed == {}

    busy(emulator)
    stack.write({"p": pool(metadata=[{"name": "team", "value": "a"}], **{**larger, "taskSlotsPerNode": 4})})
    planned = stack.preview()
    assert planned.changed == {"p": "replace"}
    says(planned, "replacing pools/render interrupts what goes on in it", "jobs/busy", "one task runs in it")
    taken(emulator)
    assert stack.up().changed == {"p": "replace"}
    assert writes(emulator) == [("DELETE", POOL), ("POST", "/pools")]
    assert stack.up().changed == {}


def test_the_number_of_nodes_goes_from_targets_to_a_formula_and_back_also_while_another_client_resizes(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"p": pool(targetDedicatedNodes=1)})
    stack.up()
    taken(emulator)

    emulator.switch("polls", 6)
    emulator.post(f"{POOL}/resize", {"targetDedicatedNodes": 3})
    scaled: dict[str, Any] = {"enableAutoScale": True, "autoScaleFormula": FORMULA, "resizeTimeout": "PT20M"}
    stack.write({"p": pool(**scaled)})
    assert stack.up().changed == {"p": "update"}
    assert [path for path, _ in bodies(emulator)] == ["/resize", "/enableautoscale"]
    assert emulator.get(POOL)["targetDedicatedNodes"] == 1
    # What the formula makes of the pool is no difference.
    assert stack.up().changed == {}
    stack.write({"p": pool(**{**scaled, "autoScaleFormula": "$TargetDedicatedNodes = 2;"})})
    assert stack.preview().paths("p") == {"autoScaleFormula": "update"}
    emulator.advance(60)
    stack.up()
    assert emulator.get(POOL)["targetDedicatedNodes"] == 2
    assert stack.refresh("--expect-no-changes").changed == {}
    taken(emulator)

    stack.write({"p": pool(targetDedicatedNodes=3, targetLowPriorityNodes=1, stopPendingResize=True)})
    emulator.settle()
    emulator.advance(60)
    emulator.post(f"{POOL}/disableautoscale")
    emulator.post(f"{POOL}/resize", {"targetDedicatedNodes": 9})
    emulator.post(f"{POOL}/enableautoscale", {"autoScaleFormula": FORMULA})
    bodies(emulator)
    says(stack.up(), "stopping a resize of pools/render that is under way")
    resize = {"targetDedicatedNodes": 3, "targetLowPriorityNodes": 1, "resizeTimeout": "PT15M"}
    assert bodies(emulator) == [("/disableautoscale", None), ("/stopresize", None), ("/resize", resize)]
    there = emulator.get(POOL)
    assert (there["currentDedicatedNodes"], there["currentLowPriorityNodes"]) == (3, 1)
    assert stack.up().changed == {}


@pytest.mark.parametrize("drift", DRIFT)
def test_a_resize_that_falls_short_fails_is_shown_as_an_update_and_is_asked_for_again(
    emulator: EmulatorProcess, make_stack: MakeStack, drift: str
) -> None:
    emulator.post("/pools", {**MADE, "id": "render"})
    emulator.settle()
    order(emulator, resizeErrors=[QUOTA], dedicatedNodes=1)
    emulator.post(f"{POOL}/resize", {"targetDedicatedNodes": 3})
    emulator.settle()
    # What another client's resize has come to is left alone.
    stack = make_stack({"p": pool(targetDedicatedNodes=3)}, config={"azure-batch:driftDetection": {"value": drift}})
    says(stack.up(), "pools/render has existed since", "adopted")

    order(emulator, resizeErrors=[QUOTA], dedicatedNodes=2)
    stack.write({"p": pool(targetDedicatedNodes=4)})
    failed = stack.up(expect=None)
    said = "pools/render has 2 of 4 dedicated nodes: AccountCoreQuotaReached: Full (Limit: 4)"
    says(failed, said, "The quota of cores is used up", "asks for the missing nodes again")
    taken(emulator)
    assert stack.preview().changed == {"p": "update"}
    assert writes(emulator) == []
    assert stack.up().changed == {"p": "update"}
    assert [path for path, _ in bodies(emulator)] == ["/resize"]
    assert emulator.get(POOL)["currentDedicatedNodes"] == 4
    assert stack.up().changed == {}

    order(emulator, resizeErrors=[QUOTA], dedicatedNodes=2)
    with_formula = make_stack({"p": pool(poolId="scaled", enableAutoScale=True, autoScaleFormula=FORMULA)}, name="b")
    emulator.switch("node-quota", 4)
    says(with_formula.up(), "pools/scaled has 0 of 1 dedicated nodes: AccountCoreQuotaReached")


@pytest.mark.parametrize("drift", DRIFT)
def test_a_wait_that_is_interrupted_goes_on(emulator: EmulatorProcess, make_stack: MakeStack, drift: str) -> None:
    emulator.switch("states", "by-hand")
    stack = make_stack({"p": pool(targetDedicatedNodes=2)}, config={"azure-batch:driftDetection": {"value": drift}})
    with Running(stack, "up") as command:
        until("the wait has begun", lambda: "0 of 2 nodes idle" in command.output)
        command.interrupt()
        command.wait()
    assert stack.resource("p")["initErrors"]
    taken(emulator)
    assert stack.preview().changed == {"p": "update"}
    emulator.switch("states", "at-once")
    emulator.settle()
    assert stack.up().changed == ({} if drift == "live" else {"p": "update"})
    assert writes(emulator) == []
    assert "initErrors" not in stack.resource("p")


def test_an_update_that_finds_nodes_never_replaces_them(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack({"p": pool()}, config={"azure-batch:driftDetection": {"value": "refresh"}})
    stack.up()
    emulator.post(f"{POOL}/resize", {"targetDedicatedNodes": 1})
    emulator.settle()
    stack.write({"p": pool(vmSize="standard_d4s_v3")})
    taken(emulator)
    assert stack.preview().changed == {"p": "update"}
    says(stack.up(expect=None), "pools/render differs in what only a new pool can change", "pulumi up --refresh")
    assert writes(emulator) == []


def test_what_becomes_of_a_pool_that_is_no_longer_declared(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack({"p": pool(targetDedicatedNodes=1, nodeDeallocationOption="taskcompletion")})
    stack.up()
    busy(emulator)
    emulator.switch("resize-timeout", "stop")
    taken(emulator)
    with Running(stack, "destroy") as command:
        until("the pool is being resized", lambda: emulator.get(POOL)["allocationState"] == "resizing")
        emulator.advance(3600)
        ended = command.wait()
    says(ended, "pools/render is not deleted, because it still has 1 nodes")
    says(ended, "one task runs in it; 1 job (jobs/busy) that has not completed points at it")
    assert [path for path, _ in bodies(emulator)] == ["/resize"]

    emulator.post("/_emulator/tasks/busy/t", {"state": "completed", "exitCode": 0})
    stack.destroy()
    assert [(path, body and body.get("nodeDeallocationOption")) for path, body in bodies(emulator)] == [
        ("/resize", "taskcompletion"),
        ("", None),
    ]
    assert emulator.call("GET", POOL).status == 404

    kept = make_stack({"p": pool(deletionPolicy="retain")}, name="kept")
    kept.up()
    taken(emulator)
    kept.destroy()
    assert writes(emulator) == []


def test_a_pool_that_is_there_is_taken_over_or_imported_and_has_one_owner(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    emulator.post("/pools", {**MADE, "id": "Render", "metadata": [{"name": "by", "value": "hand"}]})
    stack = make_stack({"p": pool(targetDedicatedNodes=1)})
    says(stack.preview(expect=None), "pools/render exists already and is not what is declared", "takeOver")
    stack.write({"p": pool(targetDedicatedNodes=1, takeOver=True)})
    says(stack.up(), "taking over pools/render")
    there = emulator.get(POOL)
    assert (there.get("metadata", []), there["currentDedicatedNodes"]) == ([], 1)

    imported = make_stack({"p": pool(targetDedicatedNodes=1, options={"import": "pools/render"})}, name="imported")
    assert imported.up().changed == {"p": "import"}
    assert imported.up().changed == {}

    both = {"p": pool(), "q": resource("PoolProperties", {"poolId": "RENDER"})}
    says(
        make_stack(both, name="both").preview(expect=None), "is the pool of urn:pulumi:dev::e2e::azure-batch:index:Pool"
    )


def test_an_account_full_of_pools_says_so_and_names_those_that_may_go(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    emulator.switch("pool-quota", 1)
    stack = make_stack({"p": pool()})
    says(stack.up(expect=None), "409 PoolQuotaReached", "There is one pool.", "pools/poolId", "customTimeouts")
    stack.write({"p": pool(options={"customTimeouts": {"create": "2s"}})})
    says(stack.up(expect=None), "There was no room within")

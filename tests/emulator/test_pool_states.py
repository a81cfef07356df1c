from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.parts import MACHINE, WINDOWS
from tests.emulator_process import V2024, V2025, EmulatorProcess

POOL: dict[str, Any] = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE}
TARGETS = ("targetDedicatedNodes", "targetLowPriorityNodes")


def _allocation(emulator: EmulatorProcess) -> tuple[str, str]:
    pool = emulator.get("/pools/p1")
    return pool["state"], pool["allocationState"]


@pytest.mark.parametrize("nodes", [{"targetDedicatedNodes": 2}, {"targetLowPriorityNodes": 1}])
def test_a_pool_with_nodes_that_is_deleted_is_resized_to_none(emulator: EmulatorProcess, nodes: dict[str, int]) -> None:
    emulator.post("/pools", {**POOL, **nodes})
    emulator.settle()
    steady = emulator.get("/pools/p1")
    emulator.advance(60)
    assert emulator.call("DELETE", "/pools/p1").status == 202
    pool = emulator.get("/pools/p1")
    assert (pool["state"], pool["allocationState"], [pool[name] for name in TARGETS]) == (
        "deleting",
        "resizing",
        [0, 0],
    )
    assert pool["allocationStateTransitionTime"] == pool["stateTransitionTime"] > steady["stateTransitionTime"]
    assert (pool["currentDedicatedNodes"], pool["currentLowPriorityNodes"]) == (
        steady["currentDedicatedNodes"],
        steady["currentLowPriorityNodes"],
    )
    assert emulator.call("GET", "/pools/p1").status == 404


def test_a_resize_that_is_under_way_stops_before_the_pool_that_is_deleted_is_emptied(emulator: EmulatorProcess) -> None:
    emulator.post("/pools", {**POOL, "targetDedicatedNodes": 2})
    emulator.call("DELETE", "/pools/p1")
    assert [_allocation(emulator) for _ in range(2)] == [("deleting", "stopping"), ("deleting", "resizing")]
    assert emulator.call("GET", "/pools/p1").status == 404


def test_an_empty_pool_that_is_deleted_is_not_resized(emulator: EmulatorProcess) -> None:
    emulator.post("/pools", POOL)
    emulator.settle()
    emulator.call("DELETE", "/pools/p1")
    assert _allocation(emulator) == ("deleting", "steady")
    assert emulator.call("GET", "/pools/p1").status == 404


@pytest.mark.parametrize("settled", [True, False])
def test_the_deletion_of_a_pool_with_nodes_ends_by_hand_or_by_the_clock(
    emulator: EmulatorProcess, settled: bool
) -> None:
    emulator.switch("states", "by-hand" if settled else "by-clock")
    emulator.switch("pool-delete-delay", 90)
    emulator.post("/pools", {**POOL, "targetDedicatedNodes": 2})
    emulator.call("DELETE", "/pools/p1")
    assert [_allocation(emulator)[1] for _ in range(3)] == ["stopping"] * 3
    if settled:
        emulator.settle()
    else:
        emulator.advance(2)
        assert _allocation(emulator)[1] == "resizing"
        emulator.advance(90)
    assert emulator.call("GET", "/pools/p1").status == 404


def test_certificates_show_on_a_pool_and_not_in_what_an_auto_pool_is_made_from(emulator: EmulatorProcess) -> None:
    specification = {"vmSize": "a", "virtualMachineConfiguration": MACHINE}
    auto = {"poolLifetimeOption": "job", "pool": specification}
    emulator.post("/jobs", {"id": "j1", "poolInfo": {"autoPoolSpecification": auto}}, V2024)
    job = emulator.get("/jobs/j1", V2024)
    assert "certificateReferences" not in job["poolInfo"]["autoPoolSpecification"]["pool"]
    assert emulator.get(f"/pools/{job['executionInfo']['poolId']}", V2024)["certificateReferences"] == []
    certificate = {"thumbprint": "0123", "thumbprintAlgorithm": "sha1"}
    auto = {**auto, "pool": {**specification, "certificateReferences": [certificate]}}
    emulator.post("/jobs", {"id": "j2", "poolInfo": {"autoPoolSpecification": auto}}, V2024)
    job = emulator.get("/jobs/j2", V2024)
    assert job["poolInfo"]["autoPoolSpecification"]["pool"]["certificateReferences"] == [certificate]


def test_a_pool_with_a_formula_shows_its_latest_run(emulator: EmulatorProcess) -> None:
    emulator.post("/pools", {**POOL, "enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes=0"})
    pool = emulator.get("/pools/p1")
    results = "$TargetDedicatedNodes=0;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"
    assert pool["autoScaleRun"] == {"timestamp": pool["creationTime"], "results": results}
    assert emulator.get("/pools/p1?$select=id,autoScaleRun").keys() == {"odata.metadata", "id", "autoScaleRun"}
    emulator.post("/pools", {**POOL, "id": "p2"})
    assert "autoScaleRun" not in emulator.get("/pools/p2")


@pytest.mark.parametrize("version", [V2024, V2025])
def test_a_patch_of_users_forgets_the_settings_of_the_other_system_as_well(
    emulator: EmulatorProcess, version: str
) -> None:
    windows = {"imageReference": WINDOWS, "nodeAgentSKUId": "batch.node.windows amd64"}
    emulator.post("/pools", {**POOL, "virtualMachineConfiguration": windows}, version)
    emulator.post("/pools", {**POOL, "id": "p2"}, version)
    bare = {"name": "me", "password": "hunter2"}
    settings = {
        "linuxUserConfiguration": {"uid": 1, "gid": 2},
        "windowsUserConfiguration": {"loginMode": "interactive"},
    }
    for pool_id in ("p1", "p2"):
        assert emulator.call("PATCH", f"/pools/{pool_id}", {"userAccounts": [bare, {**bare, **settings}]}).status == 200
    shown = {"name": "me", "elevationLevel": "nonadmin"}
    assert emulator.get("/pools/p1", version)["userAccounts"] == [
        {**shown, "windowsUserConfiguration": {"loginMode": "batch"}},
        {**shown, "windowsUserConfiguration": {"loginMode": "interactive"}},
    ]
    assert emulator.get("/pools/p2", version)["userAccounts"] == [
        shown,
        {**shown, "linuxUserConfiguration": {"uid": 1, "gid": 2}},
    ]
    assert emulator.call("PATCH", "/pools/p1", {"userAccounts": []}).status == 200
    assert "userAccounts" not in emulator.get("/pools/p1", version)


def test_a_pool_that_changes_its_system_forgets_the_settings_of_the_old_one(emulator: EmulatorProcess) -> None:
    user = {"name": "me", "password": "hunter2", "linuxUserConfiguration": {"uid": 1, "gid": 2}}
    emulator.post("/pools", {**POOL, "userAccounts": [user]})
    windows = {"imageReference": WINDOWS, "nodeAgentSKUId": "batch.node.windows amd64"}
    assert emulator.call("PATCH", "/pools/p1", {"virtualMachineConfiguration": windows}).status == 200
    assert emulator.get("/pools/p1")["userAccounts"] == [
        {"name": "me", "elevationLevel": "nonadmin", "windowsUserConfiguration": {"loginMode": "batch"}}
    ]

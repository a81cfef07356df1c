"""Which start task a node runs: said only where it is known."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator_process import EmulatorProcess
from tests.functions.conftest import Invoke

NEW: dict[str, Any] = {
    "startTask": {"commandLine": "start again"},
    "metadata": [],
    "applicationPackageReferences": [],
}


def running(invoke: Invoke) -> list[bool | None]:
    return [node.get("runsCurrentStartTask") for node in invoke("getNodes", id="pools/pool")["nodes"]]


@pytest.mark.parametrize(("shows", "old"), [("as-run", False), ("as-pool", None)])
def test_a_node_runs_the_present_start_task_once_it_has_booted_after_the_change(
    emulator: EmulatorProcess, invoke: Invoke, shows: str, old: bool | None
) -> None:
    emulator.switch("node-start-task", shows)
    assert running(invoke) == [True, True]
    emulator.advance(60)
    emulator.post("/pools/pool/updateproperties", NEW)
    assert running(invoke) == [old, old]
    first, _ = invoke("getNodes", poolId="pool")["nodeIds"]
    emulator.post(f"/pools/pool/nodes/{first}/reboot", {})
    emulator.settle()
    assert running(invoke) == [True, old]
    (node,) = invoke("getNodes", poolId="pool", filter="state eq 'idle'", maxResults=1)["nodes"]
    assert (node["nodeId"], node["startTaskInfo"]["result"]) == (first, "success")


def test_a_change_of_the_pool_that_is_none_of_its_start_task_leaves_it_open(
    emulator: EmulatorProcess, invoke: Invoke
) -> None:
    emulator.advance(60)
    emulator.call("PATCH", "/pools/pool", {"metadata": [{"name": "a", "value": "b"}]})
    assert running(invoke) == [None, None]


def test_a_node_whose_start_task_failed_says_how(emulator: EmulatorProcess, invoke: Invoke) -> None:
    first, _ = invoke("getNodes", poolId="pool")["nodeIds"]
    emulator.switch("start-task-exit-code", 7)
    emulator.post(f"/pools/pool/nodes/{first}/reboot", {})
    emulator.settle()
    found = invoke("getNodes", poolId="pool", filter="startTaskInfo/result eq 'failure'")
    assert found["nodeIds"] == [first]
    assert found["nodes"][0]["startTaskInfo"]["exitCode"] == 7

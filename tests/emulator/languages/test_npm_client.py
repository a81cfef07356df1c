"""npm's @azure/batch 10.2.0, unmodified. It speaks 2022-10-01.16.0."""

from __future__ import annotations

import json
from pathlib import Path

from tests.emulator.clients.environments import HERE, needs_node, run_client
from tests.emulator_process import EmulatorProcess


@needs_node
def test_the_javascript_client_works(client_node: Path, emulator: EmulatorProcess) -> None:
    done = run_client("node", str(HERE / "node" / "life.js"), **emulator.environment(), NODE_PATH=str(client_node))
    assert done.returncode == 0, done.stderr
    steps = json.loads(done.stdout)
    pool, note = steps["pool"], [{"name": "a", "value": "1"}]
    assert (pool["allocationState"], pool["targetDedicatedNodes"], pool["metadata"]) == ("resizing", 1, note)
    assert pool["startTask"]["commandLine"] == "/bin/true"
    assert steps["pool exists"] == [True, False]
    assert steps["pools"] == [{"id": "p1", "state": "active"}]
    assert "metadata" not in steps["pool patched"] and "startTask" in steps["pool patched"]
    assert steps["pool replaced"]["metadata"] == note and "startTask" not in steps["pool replaced"]
    assert (steps["job"]["priority"], steps["job"]["constraints"]["maxWallClockTime"]) == (3, "P1D")
    assert [job["id"] for job in steps["jobs"]] == ["j1"]
    assert steps["job patched"]["priority"] == 7
    assert (steps["job updated"]["priority"], steps["job updated"]["metadata"]) == (0, note)
    assert (steps["job disabled"]["state"], steps["job disabled"]["previousState"]) == ("disabled", "active")
    assert (steps["task"]["state"], steps["task"]["commandLine"]) == ("active", "/bin/true")
    added = {item["taskId"]: item["status"] for item in steps["tasks added"]}
    assert added == {"m0": "Success", "m1": "Success", "t1": "ClientError"}
    assert [task["id"] for task in steps["tasks"]] == ["m0", "m1", "t1"]
    assert steps["task updated"]["constraints"]["maxTaskRetryCount"] == 2
    assert steps["task terminated"]["executionInfo"]["failureInfo"]["code"] == "TaskEnded"
    assert steps["task counts"]["taskCounts"]["active"] == 2
    ended = steps["job terminated"]
    assert (ended["state"], ended["executionInfo"]["terminateReason"]) == ("terminating", "enough")
    refusals = [[404, "TaskNotFound"], [404, "JobNotFound"], [404, "PoolNotFound"], [400, "InvalidPropertyValue"]]
    assert steps["refusals"] == refusals
    assert {request["query"]["api-version"] for request in emulator.requests()} == {"2022-10-01.16.0"}

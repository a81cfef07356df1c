"""The round trip that every client makes, and the proof of it, which is the same for all.

A client makes a pool, a job and a hundred tasks, waits until these have run, reads what one of them wrote, and deletes
the job and the pool. What it has to tell is how many tasks completed, and what that one wrote. Everything else is
asked of the emulator.
"""

from __future__ import annotations

from tests.emulator_process import EmulatorProcess

TASKS = 100
COMMAND = "/bin/sh -c 'echo from $AZ_BATCH_TASK_ID'"
TOLD = {"completed": TASKS, "wrote": "from t42\n"}
"""What a client tells when it has made the round trip."""

WRITES = {
    "Pool - Add": 201,
    "Job - Add": 201,
    "Task - Add Collection": 200,
    "Job - Delete": 202,
    "Pool - Delete": 202,
}
"""The operations that change something, each once and in this order, with their answers."""
READS = {"Task - List", "File - Get From Task"}


def check(emulator: EmulatorProcess, api_version: str) -> None:
    """Raises AssertionError unless a client of this version has made the round trip and left nothing behind."""
    log = emulator.requests()
    writes = {entry["operation"]: entry for entry in log if entry["operation"] in WRITES}
    assert [(name, entry["status"]) for name, entry in writes.items()] == list(WRITES.items())
    pool, job, tasks = (entry["body"] for entry in list(writes.values())[:3])
    # The Azure CLI sends numbers as texts.
    assert (pool["id"], int(pool["targetDedicatedNodes"]), int(pool["taskSlotsPerNode"])) == ("p1", 2, 4)
    assert (job["id"], job["poolInfo"]) == ("j1", {"poolId": "p1"})
    added = {task["id"]: task["commandLine"] for task in tasks["value"]}
    assert added == {f"t{number}": COMMAND for number in range(TASKS)}
    assert {entry["operation"] for entry in log if entry["status"] == 200} >= READS
    assert {entry["query"]["api-version"] for entry in log} == {api_version}
    assert [emulator.get(path)["value"] for path in ("/pools", "/jobs")] == [[], []]

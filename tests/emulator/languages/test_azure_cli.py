"""`az batch`, unmodified. It speaks 2024-02-01.19.0, and sends the numbers of its options as texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.azure_cli import AzureCli
from tests.emulator.disk import Disk
from tests.emulator_process import EmulatorProcess

IMAGE = "canonical:0001-com-ubuntu-server-jammy:22_04-lts"
AGENT = "batch.node.ubuntu 22.04"


@pytest.fixture(scope="module")
def _az(
    client_azure_cli: Path, emulator_process: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AzureCli]:
    with AzureCli(client_azure_cli, tmp_path_factory.mktemp("az"), **emulator_process.environment()) as az:
        yield az


@pytest.fixture
def az(_az: AzureCli, emulator: EmulatorProcess) -> AzureCli:
    """The Azure CLI, on an empty account."""
    return _az


def test_the_azure_cli_takes_a_pool_through_its_life(az: AzureCli, emulator: EmulatorProcess) -> None:
    created = ("--id", "p1", "--vm-size", "STANDARD_D2s_v3", "--image", IMAGE, "--node-agent-sku-id", AGENT)
    settings = ("--target-dedicated-nodes", "1", "--metadata", "a=1", "--start-task-command-line", "/bin/true")
    az("pool", "create", *created, *settings)
    pool = az("pool", "show", "--pool-id", "p1")
    assert (pool["state"], pool["targetDedicatedNodes"], pool["metadata"]) == (
        "active",
        1,
        [{"name": "a", "value": "1"}],
    )
    assert pool["startTask"]["commandLine"] == "/bin/true"
    assert [found["id"] for found in az("pool", "list", "--filter", "startswith(id, 'p')", "--select", "id")] == ["p1"]
    az("pool", "set", "--pool-id", "p1", "--metadata", "b=2")
    assert az("pool", "show", "--pool-id", "p1", "--select", "metadata")["metadata"] == [{"name": "b", "value": "2"}]
    az("pool", "reset", "--pool-id", "p1", "--metadata", "c=3", "--application-package-references", "tool#1")
    pool = emulator.get("/pools/p1")
    assert pool["applicationPackageReferences"] == [{"applicationId": "tool", "version": "1"}]
    assert "startTask" not in pool
    az("pool", "delete", "--pool-id", "p1", "--yes")
    emulator.settle()
    assert "(PoolNotFound)" in az.refused("pool", "show", "--pool-id", "p1")
    assert {request["query"]["api-version"] for request in emulator.requests()} == {"2024-02-01.19.0", "2025-06-01"}


def test_the_azure_cli_takes_a_job_through_its_life(az: AzureCli, emulator: EmulatorProcess) -> None:
    limits = ("--job-max-task-retry-count", "2", "--job-max-wall-clock-time", "PT24H", "--max-parallel-tasks", "4")
    az("job", "create", "--id", "j1", "--pool-id", "p1", "--priority", "5", *limits, "--metadata", "a=1")
    job = az("job", "show", "--job-id", "j1")
    assert (job["priority"], job["maxParallelTasks"]) == (5, 4)
    assert job["constraints"] == {"maxTaskRetryCount": 2, "maxWallClockTime": "P1D"}
    az("job", "set", "--job-id", "j1", "--priority", "7")
    assert emulator.get("/jobs/j1")["priority"] == 7
    az("job", "reset", "--job-id", "j1", "--pool-id", "p1", "--priority", "3")
    assert emulator.get("/jobs/j1")["constraints"]["maxTaskRetryCount"] == 0
    az("job", "disable", "--job-id", "j1", "--disable-tasks", "requeue")
    emulator.settle()
    az("job", "enable", "--job-id", "j1")
    az("job", "stop", "--job-id", "j1", "--terminate-reason", "enough")
    emulator.settle()
    listed = az("job", "list", "--filter", "state eq 'completed'")
    assert [(found["id"], found["executionInfo"]["terminateReason"]) for found in listed] == [("j1", "enough")]
    az("job", "delete", "--job-id", "j1", "--yes")
    emulator.settle()
    assert "(JobNotFound)" in az.refused("job", "show", "--job-id", "j1")


def test_the_azure_cli_takes_tasks_through_their_life(az: AzureCli, emulator: EmulatorProcess, tmp_path: Path) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": {"poolId": "p1"}})
    settings = ("--max-task-retry-count", "1", "--environment-settings", "A=1")
    az("task", "create", "--job-id", "j1", "--task-id", "t1", "--command-line", "/bin/true", *settings)
    task = az("task", "show", "--job-id", "j1", "--task-id", "t1")
    assert (task["constraints"]["maxTaskRetryCount"], task["environmentSettings"]) == (1, [{"name": "A", "value": "1"}])
    file = tmp_path / "tasks.json"
    file.write_text(json.dumps([{"id": f"m{number}", "commandLine": "x"} for number in range(3)]))
    added = az("task", "create", "--job-id", "j1", "--json-file", str(file))
    assert {(item["taskId"], item["status"]) for item in added} == {(f"m{number}", "Success") for number in range(3)}
    listed = az("task", "list", "--job-id", "j1", "--filter", "startswith(id, 'm')", "--select", "id,state")
    assert [(found["id"], found["state"]) for found in listed] == [(f"m{number}", "active") for number in range(3)]
    az("task", "reset", "--job-id", "j1", "--task-id", "t1", "--max-task-retry-count", "4")
    assert emulator.get("/jobs/j1/tasks/t1")["constraints"]["maxTaskRetryCount"] == 4
    az("task", "stop", "--job-id", "j1", "--task-id", "t1")
    az("task", "reactivate", "--job-id", "j1", "--task-id", "t1")
    az("task", "delete", "--job-id", "j1", "--task-id", "m0", "--yes")
    assert az("job", "task-counts", "show", "--job-id", "j1")["taskCounts"]["active"] == 3
    assert "(TaskNotFound)" in az.refused("task", "show", "--job-id", "j1", "--task-id", "m0")


def test_the_azure_cli_downloads_a_file_whose_name_has_a_space(
    az: AzureCli, emulator: EmulatorProcess, tmp_path: Path
) -> None:
    disk, saved = Disk(emulator), tmp_path / "saved.txt"
    disk.add_task()
    disk.put_of_task("wd/out file.txt", "hello")
    of_file = ("--job-id", "j1", "--task-id", "t1", "--file-path", "wd/out file.txt")
    az("task", "file", "download", *of_file, "--destination", str(saved))
    assert saved.read_text() == "hello"

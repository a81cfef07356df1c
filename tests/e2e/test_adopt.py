"""`azure-batch-adopt`: an account that other means have filled becomes a program without a difference."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.e2e.conftest import POOL, MakeStack
from tests.e2e.programs import schedule, taken, writes
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess

SAS: Final = (
    "https://files.blob.core.windows.net/in/tool?sv=2024-05-04&se=2090-01-01T00%3A00%3A00Z&sp=r&sig=c2VjcmV0%2Bs%3D"
)
COMMAND: Final = str(Path(sys.executable).with_name("azure-batch-adopt"))


def body(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != "jobScheduleId"}


def job(emulator: EmulatorProcess, id: str, **properties: Any) -> None:
    emulator.post("/jobs", {"id": id, "poolInfo": {"poolId": "Farm"}, **properties})


def task(emulator: EmulatorProcess, job: str, id: str, **properties: Any) -> None:
    emulator.post(f"/jobs/{job}/tasks", {"id": id, "commandLine": "cmd /c run", **properties})


@pytest.fixture
def account(emulator: EmulatorProcess) -> EmulatorProcess:
    """What people have: ids of digits, ids that collide once they are joined, references, secrets, what is over."""
    files = [{"httpUrl": SAS, "filePath": "tool"}]
    for name in ("Farm", "bare", "going"):
        emulator.post("/pools", {**POOL, "id": name})
    start = {"commandLine": "/bin/sh -c 'install ${HOME}'", "resourceFiles": files}
    properties: dict[str, Any] = {"startTask": start, "applicationPackageReferences": [], "metadata": []}
    emulator.post("/pools/Farm/updateproperties", properties)
    registry = {"containerSettings": {"imageName": "i", "registry": {"username": "u", "password": "never-shown-1"}}}
    emulator.post("/pools/poolId/updateproperties", {**properties, "startTask": {"commandLine": "start", **registry}})

    job(
        emulator, "0001", priority=7, usesTaskDependencies=True, commonEnvironmentSettings=[{"name": "A", "value": "b"}]
    )
    task(emulator, "0001", "a-b", dependsOn={"taskIds": ["x"]})
    task(emulator, "0001", "x", resourceFiles=files, constraints={"maxWallClockTime": "PT1H"})
    job(emulator, "0001-a")
    task(emulator, "0001-a", "b")
    job(emulator, "many", onAllTasksComplete="noaction", metadata=[{"name": "team", "value": "a: b # c"}])
    for number in range(12):
        task(emulator, "many", f"{number:04}", commandLine=f"render $${{frame}} $$ $HOME {number}")
    job(emulator, "managed", jobManagerTask={"id": "m", "commandLine": "manage"})
    pool = {name: POOL[name] for name in ("vmSize", "virtualMachineConfiguration")}
    automatic = {"poolLifetimeOption": "job", "pool": {**pool, "targetDedicatedNodes": 0}}
    job(emulator, "own-pool", poolInfo={"autoPoolSpecification": automatic})
    job(emulator, "over")
    emulator.post("/jobs/over/terminate")
    emulator.post("/jobschedules", {"id": "nightly", **body(schedule()["properties"])})
    emulator.settle()
    emulator.switch("polls", 100)
    assert emulator.call("DELETE", "/pools/going").status == 202
    emulator.switch("polls", 1)
    emulator.clear_requests()
    return emulator


def adopt(stack: Stack, folder: Path, *options: str, expect: int = 0) -> str:
    """Run the command; returns what it says."""
    done = subprocess.run(
        [COMMAND, "--out", str(folder), *options], env=stack.environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == expect, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_an_account_is_imported_without_a_difference(
    account: EmulatorProcess, make_stack: MakeStack, tmp_path: Path
) -> None:
    stack, folder = make_stack({}), tmp_path / "adopted"
    said = adopt(stack, folder, "--stack", "adopted")
    assert writes(account) == []

    text = (folder / "Pulumi.yaml").read_text()
    program = yaml.safe_load(text)["resources"]
    assert {name: found["type"].partition(":")[2] for name, found in program.items()} == {
        "Farm": "PoolProperties",
        "poolId": "PoolProperties",
        "nightly": "JobSchedule",
        "job-0001": "Job",
        "task-0001-a-b": "Task",
        "task-0001-x": "Task",
        "job-0001-a": "Job",
        "task-0001-a-b-2": "Task",
        "many": "Job",
        "many-tasks": "TaskCollection",
        "managed": "Job",
        "own-pool": "Job",
    }
    assert program["task-0001-x"]["properties"]["jobId"] == "${job-0001.jobId}"
    assert program["many"]["properties"]["poolInfo"]["poolId"] == "${Farm.poolId}"
    assert "c2VjcmV0" not in text + said + (folder / "import.json").read_text()
    for line in (
        "jobs/over: it is completed",
        "jobs/nightly:job-1: jobschedules/nightly has made it",
        "pools/bare: it has no start task, metadata or application package",
        "pools/going: it is being deleted",
        "it is made for jobs/own-pool, by its `autoPoolSpecification`",
        "jobs/managed/tasks: its 1 tasks are its job manager's",
        "poolId: startTask.containerSettings.registry.password",
    ):
        assert line in said

    stack.folder = folder
    imported = stack.run("import", "--file", "import.json", "--stack", "adopted", "--yes", "--generate-code=false")
    assert "Traceback" not in imported.output
    taken(account)
    planned = stack.run("preview", "--stack", "adopted", "--expect-no-changes", "--diff")
    assert "unchanged" in planned.output
    assert writes(account) == []


def test_what_must_be_declared_and_is_never_returned_is_a_secret_that_the_next_up_records(
    emulator: EmulatorProcess, make_stack: MakeStack, tmp_path: Path
) -> None:
    pool = {name: POOL[name] for name in ("vmSize", "virtualMachineConfiguration")}
    users = {"targetDedicatedNodes": 0, "userAccounts": [{"name": "u", "password": "never-shown-2"}]}
    job(emulator, "j", poolInfo={"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": {**pool, **users}}})
    stack, folder = make_stack({}), tmp_path / "adopted"
    said = adopt(stack, folder, "jobs/*", "--stack", "adopted")
    (secret,) = yaml.safe_load((folder / "Pulumi.yaml").read_text())["config"]
    assert secret.endswith("userAccounts_0_password")
    assert said.rstrip().endswith(secret)

    stack.folder = folder
    stack.run("config", "set", "--secret", secret, "--stack", "adopted", input="never-shown-2")
    stack.run("import", "--file", "import.json", "--stack", "adopted", "--yes", "--generate-code=false")
    taken(emulator)
    said = stack.run("up", "--stack", "adopted", "--yes", "--skip-preview").output
    assert "It is recorded and not sent" in said
    stack.run("preview", "--stack", "adopted", "--expect-no-changes")
    assert writes(emulator) == []


def test_a_filter_takes_what_it_names_and_nothing_is_overwritten(
    account: EmulatorProcess, make_stack: MakeStack, tmp_path: Path
) -> None:
    stack, folder = make_stack({}), tmp_path / "adopted"
    said = adopt(stack, folder, "JOBS/0001*", "pools/none", "--collection-from", "2")
    program = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    assert list(program["resources"]) == ["job-0001", "taskCollection-0001-tasks", "job-0001-a", "task-0001-a-b"]
    assert program["resources"]["job-0001"]["properties"]["poolInfo"] == {"poolId": "Farm"}
    (secret,) = program["config"]
    assert "secrets to be set" in said
    assert secret in said
    before = (folder / "Pulumi.yaml").read_bytes()
    assert "exists already, and nothing is overwritten" in adopt(stack, folder, expect=1)
    assert (folder / "Pulumi.yaml").read_bytes() == before
    assert writes(account) == []


def test_who_names_no_account_or_the_wrong_key_is_told(
    account: EmulatorProcess, make_stack: MakeStack, tmp_path: Path
) -> None:
    stack = make_stack({})
    wrong = make_stack({}, environment={**account.environment(), "AZURE_BATCH_ACCESS_KEY": "d3Jvbmc="}, name="wrong")
    assert "AuthenticationFailed" in adopt(wrong, tmp_path / "a", expect=1)
    del stack.environment["AZURE_BATCH_ENDPOINT"]
    assert "endpoint" in adopt(stack, tmp_path / "b", expect=1)
    assert not (tmp_path / "a").exists()

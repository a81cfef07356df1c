"""`azure-batch-adopt`: an account that other means have filled becomes a program without a difference."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.e2e.conftest import POOL, MakeStack
from tests.e2e.programs import READS, schedule, taken, writes
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess

SAS: Final = (
    "https://files.blob.core.windows.net/in/tool?sv=2024-05-04&se=2090-01-01T00%3A00%3A00Z&sp=r&sig=c2VjcmV0%2Bs%3D"
)
COMMAND: Final = str(Path(sys.executable).with_name("azure-batch-adopt"))
SUBNET: Final = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n"
LONGEST: Final = "-" + "x" * 63
ODD: Final = " tab\there \u00e9\U0001f600 \x85\u2028\ufeff 'q' \"dq\" # no: comment \\n ${x} $${y} $$ %20\x7f\nline "
CONVERTER: Final = shutil.which("pulumi-converter-yaml")
MACHINE: Final = {name: POOL[name] for name in ("vmSize", "virtualMachineConfiguration")}
LOGIN: Final = {"registryServer": "r.example.com", "username": "u"}
EXTENSION: Final = {"name": "e", "publisher": "p", "type": "t"}


def body(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != "jobScheduleId"}


def job(emulator: EmulatorProcess, id: str, **properties: Any) -> None:
    emulator.post("/jobs", {"id": id, "poolInfo": {"poolId": "Farm"}, **properties})


def task(emulator: EmulatorProcess, job: str, id: str, **properties: Any) -> None:
    emulator.post(f"/jobs/{job}/tasks", {"id": id, "commandLine": "cmd /c run", **properties})


@pytest.fixture
def account(emulator: EmulatorProcess) -> EmulatorProcess:
    """What people have: ids of digits, ids that collide once they are joined, or in another case, or with a word of
    Pulumi's, references, secrets, what is over."""
    files = [{"httpUrl": SAS, "filePath": "tool"}]
    for name in ("Farm", "bare", "going"):
        emulator.post("/pools", {**POOL, "id": name})
    start = {"commandLine": "/bin/sh -c 'install ${HOME}'", "resourceFiles": files}
    properties: dict[str, Any] = {"startTask": start, "applicationPackageReferences": [], "metadata": []}
    emulator.post("/pools/Farm/updateproperties", properties)
    emulator.post("/pools/poolId/updateproperties", {**properties, "startTask": {"commandLine": "start"}})

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
    job(emulator, "null", displayName=ODD)
    task(emulator, "null", "-", environmentSettings=[{"name": "V", "value": ODD}])
    job(emulator, "farm")
    task(emulator, "farm", LONGEST, commandLine=f"get {SAS}")
    job(emulator, "managed", jobManagerTask={"id": "m", "commandLine": "manage"})
    machine = {**POOL["virtualMachineConfiguration"], "extensions": [{**EXTENSION, "protectedSettings": {"a": "b"}}]}
    pool = {"vmSize": POOL["vmSize"], "virtualMachineConfiguration": machine, "targetDedicatedNodes": 0}
    automatic = {"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": pool}}
    job(emulator, "own-pool", poolInfo=automatic)
    job(emulator, "linked", networkConfiguration={"subnetId": SUBNET, "skipWithdrawFromVNet": True})
    job(emulator, "over")
    emulator.post("/jobs/over/terminate")
    emulator.post("/jobschedules", {"id": "nightly", **body(schedule()["properties"])})
    specification = {"poolInfo": automatic, "jobManagerTask": {"id": "m", "commandLine": "manage"}}
    emulator.post("/jobschedules", {"id": "weekly", **body(schedule(jobSpecification=specification)["properties"])})
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
        "weekly": "JobSchedule",
        "job-0001": "Job",
        "task-0001-a-b": "Task",
        "task-0001-x": "Task",
        "job-0001-a": "Job",
        "task-0001-a-b-2": "Task",
        "many": "Job",
        "many-tasks": "TaskCollection",
        "job-null": "Job",
        "task-null--": "Task",
        "farm-2": "Job",
        f"farm-{LONGEST}": "Task",
        "managed": "Job",
        "own-pool": "Job",
    }
    assert program["task-0001-x"]["properties"]["jobId"] == "${job-0001.jobId}"
    assert program["many"]["properties"]["poolInfo"]["poolId"] == "${Farm.poolId}"
    signed = [program["task-0001-x"]["properties"]["resourceFiles"][0]["httpUrl"]]
    signed.append(program[f"farm-{LONGEST}"]["properties"]["commandLine"].removeprefix("get "))
    (secret,) = yaml.safe_load(text)["config"]
    assert signed == [SAS.replace("c2VjcmV0%2Bs%3D", f"${{{secret}}}")] * 2
    assert "c2VjcmV0" not in text + said + (folder / "import.json").read_text()
    for line in (
        "jobs/over: it is completed",
        "jobs/nightly:job-1: jobschedules/nightly has made it",
        "pools/bare: it has no start task, metadata or application package",
        "pools/going: it is being deleted",
        "it is made for jobs/own-pool, by its `autoPoolSpecification`",
        "it is made for jobs/weekly:job-1, by its `autoPoolSpecification`",
        "jobs/managed/tasks: they are its job manager's: 1",
        "jobs/linked: the provider refuses it: `networkConfiguration.subnetId` needs Entra",
        "own-pool: poolInfo.autoPoolSpecification.pool.virtualMachineConfiguration.extensions[0].protectedSettings",
    ):
        assert line in said

    stack.folder = folder
    imported = stack.run("import", "--file", "import.json", "--stack", "adopted", "--yes", "--generate-code=false")
    assert "Traceback" not in imported.output
    taken(account)
    planned = stack.run("preview", "--stack", "adopted", "--expect-no-changes", "--diff")
    assert "unchanged" in planned.output
    assert writes(account) == []


@pytest.mark.skipif(CONVERTER is None, reason="`pulumi convert` fetches its converter of YAML, and none is on PATH")
def test_the_program_can_be_converted(account: EmulatorProcess, make_stack: MakeStack, tmp_path: Path) -> None:
    """To the form from which all other languages are made: of those each needs a host of its own."""
    stack, folder = make_stack({}), tmp_path / "adopted"
    adopt(stack, folder, "--pools-as", "Pool")
    stack.folder = folder
    stack.run("convert", "--language", "pcl", "--out", str(tmp_path / "pcl"), "--generate-only")
    converted = (tmp_path / "pcl" / "program.pp").read_text()
    for token, count in {"Pool": 3, "Job": 7, "JobSchedule": 2, "Task": 5, "TaskCollection": 1}.items():
        assert converted.count(f'"azure-batch:index:{token}"') == count


def test_pools_are_taken_whole_and_only_what_is_never_returned_is_left_to_the_first_up(
    emulator: EmulatorProcess, make_stack: MakeStack, tmp_path: Path
) -> None:
    machine = {
        **POOL["virtualMachineConfiguration"],
        "containerConfiguration": {
            "type": "dockerCompatible",
            "containerRegistries": [{**LOGIN, "password": "never-shown"}],
        },
        "extensions": [{**EXTENSION, "settings": {"${a}": "$${b}", "n": [1, 2.5, True]}}],
        "dataDisks": [{"lun": 0, "diskSizeGB": 100, "caching": "readwrite"}],
    }
    mount = {"accountName": "a", "containerName": "c", "relativeMountPath": "m", "accountKey": "a2V5"}
    ports = {"frontendPortRangeStart": 1, "frontendPortRangeEnd": 100}
    whole = {
        "virtualMachineConfiguration": machine,
        "displayName": "All of it",
        "taskSlotsPerNode": 4,
        "taskSchedulingPolicy": {"nodeFillType": "pack"},
        "enableInterNodeCommunication": True,
        "resizeTimeout": "PT20M",
        "targetDedicatedNodes": 2,
        "userAccounts": [{"name": "u", "password": "never-shown", "linuxUserConfiguration": {"uid": 5, "gid": 6}}],
        "metadata": [{"name": "team", "value": "a: b # c"}],
        "startTask": {
            "commandLine": "start",
            "resourceFiles": [{"httpUrl": SAS, "filePath": "tool"}],
            "containerSettings": {"imageName": "i", "registry": {**LOGIN, "password": "never-shown"}},
        },
        "mountConfiguration": [{"azureBlobFileSystemConfiguration": mount}],
        "networkConfiguration": {
            "endpointConfiguration": {
                "inboundNATPools": [{"name": "ssh", "protocol": "tcp", "backendPort": 22, **ports}]
            }
        },
        "upgradePolicy": {"mode": "rolling", "rollingUpgradePolicy": {"maxBatchInstancePercent": 20}},
    }
    emulator.post("/pools", {**POOL, "id": "whole", **whole})
    formula = {"enableAutoScale": True, "autoScaleFormula": "$TargetDedicatedNodes = 1; // ${x} $$"}
    emulator.post("/pools", {**MACHINE, "id": "scaled", **formula})
    job(emulator, "render", poolInfo={"poolId": "whole"})
    emulator.settle()
    stack, folder = make_stack({}), tmp_path / "adopted"
    said = adopt(stack, folder, "--pools-as", "Pool", "--stack", "adopted")
    assert "whole: virtualMachineConfiguration.extensions[0].protectedSettings" in said
    text = (folder / "Pulumi.yaml").read_text()
    assert "never-shown" not in text
    program = yaml.safe_load(text)
    properties = program["resources"]["whole"]["properties"]
    assert properties.keys() == {"poolId", "vmSize", *whole}
    # Who logs in to one registry has one password.
    (registry,) = properties["virtualMachineConfiguration"]["containerConfiguration"]["containerRegistries"]
    assert properties["startTask"]["containerSettings"]["registry"] == registry
    assert program["resources"]["scaled"]["properties"].keys() == {"poolId", *MACHINE, *formula}
    assert program["resources"]["render"]["properties"]["poolInfo"] == {"poolId": "${whole.poolId}"}

    unset = [name for name in program["config"] if not name.endswith("httpUrl")]
    assert [f"  {name}" for name in unset] == said.splitlines()[-3:]
    stack.folder = folder
    for name in unset:
        stack.run("config", "set", "--secret", name, "--stack", "adopted", input="never-shown")
    stack.run("import", "--file", "import.json", "--stack", "adopted", "--yes", "--generate-code=false")
    taken(emulator)
    planned = stack.operate("preview", "--stack", "adopted", "--diff")
    assert planned.changed == {"whole": "update"}
    assert planned.paths("whole") == dict.fromkeys(
        (
            "mountConfiguration[0].azureBlobFileSystemConfiguration.accountKey",
            "startTask.containerSettings.registry.password",
            "userAccounts[0].password",
            "virtualMachineConfiguration.containerConfiguration.containerRegistries[0].password",
        ),
        "add",
    )
    stack.run("up", "--stack", "adopted", "--yes", "--skip-preview")
    sent = [(item["path"], item["body"]) for item in taken(emulator) if item["method"] not in READS]
    assert [(path, list(body)) for path, body in sent] == [("/pools/whole", ["startTask"])]
    stack.run("preview", "--stack", "adopted", "--expect-no-changes")


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
    assert "pools/none: the account has nothing of such an id" in said

    # A part of a job's tasks is no collection, which is imported whole.
    adopt(stack, tmp_path / "tasks", "jobs/MANY/tasks/*[0-5]", "jobs/farm", "--except", "jobs/farm/tasks/*")
    program = yaml.safe_load((tmp_path / "tasks" / "Pulumi.yaml").read_text())
    tasks = {f"many-{number:04}": "azure-batch:Task" for number in (*range(6), 10, 11)}
    assert {name: found["type"] for name, found in program["resources"].items()} == {**tasks, "farm": "azure-batch:Job"}
    assert "there is nothing to declare" in adopt(stack, tmp_path / "nothing", "jobs/over", expect=1)
    assert not (tmp_path / "nothing").exists()

    for name in ("Pulumi.yaml", "Pulumi.yml", "import.json"):
        other = tmp_path / f"with-{name}"
        other.mkdir()
        (other / name).write_text("mine")
        assert "exists already, and nothing is overwritten" in adopt(stack, other, expect=1)
        assert [(file.name, file.read_text()) for file in other.iterdir()] == [(name, "mine")]
    assert writes(account) == []


def test_many_tasks_are_one_collection_that_stands_in_a_variable(
    emulator: EmulatorProcess, make_stack: MakeStack, tmp_path: Path
) -> None:
    job(emulator, "many")
    for start in range(0, 600, 100):
        added = [
            {"id": f"{n:05}", "commandLine": f"render {n}", "resourceFiles": [{"httpUrl": SAS, "filePath": f"{n}.exr"}]}
            for n in range(start, start + 100)
        ]
        emulator.post("/jobs/many/addtaskcollection", {"value": added})
    stack, folder = make_stack({}), tmp_path / "adopted"
    adopt(stack, folder, "--stack", "adopted")
    text = (folder / "Pulumi.yaml").read_text()
    assert text.count("many-tasks_tasks_00000_resourceFiles_0_httpUrl") == 601  # where it is declared, and all uses
    assert "      tasks: ${many-tasks_tasks}\n" in text
    (found,) = (
        item for item in json.loads((folder / "import.json").read_text())["resources"] if "Coll" in item["type"]
    )
    assert found["id"] == "jobs/many/tasks"
    assert len(writes(emulator)) == 7


def test_who_names_no_account_or_the_wrong_key_is_told(
    account: EmulatorProcess, make_stack: MakeStack, tmp_path: Path
) -> None:
    stack = make_stack({})
    wrong = make_stack({}, environment={**account.environment(), "AZURE_BATCH_ACCESS_KEY": "d3Jvbmc="}, name="wrong")
    assert "AuthenticationFailed" in adopt(wrong, tmp_path / "a", expect=1)
    del stack.environment["AZURE_BATCH_ENDPOINT"]
    assert "endpoint" in adopt(stack, tmp_path / "b", expect=1)
    assert not (tmp_path / "a").exists()

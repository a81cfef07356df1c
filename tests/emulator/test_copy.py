"""An account that starts as a copy of another one: what is in it, what does not move, and what never was sent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchClient

from batch_emulator.__main__ import main
from tests.e2e.conftest import POOL
from tests.e2e.entra import identity_endpoint, managed, secured_account
from tests.emulator_process import EMULATOR, EmulatorProcess
from tests.sign_in.certificate import TokenIssuer, self_signed

TASKS = 1_050
"""More than a page of them."""
AUTO_POOL = {name: value for name, value in POOL.items() if name != "id"}
REGISTRY = {"registryServer": "r.example.com", "username": "me", "password": "do not tell"}
RENDER = {
    **POOL,
    "id": "render",
    "targetDedicatedNodes": 2,
    "metadata": [{"name": "owner", "value": "me"}],
    "startTask": {
        "commandLine": "setup",
        "containerSettings": {"imageName": "i", "registry": REGISTRY},
        "resourceFiles": [{"httpUrl": "https://a.blob.core.windows.net/c/f?sv=2024&sig=kept", "filePath": "f"}],
    },
    "userAccounts": [{"name": "u", "password": "do not tell"}],
    "mountConfiguration": [
        {
            "azureFileShareConfiguration": {
                "accountName": "a",
                "accountKey": "do not tell",
                "azureFileUrl": "https://a.file.core.windows.net/s",
                "relativeMountPath": "s",
            }
        }
    ],
}


def _variables(source: EmulatorProcess) -> dict[str, str]:
    return {"AZURE_BATCH_ACCOUNT": source.account, "AZURE_BATCH_ACCESS_KEY": source.key}


def _copy(source: EmulatorProcess, *options: str) -> EmulatorProcess:
    return EmulatorProcess("--copy-of", source.endpoint, *options, environment=_variables(source))


@pytest.fixture(scope="module")
def source() -> Iterator[EmulatorProcess]:
    """An account with something of every kind, in many states."""
    with EmulatorProcess() as emulator:
        emulator.post("/pools", RENDER)
        scaled = {name: value for name, value in POOL.items() if name != "targetDedicatedNodes"}
        formula = "$TargetDedicatedNodes = 1;"
        emulator.post("/pools", {**scaled, "id": "scaled", "enableAutoScale": True, "autoScaleFormula": formula})
        emulator.settle()
        emulator.post("/_emulator/applications", {"id": "ffmpeg", "displayName": "FFmpeg", "versions": ["1", "2"]})
        emulator.post("/jobs", {"id": "nightly", "poolInfo": {"poolId": "render"}, "usesTaskDependencies": True})
        for first in range(0, TASKS, 100):
            tasks = [
                {"id": f"t{number:04}", "commandLine": "run", "requiredSlots": 1 + number % 3}
                for number in range(first, min(first + 100, TASKS))
            ]
            emulator.post("/jobs/nightly/addtaskcollection", {"value": tasks})
        emulator.run_task("nightly", "t0000", state="completed", exitCode=0)
        emulator.run_task("nightly", "t0001", state="completed", exitCode=3)
        emulator.run_task("nightly", "t0002", state="running")
        emulator.post("/jobs", {"id": "over", "poolInfo": {"poolId": "render"}})
        emulator.post("/jobs/over/terminate", {"terminateReason": "enough"})
        emulator.settle()
        automatic = {"poolLifetimeOption": "jobschedule", "pool": AUTO_POOL}
        specification = {"poolInfo": {"autoPoolSpecification": automatic}, "priority": 7}
        schedule = {"id": "daily", "schedule": {"recurrenceInterval": "P1D"}, "jobSpecification": specification}
        emulator.post("/jobschedules", schedule)
        emulator.settle()
        emulator.clear_requests()
        yield emulator


def _held(emulator: EmulatorProcess, client: BatchClient) -> dict[str, list[Any]]:
    """What Microsoft's client reads, without addresses: those of nodes are each emulator's own."""

    def read(listed: Any) -> list[Any]:
        return [_without_address(item.as_dict(), emulator.endpoint) for item in listed]

    found = {
        "pools": read(client.list_pools()),
        "schedules": read(client.list_job_schedules()),
        "jobs": read(client.list_jobs()),
        "applications": read(client.list_applications()),
    }
    for pool in found["pools"]:
        nodes = read(client.list_nodes(pool["id"]))
        own = ("ipAddress", "endpointConfiguration")
        found[f"nodes of {pool['id']}"] = [{k: v for k, v in node.items() if k not in own} for node in nodes]
    for job in found["jobs"]:
        found[f"tasks of {job['id']}"] = read(client.list_tasks(job["id"]))
        found[f"counts of {job['id']}"] = read([client.get_job_task_counts(job["id"])])
    return found


def _without_address(value: Any, address: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_address(item, address) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_address(item, address) for item in value]
    return value.replace(address, "") if isinstance(value, str) else value


def test_a_copy_has_what_the_account_has_and_nothing_of_it_moves(source: EmulatorProcess) -> None:
    with source.client() as client:
        expected = _held(source, client)
    source.clear_requests()
    with _copy(source) as copy, copy.client() as client:
        asked = source.requests()
        assert len(expected["tasks of nightly"]) == TASKS
        assert {len(expected["pools"]), len(expected["jobs"])} == {3}
        assert _held(copy, client) == expected
        # A month later as well, also when everything that is under way ends.
        paths = ("/pools", "/pools/render/nodes", "/jobschedules", "/jobs", "/jobs/nightly/tasks")
        before = [copy.get(path) for path in paths]
        copy.advance(30 * 86_400)
        copy.settle()
        assert [copy.get(path) for path in paths] == before

        # The account was only read, and its key is not that of the copy.
        assert {request["method"] for request in asked} == {"GET"}
        assert {request["status"] for request in asked} == {200}
        assert copy.account == source.account and copy.key != source.key
        copy.key = source.key
        assert copy.call("GET", "/pools").status == 403

        said = copy.errors()
        assert "3 pools, 3 nodes, 1 job schedules, 3 jobs, 1,050 tasks, 1 applications" in said
        for path in (
            "userAccounts.password",
            "mountConfiguration.azureFileShareConfiguration.accountKey",
            "startTask.containerSettings.registry.password",
        ):
            assert f"the service does not return it where it is set: {path} of pools/render" in said
        assert "do not tell" not in said and source.key not in said


def test_a_copy_can_be_written_to_as_an_account_can(source: EmulatorProcess) -> None:
    """What is added has run at once, so that who waits for it goes on; a schedule makes no job."""
    with _copy(source) as copy:
        copy.post("/jobs/nightly/tasks", {"id": "new", "commandLine": "run"})
        assert copy.get("/jobs/nightly/tasks/new")["executionInfo"]["result"] == "success"
        specification = {"poolInfo": {"poolId": "render"}}
        copy.post("/jobschedules", {"id": "hourly", "schedule": {}, "jobSpecification": specification})
        copy.post("/jobschedules/daily/disable")
        copy.post("/jobschedules/daily/enable")
        copy.advance(7 * 86_400)
        assert sorted(job["id"] for job in copy.get("/jobs")["value"]) == ["daily:job-1", "nightly", "over"]
        # The auto pool goes with the schedule that it was made for.
        copy.call("DELETE", "/jobschedules/daily")
        copy.settle()
        assert sorted(pool["id"] for pool in copy.get("/pools")["value"]) == ["render", "scaled"]
        copy.call("DELETE", "/jobs/nightly")
        copy.settle()
        assert copy.call("GET", "/jobs/nightly").status == 404


def test_what_is_under_way_in_the_account_comes_to_its_end_in_the_copy() -> None:
    with EmulatorProcess("--set", "states=by-hand") as source:
        source.post("/pools", {**POOL, "id": "growing", "targetDedicatedNodes": 1})
        for job in ("going", "ending"):
            source.post("/jobs", {"id": job, "poolInfo": {"poolId": "growing"}})
        source.call("DELETE", "/jobs/going")
        source.post("/jobs/ending/terminate", {"terminateReason": "enough"})
        with _copy(source) as copy:
            before = {job["id"]: job["state"] for job in copy.get("/jobs")["value"]}
            assert before == {"ending": "terminating", "going": "deleting"}
            copy.settle()
            (job,) = copy.get("/jobs")["value"]
            assert (job["state"], job["executionInfo"]["terminateReason"]) == ("completed", "enough")
            pool = copy.get("/pools/growing")
            assert (pool["allocationState"], pool["currentDedicatedNodes"]) == ("steady", 1)


def _start(*options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "ARM_"))}
    environment = {**own, "PYTHONPATH": str(EMULATOR), **variables}
    command = [sys.executable, "-m", "batch_emulator", "--port", "0", *options]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


KEY = "cmVhbA=="
REAL = {"AZURE_BATCH_ACCOUNT": "a", "AZURE_BATCH_ACCESS_KEY": KEY}


@pytest.mark.parametrize(
    ("options", "variables", "said"),
    [
        (("--location", "there"), REAL, "neither with --location nor --run-tasks"),
        (("--run-tasks",), REAL, "neither with --location nor --run-tasks"),
        (("--account-key", KEY), REAL, "must not be that of the account"),
        ((), {"AZURE_BATCH_ACCESS_KEY": KEY}, "needs the name of the account"),
        ((), {"AZURE_BATCH_ACCOUNT": "a"}, "http on this machine only, and only with a key"),
        (("--copy-of", "http://a.westeurope.batch.azure.com"), REAL, "http on this machine only"),
        (("--copy-of", "ftp://a"), REAL, "takes the URL of a Batch account"),
        (("--copy-of", "https://a.batch.azure.com/pools"), REAL, "takes the URL of a Batch account"),
    ],
)
def test_what_a_copy_cannot_be_is_reported_in_a_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    variables: dict[str, str],
    said: str,
) -> None:
    for name in REAL:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert main(["--port", "0", "--copy-of", "http://127.0.0.1:9", *options]) == 2
    output = capsys.readouterr()
    assert said in output.err and len(output.err.splitlines()) == 1
    assert output.out == "" and KEY not in output.err


def test_an_account_that_lets_no_one_in_is_reported_in_a_line(source: EmulatorProcess) -> None:
    done = _start("--copy-of", source.endpoint, AZURE_BATCH_ACCOUNT=source.account, AZURE_BATCH_ACCESS_KEY=KEY)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"cannot copy {source.endpoint}: " in done.stderr and len(done.stderr.splitlines()) == 1
    assert KEY not in done.stderr


def test_without_microsoft_s_client_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "azure").mkdir()
    (tmp_path / "azure" / "__init__.py").touch()
    done = _start("--copy-of", "http://127.0.0.1:9", **REAL, PYTHONPATH=os.pathsep.join([str(tmp_path), str(EMULATOR)]))
    assert done.returncode == 2
    assert done.stderr.strip().endswith("azure.batch is missing: install azure-batch-emulator[copy]")


def test_an_account_can_be_read_with_a_token_of_entra(tmp_path: Path) -> None:
    certificate, issuer = self_signed(tmp_path), TokenIssuer(tmp_path)
    with secured_account(certificate, issuer) as secured, identity_endpoint(issuer.token()) as identity:
        variables = {**managed(secured, certificate, identity), "AZURE_BATCH_ACCOUNT": secured.account}
        with EmulatorProcess("--copy-of", secured.endpoint, environment=variables) as copy:
            assert [pool["id"] for pool in copy.get("/pools")["value"]] == ["poolId"]

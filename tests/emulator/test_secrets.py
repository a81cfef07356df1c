from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.parts import MACHINE, POOL_INFO
from tests.emulator.test_pool_bodies import whole
from tests.emulator_process import V2024, V2025, EmulatorProcess

pytestmark = pytest.mark.usefixtures("linked")

SECRET = "hunter2-s3cr3t"
SAS = f"https://store.blob.core.windows.net/c?sig={SECRET}"


@pytest.mark.parametrize("version", [V2024, V2025])
def test_secrets_are_not_read_back_and_what_the_service_gives_verbatim_is(
    emulator: EmulatorProcess, version: str
) -> None:
    emulator.post("/pools", whole(version), version)
    assert "hunter2" not in json.dumps(emulator.get("/pools/whole", version))
    assert "hunter2" not in json.dumps(emulator.get("/pools", version))
    assert "sig=AbC%2B" in json.dumps(emulator.get("/pools/whole", version))


def test_some_secrets_are_read_back_when_the_switch_says_so(emulator: EmulatorProcess) -> None:
    emulator.switch("read-back-secrets", True)
    emulator.post("/pools", whole(V2025))
    pool = emulator.get("/pools/whole")
    assert pool["virtualMachineConfiguration"]["extensions"][0]["protectedSettings"] == {"key": "hunter2"}
    assert pool["mountConfiguration"][2]["cifsMountConfiguration"]["password"] == "hunter2"
    assert "password" not in pool["userAccounts"][0]


BAD: list[tuple[str, dict[str, Any]]] = [
    ("/pools", {"userAccounts": [{"name": "me", "password": [SECRET]}]}),
    ("/pools", {"userAccounts": [{"name": "me", "password": {"value": SECRET}}]}),
    ("/pools", {"mountConfiguration": [{"cifsMountConfiguration": {"password": [SECRET]}}]}),
    ("/pools", {"mountConfiguration": [{"azureFileShareConfiguration": {"accountKey": SECRET, "x": 1}}]}),
    ("/pools", {"startTask": {"commandLine": [SECRET]}}),
    ("/pools", {"startTask": {"commandLine": "x", "environmentSettings": [{"name": "A", "value": [SECRET]}]}}),
    ("/pools", {"startTask": {"commandLine": "x", "resourceFiles": [{"httpUrl": SAS}]}}),
    ("/pools", {"startTask": {"commandLine": "x", "resourceFiles": [{"httpUrl": SAS, "storageContainerUrl": SAS}]}}),
    ("/pools", {"startTask": {"commandLine": "x", "containerSettings": {"registry": {"password": SECRET}}}}),
    ("/pools", {"displayName": SECRET * 100}),
    ("/pools", {"metadata": [{"name": "", "value": SECRET}]}),
    ("/jobs/j1/tasks", {"outputFiles": [{"destination": {"container": {"containerUrl": [SAS]}}}]}),
    ("/jobs/j1/tasks", {"containerSettings": {"imageName": "u", "workingDirectory": SAS}}),
    ("/jobs/j1/tasks", {"resourceFiles": [{"httpUrl": SAS, "filePath": f"../{SECRET}"}]}),
]


@pytest.mark.parametrize(("path", "wrong"), BAD, ids=range(len(BAD)))
def test_an_error_does_not_repeat_what_may_be_secret(
    emulator: EmulatorProcess, path: str, wrong: dict[str, Any]
) -> None:
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    base = {"id": "x", "vmSize": "a", "virtualMachineConfiguration": MACHINE}
    body = {**(base if path == "/pools" else {"id": "x", "commandLine": SECRET}), **wrong}
    reply = emulator.call("POST", path, body)
    assert reply.status == 400
    assert SECRET not in json.dumps(reply.body)
    assert SECRET not in emulator.errors()

"""No secret is found in plain text in what the engine keeps or shows of the dynamic resources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.dynamic_stack import DynamicStack
from tests.emulator_process import EmulatorProcess

PASSWORD = "registry-password-1f2e3d"
SIGNATURE = "SASsignature4c5b6a"
VALUE = "marked-value-7a8b9c"
BEFORE = "SASsignatureOfBefore0d1e"
URL = "https://store.blob.core.windows.net/c/f?sv=2022-11-02&sr=b&sp=r&sig={}"


def texts(emulator: EmulatorProcess) -> list[str]:
    return [PASSWORD, SIGNATURE, VALUE, BEFORE, emulator.key]


def assert_none_in(shown: str, emulator: EmulatorProcess) -> None:
    assert [secret for secret in texts(emulator) if secret in shown] == []


def secret(value: Any) -> bool:
    return isinstance(value, dict) and "ciphertext" in value


def test_planted_secrets_are_found_nowhere(tmp_path: Path, emulator: EmulatorProcess) -> None:
    start = {"commandLine": "/bin/true", "resourceFiles": [{"httpUrl": URL.format(BEFORE), "filePath": "f"}]}
    body = {"startTask": start, "metadata": [], "applicationPackageReferences": []}
    emulator.post("/pools/poolId/updateproperties", body)
    config = {
        "azure-batch:endpoint": emulator.endpoint,
        "azure-batch:accountName": emulator.account,
        "azure-batch:accountKey": emulator.key,
    }
    planted = {"password": PASSWORD, "url": URL.format(SIGNATURE), "value": VALUE}
    stack = DynamicStack(tmp_path, "secrets", {}, config, attach=False, **planted)
    for operation in (stack.preview("--diff"), stack.up(), stack.up()):
        assert_none_in(operation.output, emulator)
    assert operation.changed == {}
    assert_none_in(stack.export(), emulator)
    sent = json.dumps(emulator.requests())
    assert all(word in sent for word in (PASSWORD, SIGNATURE, VALUE))

    # Where the engine keeps marks in a list it keeps them for the whole list; in an object, for the value alone.
    task = stack.resource("t")
    for properties in (task["inputs"], task["outputs"]):
        assert secret(properties["environmentSettings"]) and secret(properties["displayName"])
        assert secret(properties["containerSettings"]["registry"]["password"])
        assert properties["containerSettings"]["imageName"] == "i"
        assert properties["commandLine"] == "true"
    assert secret(task["inputs"]["resourceFiles"][0]["httpUrl"])
    assert secret(stack.resource("p")["outputs"]["__private"])

    # Another client writes a new signature to the pool, which no mark of the program covers.
    other = {**body, "startTask": {**start, "resourceFiles": [{"httpUrl": URL.format(BEFORE) + "&x", "filePath": "g"}]}}
    emulator.post("/pools/poolId/updateproperties", other)
    assert_none_in(stack.preview().output, emulator)
    assert_none_in(stack.refresh("--diff").output, emulator)
    assert_none_in(stack.export(), emulator)
    assert_none_in(stack.up("--diff").output, emulator)

    # The service refuses, and repeats what it was sent; all replies of this kind are errors.
    emulator.fault(method="POST", path="/jobs/night/tasks", status=400, code=VALUE, times=9)
    stack.arguments["line"] = "false"
    refused = stack.up(ok=False)
    assert refused.failures
    assert_none_in(refused.output, emulator)

    emulator.clear_faults()
    assert_none_in(stack.destroy().output, emulator)
    assert emulator.get("/pools/poolId")["startTask"]["resourceFiles"][0]["httpUrl"] == URL.format(BEFORE)


def test_a_secret_in_an_input_that_is_refused_is_not_shown(tmp_path: Path, emulator: EmulatorProcess) -> None:
    url = f"ftp://{SIGNATURE}?sig={SIGNATURE}"
    stack = DynamicStack(tmp_path, "wrong_secrets", emulator.environment(), attach=False, url=url, value=VALUE)
    refused = stack.preview(ok=False)
    assert "displayName" in refused.output and "resourceFiles[0].httpUrl" in refused.output
    assert_none_in(refused.output, emulator)

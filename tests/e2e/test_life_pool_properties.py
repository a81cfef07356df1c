"""The life of PoolProperties under the real engine: one whole write for each change, and what a removal leaves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import pool, requests, taken, writes
from tests.emulator_process import EmulatorProcess

POOL = "/pools/poolId"
REPLACE = ("POST", f"{POOL}/updateproperties")
START: dict[str, Any] = {"commandLine": "/bin/bash -c 'echo start task'"}
EMPTY: dict[str, Any] = {"applicationPackageReferences": [], "metadata": []}


def test_pool_properties_are_always_sent_whole_and_only_when_something_differs(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"p": pool(startTask=START)})
    stack.up()
    assert requests(emulator)[-3:] == [("GET", POOL), REPLACE, ("GET", POOL)]
    assert stack.up().changed == {}
    assert requests(emulator) == [("GET", POOL)]

    metadata = [{"name": "team", "value": "a"}]
    stack.write({"p": pool(startTask=START, metadata=metadata)})
    planned = stack.preview()
    assert planned.changed == {"p": "update"}
    assert planned.paths("p") == {"metadata": "add"}
    taken(emulator)
    stack.up()
    sent = [entry["body"] for entry in taken(emulator) if entry["method"] == "POST"]
    assert sent == [{"startTask": START, "applicationPackageReferences": [], "metadata": metadata}]

    stack.write({"p": pool(metadata=metadata)})
    assert stack.up().paths("p") == {"startTask": "delete"}
    sent = [entry["body"] for entry in taken(emulator) if entry["method"] == "POST"]
    assert sent == [{"applicationPackageReferences": [], "metadata": metadata}]
    assert "startTask" not in emulator.get(POOL)
    assert stack.refresh("--expect-no-changes").changed == {}

    stack.write({})
    taken(emulator)
    assert stack.up().changed == {"p": "delete"}
    sent = [entry["body"] for entry in taken(emulator) if entry["method"] == "POST"]
    assert sent == [EMPTY]
    assert emulator.get(POOL).get("metadata", []) == []


def test_another_pool_is_another_resource(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    body = emulator.get(POOL)
    configuration = body["virtualMachineConfiguration"]
    other = {"id": "other", "vmSize": body["vmSize"], "virtualMachineConfiguration": configuration}
    emulator.post("/pools", {**other, "targetDedicatedNodes": 0})
    stack = make_stack({"p": pool(startTask=START)})
    stack.up()
    program = {"p": pool(startTask=START)}
    program["p"]["properties"]["poolId"] = "other"
    stack.write(program)
    taken(emulator)
    planned = stack.preview()
    assert planned.paths("p") == {"poolId": "update-replace"}
    assert stack.up().changed == {"p": "replace"}
    assert writes(emulator) == [("POST", "/pools/other/updateproperties"), REPLACE]
    assert "startTask" in emulator.get("/pools/other")
    assert "startTask" not in emulator.get(POOL)


BEFORE: dict[str, Any] = {
    "startTask": {"commandLine": "cmd /c before"},
    "metadata": [{"name": "owner", "value": "ops"}],
    "applicationPackageReferences": [],
}


@pytest.mark.parametrize(
    ("policy", "sent"),
    [
        ("clear", [EMPTY]),
        ("retain", []),
        ("restore", [BEFORE]),
    ],
)
def test_what_becomes_of_pool_properties_that_are_no_longer_declared(
    emulator: EmulatorProcess, make_stack: MakeStack, policy: str, sent: list[dict[str, Any]]
) -> None:
    emulator.post(f"{POOL}/updateproperties", BEFORE)
    stack = make_stack({"p": pool(startTask=START, takeOver=True, deletionPolicy=policy)})
    stack.up()
    assert stack.up().changed == {}
    assert "cmd /c before" not in stack.run("stack", "export", "--stack", "dev").output
    taken(emulator)
    stack.destroy()
    bodies = [entry["body"] for entry in taken(emulator) if entry["method"] == "POST"]
    assert [_normal(body) for body in bodies] == [_normal(body) for body in sent]


def _normal(body: dict[str, Any]) -> dict[str, Any]:
    """Without what the service filled in on the start task."""
    start = body.get("startTask")
    return {**body, "startTask": None if start is None else start["commandLine"]}


def test_restoring_after_an_import_says_that_there_is_nothing_to_restore(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    emulator.post(f"{POOL}/updateproperties", {**EMPTY, "startTask": START})
    stack = make_stack({"p": pool(startTask=START, deletionPolicy="restore", options={"import": "pools/poolId"})})
    stack.up()
    stack.write({"p": pool(startTask=START, deletionPolicy="restore")})
    assert stack.up().changed in ({}, {"p": "update"})
    taken(emulator)
    done = stack.destroy()
    assert "what it had before is not known" in done.diagnostics
    assert writes(emulator) == []


@pytest.mark.parametrize("policy", ["clear", "restore"])
def test_pool_properties_of_a_pool_that_is_gone_or_being_deleted_are_gone_with_it(
    emulator: EmulatorProcess, make_stack: MakeStack, policy: str
) -> None:
    stack = make_stack({"p": pool(startTask=START, deletionPolicy=policy)})
    stack.up()
    emulator.switch("states", "by-hand")
    emulator.call("DELETE", POOL)
    assert emulator.get(POOL)["state"] == "deleting"
    taken(emulator)
    stack.destroy()
    assert writes(emulator) == []

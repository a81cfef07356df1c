"""Both api-versions: what only one of them knows is sent with it, and refused by name with the other."""

from __future__ import annotations

from typing import Any

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import changed, job, pool, requests, taken, task
from tests.emulator_process import V2024, V2025, EmulatorProcess

POOL = "/pools/poolId"
OF_2024 = {"azure-batch:apiVersion": {"value": V2024}}
CERTIFICATES: list[dict[str, Any]] = [
    {
        "thumbprint": "0123456789abcdef0123456789abcdef01234567",
        "thumbprintAlgorithm": "sha1",
        "storeLocation": "localmachine",
        "storeName": "My",
        "visibility": ["starttask", "task"],
    }
]


def old(**properties: Any) -> dict[str, Any]:
    return {
        "p": pool(
            certificateReferences=CERTIFICATES,
            targetNodeCommunicationMode="simplified",
            startTask={"commandLine": "cmd /c start"},
            **properties,
        )
    }


def test_what_only_the_older_version_knows_is_sent_with_it_read_back_and_cleared(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(old(), config=OF_2024)
    stack.up()
    entries = taken(emulator)
    assert {entry["query"]["api-version"] for entry in entries} == {V2024}
    [sent] = [entry["body"] for entry in entries if entry["method"] == "POST"]
    assert sent == {
        "startTask": {"commandLine": "cmd /c start"},
        "certificateReferences": CERTIFICATES,
        "applicationPackageReferences": [],
        "metadata": [],
        "targetNodeCommunicationMode": "simplified",
    }
    assert stack.up().changed == {}
    assert stack.refresh("--expect-no-changes").changed == {}
    assert changed(emulator) == []

    stack.write({"p": pool(startTask={"commandLine": "cmd /c start"})})
    planned = stack.preview()
    assert planned.paths("p") == {"certificateReferences": "delete", "targetNodeCommunicationMode": "delete"}
    assert stack.up().changed == {"p": "update"}
    server = emulator.get(POOL, V2024)
    assert server["certificateReferences"] == []
    assert server["targetNodeCommunicationMode"] == "default"
    assert stack.up("--refresh").changed == {}


def test_what_only_the_older_version_knows_is_refused_by_name_with_the_newer(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack(old())
    for operation in (stack.preview, stack.up):
        failed = operation(expect=None)
        for name in ("certificateReferences", "targetNodeCommunicationMode"):
            assert name in failed.diagnostics
        assert V2024 in failed.diagnostics
    assert requests(emulator) == []


def test_a_version_that_nobody_knows_is_refused_with_those_that_are_known(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"p": pool()}, config={"azure-batch:apiVersion": {"value": "2023-05-01.17.0"}})
    failed = stack.preview(expect=None)
    assert V2024 in failed.diagnostics
    assert V2025 in failed.diagnostics
    assert requests(emulator) == []


def test_the_whole_life_goes_by_the_version_that_is_configured(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    program = {"job": job(priority=1), "t": task("${job.jobId}"), "p": pool(metadata=[{"name": "a", "value": "1"}])}
    stack = make_stack(program, config=OF_2024)
    stack.up()
    program["job"] = job(priority=2)
    program["t"] = task("${job.jobId}", displayName="x")
    program["p"] = pool(metadata=[{"name": "a", "value": "2"}])
    stack.write(program)
    assert stack.up().changed == {"job": "update", "t": "replace", "p": "update"}
    assert stack.up().changed == {}
    stack.destroy()
    assert {entry["query"]["api-version"] for entry in taken(emulator)} == {V2024}


def test_moving_to_the_newer_version_is_no_change_of_any_resource(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    program = {"job": job(priority=1), "t": task("${job.jobId}"), "p": pool(metadata=[{"name": "a", "value": "1"}])}
    stack = make_stack(program, config=OF_2024)
    stack.up()
    stack.config = {"azure-batch:apiVersion": {"value": V2025}}
    stack.write(program)
    emulator.clear_requests()
    assert set(stack.up().changed) <= {"default"}
    assert stack.up("--refresh").changed == {}
    entries = taken(emulator)
    assert {entry["method"] for entry in entries} == {"GET"}
    assert entries[-1]["query"]["api-version"] == V2025

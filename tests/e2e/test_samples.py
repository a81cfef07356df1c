"""The sample requests of the REST pages, declared in a program: what the service receives is the sample."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e import samples
from tests.e2e.conftest import MakeStack
from tests.e2e.programs import READS, job, pool, requests, resource, taken, writes
from tests.emulator_process import V2024, V2025, EmulatorProcess


def program() -> dict[str, Any]:
    """Every good sample, each task in a job of its own."""
    resources: dict[str, Any] = {}
    for name, sample in samples.TASKS.items():
        # The service takes a job action only where the job has somebody to perform it.
        action: dict[str, Any] = {"onTaskFailure": "performexitoptionsjobaction"} if "exitConditions" in sample else {}
        resources[f"job-{name}"] = job(name, **action)
        resources[f"task-{name}"] = resource("Task", samples.declared(f"${{job-{name}.jobId}}", sample))
    resources["pool"] = pool(**samples.POOL_PROPERTIES)
    return resources


def configured(version: str) -> dict[str, Any]:
    return {"azure-batch:apiVersion": {"value": version}}


@pytest.mark.parametrize("version", [V2024, V2025])
def test_the_service_receives_each_sample_exactly_and_nothing_more_from_then_on(
    emulator: EmulatorProcess, make_stack: MakeStack, version: str
) -> None:
    stack = make_stack(program(), config=configured(version))
    done = stack.up()
    assert set(done.steps.values()) == {"create"}
    sent = {entry["path"]: entry for entry in taken(emulator) if entry["method"] not in READS}
    assert {entry["query"]["api-version"] for entry in sent.values()} == {version}
    for name, sample in samples.TASKS.items():
        assert sent[f"/jobs/{name}/tasks"]["body"] == sample
    lists: dict[str, Any] = {"certificateReferences": []} if version == V2024 else {}
    assert sent["/pools/poolId/updateproperties"]["body"] == {**samples.POOL_PROPERTIES, **lists}

    for name, sample in samples.TASKS.items():
        outputs = stack.resource(f"task-{name}")["outputs"]
        assert {**samples.declared(name, sample), "__private": outputs["__private"]} == outputs
    emulator.clear_requests()

    assert stack.up().changed == {}
    seen = requests(emulator)
    assert {method for method, _ in seen} <= set(READS)
    assert len(seen) <= len(program())
    assert stack.preview("--expect-no-changes").changed == {}
    assert stack.refresh("--expect-no-changes").changed == {}
    assert stack.up("--refresh").changed == {}
    assert writes(emulator) == []


def test_the_same_bind_mount_twice_is_refused_in_preview_and_nothing_is_sent(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"bad": resource("Task", samples.declared("jobId", samples.DUPLICATE_SOURCES))})
    refused = stack.preview(expect=None)
    assert "containerSettings.containerHostBatchBindMounts[1].source" in refused.diagnostics
    assert "each source can be mounted once" in refused.diagnostics
    assert "Traceback" not in refused.output
    stack.up(expect=None)
    assert requests(emulator) == []

"""Functions under the real engine: in YAML and in Python, before and after what they ask for is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.e2e.conftest import POOL, MakeStack
from tests.e2e.dynamic_stack import DynamicStack
from tests.e2e.programs import job, requests, task, writes
from tests.e2e.stack import REPOSITORY, Stack
from tests.emulator_process import EmulatorProcess

TASK: Final = ("GET", "/jobs/jobId/tasks/task1")


def invoke(function: str, **arguments: Any) -> dict[str, Any]:
    options = {"options": arguments.pop("options")} if "options" in arguments else {}
    returns = {"return": arguments.pop("returns")} if "returns" in arguments else {}
    called = {"function": f"azure-batch:{function}", "arguments": arguments, **options, **returns}
    return {"fn::invoke": called}


def outputs(stack: Stack) -> dict[str, Any]:
    resources = stack.export("--show-secrets")["deployment"]["resources"]
    (found,) = (item for item in resources if item["type"] == "pulumi:pulumi:Stack")
    return dict(found.get("outputs", {}))


def test_a_function_that_is_given_the_id_of_a_resource_waits_for_it(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    program = {
        "resources": {"job": job(), "t": task("${job.jobId}")},
        "variables": {
            "task": invoke("getTask", id="${t.id}"),
            "listed": invoke("getTasks", id="${t.id}", filter="startswith(id,'task')"),
            "agent": invoke("getSupportedImages", maxResults=1, returns="images"),
        },
        "outputs": {
            "state": "${task.state}",
            "ids": "${listed.taskIds}",
            "agent": "${agent[0].nodeAgentSKUId}",
        },
    }
    stack = make_stack(program)
    assert stack.preview().changed == {"job": "create", "t": "create"}
    # The task is not asked for before it is known; what needs nothing is.
    asked = requests(emulator)
    assert TASK not in asked and ("GET", "/jobs/jobId/tasks") not in asked
    assert ("GET", "/supportedimages") in asked
    stack.up()
    assert outputs(stack) == {"state": "active", "ids": ["task1"], "agent": "batch.node.el 8"}
    emulator.run_task("jobId", "task1", state="completed", exitCode=0)
    emulator.clear_requests()
    # A state that moves is no change of a resource.
    assert stack.up().changed == {}
    assert writes(emulator) == []
    assert outputs(stack)["state"] == "completed"
    stack.destroy()


def test_what_is_not_there_yet_is_told_by_a_preview_with_the_way_out(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    program = {
        "resources": {"job": job()},
        "outputs": {"state": invoke("getJob", jobId="jobId", returns="state")},
    }
    done = make_stack(program).preview(expect=None)
    assert "404 JobNotFound" in done.output and "the `id` of that resource" in done.output
    wrong = make_stack({"resources": {}, "outputs": {"x": invoke("getJob", id="jobId")}}, name="wrong")
    assert "`id` must be the id of a resource, of the form jobs/JOB" in wrong.preview(expect=None).output


def test_the_program_of_the_page_waits_for_a_task_and_reads_what_it_said(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    page = (REPOSITORY / "docs" / "functions.md").read_text(encoding="utf-8")
    program = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    emulator.post("/pools", {**POOL, "id": "render", "targetDedicatedNodes": 1})
    emulator.settle()
    emulator.switch("scheduling", "on")
    stack = make_stack(program)
    stack.up()
    assert outputs(stack) == {"said": ""}
    asked = requests(emulator)[-1]
    assert asked[0] == "GET" and asked[1].endswith("/files")


@pytest.fixture
def other() -> Iterator[EmulatorProcess]:
    """An account whose pool is called `elsewhere`."""
    with EmulatorProcess() as process:
        process.post("/pools", {**POOL, "id": "elsewhere"})
        yield process


def test_a_function_asks_the_account_of_its_provider(
    emulator: EmulatorProcess, other: EmulatorProcess, make_stack: MakeStack
) -> None:
    settings = {"endpoint": other.endpoint, "accountName": other.account, "accountKey": {"fn::secret": other.key}}
    program = {
        "resources": {"there": {"type": "pulumi:providers:azure-batch", "properties": settings}},
        "outputs": {
            "here": invoke("getPools", returns="poolIds"),
            "there": invoke("getPools", returns="poolIds", options={"provider": "${there}"}),
        },
    }
    stack = make_stack(program)
    stack.up()
    assert outputs(stack) == {"here": ["poolId"], "there": ["elsewhere"]}
    # No answer is a secret, although the provider has one.
    assert "ciphertext" not in str(
        next(item for item in stack.export()["deployment"]["resources"] if item["type"] == "pulumi:pulumi:Stack")
    )


@pytest.mark.long
def test_programs_in_python_ask_at_once_or_wait(emulator: EmulatorProcess, tmp_path: Path) -> None:
    environment = {**emulator.environment(), "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'provider'}"}
    stack = DynamicStack(tmp_path, (REPOSITORY / "tests/e2e/invoking.py", "ask"), environment, sync=True)
    stack.preview()
    asked = requests(emulator)
    assert ("GET", "/pools/poolId") in asked and TASK not in asked
    found = stack.up().outputs
    created = found.pop("created")
    assert found == {
        "state": "active",
        "active": 1,
        "ids": ["task1"],
        "pool": "pools/poolId",
        "nodes": 0,
        "agent": "batch.node.windows amd64",
    }
    assert created == emulator.get("/jobs/jobId/tasks/task1")["creationTime"]

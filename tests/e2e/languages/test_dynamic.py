"""The dynamic resources on the real engine: what a program declares is there, stays, changes, and goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import samples
from tests.e2e.dynamic_stack import DynamicStack
from tests.e2e.planted import opened
from tests.emulator_process import EmulatorProcess

EXAMPLE = (Path(__file__).resolve().parents[3] / "examples" / "python-dynamic" / "__main__.py", "declare")
FRAMES = {"id": "frame", "commandLine": "/bin/bash -c 'seq -f \"$AZ_BATCH_TASK_ID %g\" 240'"}
LINUX_EXIT_CONDITIONS = {
    "id": "taskId",
    "commandLine": "/bin/bash -c 'exit 3'",
    "exitConditions": samples.EXIT_CONDITIONS["exitConditions"],
}
MakeStack = Callable[..., DynamicStack]


@pytest.fixture
def make_stack(emulator: EmulatorProcess, tmp_path: Path) -> MakeStack:
    """Make the stack of a test: `make_stack("program", config={...})`, with the account in the environment."""

    def make(
        program: str | tuple[Path, str], *, config: Mapping[str, str] | None = None, **arguments: Any
    ) -> DynamicStack:
        return DynamicStack(tmp_path, program, emulator.environment(), config, **arguments)

    return make


def asked(emulator: EmulatorProcess) -> list[str]:
    """What the service was asked since the last time: `GET /pools/poolId`."""
    found = [f"{item['method']} {item['path']}" for item in emulator.requests()]
    emulator.clear_requests()
    return found


def written(emulator: EmulatorProcess) -> list[str]:
    return [text for text in asked(emulator) if not text.startswith("GET ")]


def posted(emulator: EmulatorProcess, path: str) -> list[Any]:
    return [item["body"] for item in emulator.requests() if item["path"] == path and item["method"] == "POST"]


def test_the_example_makes_what_the_samples_say_changes_nothing_and_heals_what_drifted(
    make_stack: MakeStack, emulator: EmulatorProcess
) -> None:
    stack = make_stack(EXAMPLE, attach=False)
    assert set(stack.preview("--diff").changed.values()) == {"create"}
    assert written(emulator) == []

    stack.up()
    assert posted(emulator, "/pools/poolId/updateproperties") == [samples.POOL_PROPERTIES]
    for job, bodies in (
        ("jobId", [FRAMES, samples.BASIC, samples.DATA_ISOLATION]),
        ("jobId-container", [samples.EXTRA_SLOTS, samples.CONTAINER_SETTINGS]),
        ("jobId-exit", [samples.EXIT_CONDITIONS]),
        ("jobId-exit-linux", [LINUX_EXIT_CONDITIONS]),
    ):
        assert sorted(posted(emulator, f"/jobs/{job}/tasks"), key=itemgetter("id")) == bodies
    emulator.clear_requests()

    assert stack.up().changed == {}
    reads = asked(emulator)
    assert len(reads) == len(set(reads)) == 12
    assert all(text.startswith("GET ") for text in reads)
    assert stack.refresh("--expect-no-changes").changed == {}
    assert written(emulator) == []

    other = {
        **samples.POOL_PROPERTIES,
        "startTask": {"commandLine": "/bin/false"},
        "metadata": [{"name": "a", "value": "b"}],
    }
    emulator.post("/pools/poolId/updateproperties", other)
    emulator.call("PATCH", "/jobs/jobId", {"priority": 7})
    emulator.call("DELETE", "/jobs/jobId/tasks/task1")
    healed = stack.up()
    assert healed.changed == {"pool": "update", "job": "update", "basic": "replace"}
    for text in (
        "pools/poolId is not as it was recorded: `startTask.commandLine`: the server has /bin/false, declared is ",
        "; `metadata`",
        "jobs/jobId is not as it was recorded: `priority` is on the server and not declared",
        "jobs/jobId/tasks/task1 is gone; it is made again.",
    ):
        assert text in healed.output
    assert "another client" not in healed.output
    assert emulator.get("/pools/poolId")["startTask"]["commandLine"] == "/bin/bash -c 'echo start task'"
    assert "metadata" not in emulator.get("/pools/poolId")
    assert emulator.get("/jobs/jobId")["priority"] == 0
    assert emulator.get("/jobs/jobId/tasks/task1")["commandLine"] == "cmd /c echo task1"

    assert set(stack.destroy().changed.values()) == {"delete"}
    assert emulator.get("/jobs")["value"] == []
    assert "startTask" not in emulator.get("/pools/poolId")


def test_a_refresh_records_what_the_server_has(make_stack: MakeStack, emulator: EmulatorProcess) -> None:
    stack = make_stack("whole", config={"azure-batch:driftDetection": "refresh"}, line="one")
    job = stack.up().outputs["job"]
    emulator.post(
        "/pools/poolId/updateproperties", {**samples.POOL_PROPERTIES, "startTask": {"commandLine": "/bin/false"}}
    )
    emulator.call("DELETE", f"/jobs/{job}/tasks/given")
    assert stack.up().changed == {}

    stack.refresh()
    resources = stack.resources()
    assert resources["p"]["inputs"]["startTask"] == {"commandLine": "/bin/false"}
    assert "given" not in resources
    assert stack.up().changed == {"p": "update", "given": "create"}
    assert emulator.get("/pools/poolId")["startTask"]["commandLine"] == "echo one"
    assert emulator.get(f"/jobs/{job}/tasks/given")["commandLine"] == "echo one"


def test_changes_are_made_in_place_where_the_service_lets_them_and_by_replacement_elsewhere(
    make_stack: MakeStack, emulator: EmulatorProcess
) -> None:
    stack = make_stack("whole", line="one", priority=1)
    first = stack.up().outputs
    assert first["job"].startswith("j-") and first["priority"] == 1
    stack.arguments = {"line": "two", "priority": 2}
    emulator.clear_requests()

    changed = stack.up()
    assert changed.changed == {"p": "update", "j": "update", "given": "replace", "named": "replace"}
    assert changed.outputs["job"] == first["job"] and changed.outputs["named"] != first["named"]
    tasks = f"/jobs/{first['job']}/tasks"
    calls = [item for item in emulator.requests() if item["method"] != "GET" and item["path"].startswith(tasks)]
    order = [(item["method"], (item["body"] or {}).get("id") or item["path"].rsplit("/", 1)[-1]) for item in calls]
    # One that has an id must be gone before it can be made again; one that has a name of its own need not.
    assert order.index(("DELETE", "given")) < order.index(("POST", "given"))
    assert order.index(("POST", changed.outputs["named"])) < order.index(("DELETE", first["named"]))
    assert {task["commandLine"] for task in emulator.get(tasks)["value"]} == {"echo two"}
    assert emulator.get(f"/jobs/{first['job']}")["priority"] == 2

    stack.program, stack.arguments = "nothing", {}
    assert set(stack.up().changed.values()) == {"delete"}
    assert emulator.get("/jobs")["value"] == []


def test_what_a_preview_cannot_know_stays_unknown_and_up_makes_it(
    make_stack: MakeStack, emulator: EmulatorProcess
) -> None:
    stack = make_stack("unknowns")
    previewed = stack.preview("--diff")
    assert previewed.changed["t"] == "create"
    assert "[unknown]" in next(line for line in previewed.output.splitlines() if "taskId" in line)
    stack.up()
    whole = opened(stack.resources("--show-secrets")["dynamic-dev"]["outputs"])
    assert whole["line"] == "echo jobs/night"
    state = stack.resource("t")
    assert "example:index:Team$" in state["urn"]
    assert state["inputs"]["__urn"] == state["urn"]


def test_a_renamed_resource_without_an_alias_keeps_what_it_stands_for(
    make_stack: MakeStack, emulator: EmulatorProcess
) -> None:
    stack = make_stack("whole", task_name="before")
    path = f"/jobs/{stack.up().outputs['job']}/tasks/given"
    created = emulator.get(path)["creationTime"]
    stack.arguments = {"task_name": "after"}
    renamed = stack.up()
    assert renamed.changed == {"after": "create", "before": "delete"}
    assert "adopted" in renamed.output and f"{path[1:]} is not deleted" in renamed.output
    assert emulator.get(path)["creationTime"] == created


def test_a_job_that_is_replaced_says_how_many_tasks_go_with_it(
    make_stack: MakeStack, emulator: EmulatorProcess
) -> None:
    stack = make_stack("job")
    stack.up()
    emulator.post("/jobs/night/tasks", {"id": "a", "commandLine": "true"})
    stack.arguments = {"uses_task_dependencies": True}
    previewed = stack.preview()
    assert previewed.changed == {"j": "replace"}
    assert "replacing jobs/night deletes every task in it, those of others too: 1 by the service's count" in (
        " ".join(previewed.output.split())
    )
    assert stack.up().changed == {"j": "replace"}
    assert emulator.get("/jobs/night")["usesTaskDependencies"] is True


def test_ignored_changes_may_be_named_as_the_arguments_are_and_without_a_refresh_drift_is_healed(
    make_stack: MakeStack, emulator: EmulatorProcess
) -> None:
    ignoring = {"ignore_changes": ["start_task.commandLine"]}
    stack = make_stack("properties", start_task={"commandLine": "/bin/true"}, options=ignoring)
    stack.up()
    stack.arguments["start_task"] = {"commandLine": "/bin/echo"}
    assert stack.up().changed == {}
    emulator.post(
        "/pools/poolId/updateproperties", {**samples.POOL_PROPERTIES, "startTask": {"commandLine": "/bin/false"}}
    )
    assert stack.up().changed == {"p": "update"}
    assert emulator.get("/pools/poolId")["startTask"]["commandLine"] == "/bin/true"


def test_values_of_a_list_that_is_ignored_by_position_stay_with_their_items(
    make_stack: MakeStack, emulator: EmulatorProcess
) -> None:
    def listed(**values: str) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, value in values.items()]

    ignoring = {"ignore_changes": ["metadata[*].value"]}
    stack = make_stack("properties", metadata=listed(a="1", b="2"), options=ignoring)
    stack.up()
    asked(emulator)

    stack.arguments["metadata"] = listed(b="2", a="1")
    failure = stack.up(ok=False).failures[-1]
    assert "`ignoreChanges: [metadata]`" in failure
    assert written(emulator) == []

    stack.arguments["metadata"] = listed(a="one", b="2", c="3")
    stack.up()
    assert emulator.get("/pools/poolId")["metadata"] == listed(a="1", b="2", c="3")


def test_another_release_of_the_package_is_no_change(make_stack: MakeStack, emulator: EmulatorProcess) -> None:
    stack = make_stack("properties", start_task={"commandLine": "/bin/true"})
    stack.up()
    recorded = stack.resource("p")["inputs"]["__provider"]
    # The same class as another pickler may write it.
    other = "gASMJWF6dXJlX2JhdGNoX3Byb3ZpZGVyLmR5bmFtaWMucHJvdmlkZXKMFlBvb2xQcm9wZXJ0aWVzUHJvdmlkZXKTKYEu"
    assert recorded != other
    stack.edit(lambda text: text.replace(recorded, other))
    emulator.clear_requests()
    assert stack.up().changed == {}
    assert written(emulator) == []


def test_what_the_pool_had_comes_back_when_that_is_the_policy(make_stack: MakeStack, emulator: EmulatorProcess) -> None:
    emulator.post("/pools/poolId/updateproperties", samples.POOL_PROPERTIES)
    arguments = {"start_task": {"commandLine": "/bin/true"}, "take_over": True, "deletion_policy": "restore"}
    stack = make_stack("properties", **arguments)
    stack.up()
    assert emulator.get("/pools/poolId")["startTask"]["commandLine"] == "/bin/true"
    stack.destroy()
    assert emulator.get("/pools/poolId")["startTask"]["commandLine"] == "/bin/bash -c 'echo start task'"

"""Pulumi's resource options, as their users expect them to work. Time limits are tested with what they limit."""

from __future__ import annotations

from typing import Any

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, pool, taken, task, writes
from tests.e2e.saying import says
from tests.emulator_process import EmulatorProcess


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::e2e::azure-batch:index:{kind}::{name}"


def test_what_is_ignored_survives_our_own_updates_of_the_rest(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    def program(value: str) -> dict[str, Any]:
        label = [{"name": "team", "value": value}]
        ignored = {"ignoreChanges": ["startTask.environmentSettings"]}
        start = {"commandLine": "true", "environmentSettings": [{"name": "A", "value": "ours"}]}
        return {
            "job": job(priority=1, metadata=label, options={"ignoreChanges": ["priority"]}),
            "properties": pool(startTask=start, metadata=label, options=ignored),
        }

    stack = make_stack(program("a"))
    stack.up()
    theirs = [{"name": "A", "value": "theirs"}, {"name": "B", "value": "theirs"}]
    emulator.call("PATCH", "/jobs/jobId", {"priority": 9})
    emulator.post(
        "/pools/poolId/updateproperties",
        {
            "startTask": {"commandLine": "true", "environmentSettings": theirs},
            "metadata": [{"name": "team", "value": "a"}],
            "applicationPackageReferences": [],
        },
    )
    assert stack.preview().changed == {}

    stack.write(program("b"))
    assert stack.up().changed == {"job": "update", "properties": "update"}

    server = emulator.get("/jobs/jobId")
    assert (server["priority"], server["metadata"]) == (9, [{"name": "team", "value": "b"}])
    there = emulator.get("/pools/poolId")
    assert there["startTask"]["environmentSettings"] == theirs
    assert there["metadata"] == [{"name": "team", "value": "b"}]
    assert stack.preview().changed == {}


def test_what_is_protected_is_neither_deleted_nor_replaced(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    stack = make_stack({"job": job(options={"protect": True})})
    stack.up()
    emulator.clear_requests()

    says(stack.destroy(expect=None), "protected")
    stack.write({"job": job(usesTaskDependencies=True, options={"protect": True})})
    says(stack.up(expect=None), "unable to replace", "marked for protection")

    assert writes(emulator) == []


def test_what_is_retained_stays_at_the_service_and_can_be_declared_again(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    keep = {"retainOnDelete": True}
    program = {
        "job": job(options=keep),
        "task": task("${job.jobId}", options=keep),
        "properties": pool(startTask={"commandLine": "true"}, options=keep),
    }
    stack = make_stack(program)
    stack.up()
    emulator.clear_requests()

    stack.write({})
    assert stack.up().changed == {"job": "delete", "task": "delete", "properties": "delete"}
    assert writes(emulator) == []
    created = emulator.get("/jobs/jobId/tasks/task1")["creationTime"]
    assert emulator.get("/pools/poolId")["startTask"]["commandLine"] == "true"

    stack.write(program)
    says(stack.up(), "jobs/jobId/tasks/task1 has existed since", "adopted")
    assert emulator.get("/jobs/jobId/tasks/task1")["creationTime"] == created


def test_a_resource_renamed_with_an_alias_is_the_same_one(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    unnamed = {"type": "azure-batch:Job", "properties": {"poolInfo": {"poolId": "poolId"}}}
    stack = make_stack(
        {
            "job": job(),
            "auto": unnamed,
            "task": task("${job.jobId}"),
            "work": task("${auto.jobId}", None),
            "properties": pool(startTask={"commandLine": "true"}),
        }
    )
    stack.up()
    names = {item["id"] for item in emulator.get("/jobs")["value"]}
    emulator.clear_requests()

    def alias(name: str) -> dict[str, Any]:
        return {"aliases": [{"name": name}]}

    stack.write(
        {
            "job2": job(options=alias("job")),
            "auto2": {**unnamed, "options": alias("auto")},
            "task2": task("${job2.jobId}", options=alias("task")),
            "work2": task("${auto2.jobId}", None, options=alias("work")),
            "properties2": pool(startTask={"commandLine": "true"}, options=alias("properties")),
        }
    )
    assert stack.preview().changed == {}
    assert stack.up().changed == {}

    assert writes(emulator) == []
    assert {item["id"] for item in emulator.get("/jobs")["value"]} == names
    assert stack.resource("work2")["id"].startswith(f"{stack.resource('auto2')['id']}/tasks/work-")


def test_a_change_that_the_program_wants_replaced_replaces_even_where_an_update_would_do(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    options = {"replaceOnChanges": ["priority"]}
    stack = make_stack({"job": job(priority=1, options=options)})
    stack.up()
    emulator.clear_requests()

    stack.write({"job": job(priority=2, options=options)})
    assert stack.preview().changed == {"job": "replace"}
    assert stack.up().changed == {"job": "replace"}

    assert writes(emulator) == [("DELETE", "/jobs/jobId"), ("POST", "/jobs")]
    assert emulator.get("/jobs/jobId")["priority"] == 2


def test_outputs_that_the_program_calls_secret_stay_secret_through_updates_and_refreshes(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    options = {"additionalSecretOutputs": ["displayName", "metadata"]}
    name = "a display name of our own"

    def hidden() -> bool:
        outputs = stack.resource("job")["outputs"]
        return all("ciphertext" in outputs[item] for item in ("displayName", "metadata"))

    stack = make_stack({"job": job(displayName=name, metadata=[{"name": "a", "value": "1"}], options=options)})
    stack.up()
    assert hidden()
    stack.write({"job": job(displayName=name, metadata=[{"name": "a", "value": "2"}], options=options)})
    assert stack.up().changed == {"job": "update"}
    assert hidden()
    emulator.call("PATCH", "/jobs/jobId", {"metadata": [{"name": "a", "value": "3"}]})
    stack.refresh()
    assert hidden()
    assert stack.up().changed == {"job": "update"}
    assert hidden()
    assert stack.preview().changed == {}


def test_an_update_of_one_target_leaves_the_others_as_they_are(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({"one": job("one", priority=1), "two": job("two", priority=1)})
    stack.up()
    stack.write({"one": job("one", priority=2), "two": job("two", priority=2)})
    emulator.fault(method="GET", path="/jobs/two", status=500, times=1000)
    emulator.clear_requests()

    assert stack.up("--target", urn("Job", "one")).changed == {"one": "update"}
    assert {entry["path"] for entry in taken(emulator)} == {"/jobs/one"}

    emulator.clear_faults()
    assert stack.up().changed == {"two": "update"}
    assert stack.preview().changed == {}

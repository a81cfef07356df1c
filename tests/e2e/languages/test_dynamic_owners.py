"""One id has one owner through the dynamic resources too, where nothing is read before the plan."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.dynamic_stack import DynamicStack, Operation
from tests.e2e.programs import changed, job, pool, task
from tests.emulator_process import EmulatorProcess

JOB = "/jobs/jobId"
POOL = "/pools/poolId"
ADD = ("POST", f"{JOB}/tasks")
IDS = {"job": "jobs/jobId", "t": "jobs/jobId/tasks/task1", "p": "pools/poolId"}
KINDS = {"job": "Job", "t": "Task", "p": "PoolProperties"}
ALONE: dict[str, dict[str, Any]] = {
    "job": job(),
    "t": task("jobId", options={"dependsOn": ["${job}"]}),
    "p": pool(startTask={"commandLine": "cmd /c start"}),
}


def second(name: str) -> dict[str, Any]:
    """The same id in other words, made after the first."""
    after = {"dependsOn": [f"${{{name}}}"]}
    return {
        "job": job("JOBID", options=after),
        "t": task("jobId", "TASK1", options=after),
        "p": pool(metadata=[{"name": "a", "value": "b"}], options=after),
    }[name]


@pytest.fixture
def stack(tmp_path: Path, emulator: EmulatorProcess) -> DynamicStack:
    return DynamicStack(tmp_path, "declared", emulator.environment(), resources={})


def declare(stack: DynamicStack, resources: dict[str, Any]) -> None:
    stack.arguments["resources"] = resources


def text(run: Operation) -> str:
    return " ".join(run.output.split())


def test_of_two_new_resources_of_one_id_the_second_is_refused_and_its_removal_takes_nothing_away(
    stack: DynamicStack, emulator: EmulatorProcess
) -> None:
    made: dict[str, Any] = {}
    for name in IDS:
        made[name] = ALONE[name]
        declare(stack, {**made, f"{name}2": second(name)})
        for operation in (stack.preview, stack.up):
            refused = operation(ok=False)
            assert f"::{name}, and two resources cannot manage one id" in text(refused)
            assert "Traceback" not in refused.output
    assert changed(emulator) == [("POST", "/jobs"), ADD, ("POST", f"{POOL}/updateproperties")]
    declare(stack, made)
    assert stack.up().changed == {}
    assert changed(emulator) == []


def test_what_has_two_owners_already_is_kept_while_one_is_left(stack: DynamicStack, emulator: EmulatorProcess) -> None:
    declare(stack, ALONE)
    stack.up()
    state = json.loads(stack.export())
    found = state["deployment"]["resources"]
    for item in [item for item in found if item.get("id") in IDS.values()]:
        found.append({**copy.deepcopy(item), "urn": item["urn"] + "2"})
    stack.edit(lambda _: json.dumps(state))
    changed(emulator)
    declare(stack, {**ALONE, **{f"{name}2": copy.deepcopy(body) for name, body in ALONE.items()}})
    done = stack.up()
    assert done.changed == {}
    for id in IDS.values():
        assert f"{id} belongs to urn:" in text(done)
    declare(stack, ALONE)
    done = stack.up()
    assert done.changed == {"job2": "delete", "t2": "delete", "p2": "delete"}
    for id in IDS.values():
        assert f"{id} is not deleted: it belongs to urn:" in text(done)
    assert changed(emulator) == []


def test_an_id_is_handed_over_by_a_resource_that_is_deleted_first_to_one_that_depends_on_it(
    stack: DynamicStack, emulator: EmulatorProcess
) -> None:
    def program(first: str, second: str) -> dict[str, Any]:
        options = {"deleteBeforeReplace": True}
        return {"a": job(first, options=options), "b": job(second, priority=1, options={"dependsOn": ["${a}"]})}

    declare(stack, program("one", "two"))
    stack.up()
    changed(emulator)
    declare(stack, program("three", "one"))
    assert "jobs/one belongs to urn:" in text(stack.preview())
    assert stack.up().changed == {"a": "replace", "b": "replace"}
    assert changed(emulator) == [("DELETE", "/jobs/one"), ("POST", "/jobs"), ("POST", "/jobs"), ("DELETE", "/jobs/two")]
    assert emulator.get("/jobs/one")["priority"] == 1


def test_what_moves_along_a_list_or_changes_places_loses_nothing(
    stack: DynamicStack, emulator: EmulatorProcess
) -> None:
    def program(ids: list[str], **options: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"job": job()}
        for index, id in enumerate(ids):
            after = {"dependsOn": [f"${{{list(found)[-1]}}}"]}
            found[f"tasks{index}"] = task("jobId", id, options=after, **options)
        return found

    def there() -> dict[str, str]:
        return {item["id"]: item["creationTime"] for item in emulator.get(f"{JOB}/tasks")["value"]}

    declare(stack, program(["A", "B", "C"]))
    stack.up()
    before = there()
    declare(stack, program(["B", "C"]))
    stack.up()
    assert there() == {id: before[id] for id in ("B", "C")}
    declare(stack, program(["C", "B"]))
    (failure,) = set(stack.up(ok=False).failures)
    assert "`deleteBeforeReplace: true`" in failure
    assert there() == {id: before[id] for id in ("B", "C")}

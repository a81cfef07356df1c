"""One id has one owner: a second resource is refused, what several have already is kept, and what moves, moves."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import changed, job, pool, task, writes
from tests.e2e.saying import says
from tests.e2e.stack import Stack
from tests.emulator_process import EmulatorProcess

JOB = "/jobs/jobId"
POOL = "/pools/poolId"
TASK1 = f"{JOB}/tasks/task1"
ADD = ("POST", f"{JOB}/tasks")
IDS = {"job": "jobs/jobId", "t": "jobs/jobId/tasks/task1", "p": "pools/poolId"}
KINDS = {"job": "Job", "t": "Task", "p": "PoolProperties"}
START = {"commandLine": "cmd /c start"}
LIVE: dict[str, Any] = {}
BY_REFRESH = {"azure-batch:driftDetection": {"value": "refresh"}}
FIRST = {"deleteBeforeReplace": True}


def first(name: str) -> dict[str, Any]:
    after = {"dependsOn": ["${job}"]}
    return {"job": job(), "t": task("jobId", options=after), "p": pool(startTask=START)}[name]


def second(name: str) -> dict[str, Any]:
    """The same id in other words, made after the first."""
    after = {"dependsOn": [f"${{{name}}}"]}
    return {
        "job": job("JOBID", options=after),
        "t": task("jobId", "TASK1", options=after),
        "p": pool(metadata=[{"name": "a", "value": "b"}], options=after),
    }[name]


def urn(name: str, kind: str = "") -> str:
    return f"urn:pulumi:dev::e2e::azure-batch:index:{kind or KINDS[name]}::{name}"


ALONE = {name: first(name) for name in IDS}
TWICE = {**ALONE, **{f"{name}2": copy.deepcopy(ALONE[name]) for name in IDS}}


def duplicate(stack: Stack, **more: Any) -> None:
    """Give each resource of the state a second owner, as an older release could; with `delete=True` one that has been
    replaced, and was not deleted before the engine was killed."""
    state = stack.export()
    found = state["deployment"]["resources"]
    for item in [item for item in found if item["type"].startswith("azure-batch:")]:
        suffix = "" if more else "2"
        found.append({**copy.deepcopy(item), **more, "urn": item["urn"] + suffix})
    stack.run("stack", "import", "--stack", "dev", input=json.dumps(state))


def test_of_two_new_resources_of_one_id_the_second_is_refused_and_its_removal_takes_nothing_away(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    stack = make_stack({})
    made: dict[str, Any] = {}
    for name in IDS:
        made[name] = first(name)
        stack.write({**made, f"{name}2": second(name)})
        for operation in (stack.preview, stack.up):
            says(operation(expect=None), f"belongs to {urn(name)}, and two resources cannot manage one id")
    assert changed(emulator) == [("POST", "/jobs"), ADD, ("POST", f"{POOL}/updateproperties")]
    stack.write(made)
    assert stack.up().changed == {}
    stack.write({**made, "job2": second("job")})
    says(stack.preview(expect=None), f"jobs/JOBID belongs to {urn('job')}")
    assert changed(emulator) == []


@pytest.mark.parametrize("config", [LIVE, pytest.param(BY_REFRESH, marks=pytest.mark.long)])
def test_what_has_two_owners_already_is_deleted_with_the_last_of_them(
    emulator: EmulatorProcess, make_stack: MakeStack, config: dict[str, Any]
) -> None:
    stack = make_stack(ALONE, config=config)
    stack.up()
    duplicate(stack)
    changed(emulator)
    stack.write(TWICE)
    done = stack.up()
    assert done.changed == {}
    for id in IDS.values():
        assert done.diagnostics.count(f"{id} belongs to urn:") == 1
    stack.write(ALONE)
    done = stack.up()
    assert done.changed == {"job2": "delete", "t2": "delete", "p2": "delete"}
    for name, id in IDS.items():
        assert f"{id} is not deleted: it belongs to {urn(name)}" in done.diagnostics
    assert writes(emulator) == []
    duplicate(stack)
    stack.destroy()
    sent = changed(emulator)
    assert {("DELETE", TASK1), ("DELETE", JOB), ("POST", f"{POOL}/updateproperties")} == set(sent)
    if config == LIVE:
        assert len(sent) == 3


@pytest.mark.parametrize("config", [LIVE, pytest.param(BY_REFRESH, marks=pytest.mark.long)])
def test_what_was_left_to_be_deleted_under_an_id_that_is_declared_is_kept(
    emulator: EmulatorProcess, make_stack: MakeStack, config: dict[str, Any]
) -> None:
    stack = make_stack(ALONE, config=config)
    stack.up()
    duplicate(stack, delete=True)
    changed(emulator)
    done = stack.up()
    for id in IDS.values():
        assert f"{id} is not deleted" in done.diagnostics
    assert changed(emulator) == []
    assert len(stack.resources()) == len(ALONE) + 2


def test_what_is_only_looked_up_is_deleted_by_its_owner_and_may_become_managed(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def looked_up(name: str) -> dict[str, Any]:
        return {"type": f"azure-batch:{KINDS[name]}", "get": {"id": IDS[name]}}

    stack = make_stack(ALONE)
    stack.up()
    others = {f"{name}2": looked_up(name) for name in IDS}
    stack.write({**ALONE, **others})
    stack.up()
    stack.refresh()
    changed(emulator)
    assert stack.preview().changed == {}
    stack.write(others)
    assert stack.up().changed == {"job": "delete", "t": "delete", "p": "delete"}
    assert set(changed(emulator)) == {("DELETE", TASK1), ("DELETE", JOB), ("POST", f"{POOL}/updateproperties")}


def test_what_was_looked_up_becomes_managed_under_its_name(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    emulator.post("/jobs", {"id": "jobId", "poolInfo": {"poolId": "poolId"}})
    stack = make_stack({"job": {"type": "azure-batch:Job", "get": {"id": "jobs/jobId"}}})
    stack.up()
    stack.refresh()  # from then on it is read before each plan
    changed(emulator)
    stack.write({"job": job()})
    says(stack.up(), "adopted")
    assert changed(emulator) == []
    stack.destroy()
    assert changed(emulator) == [("DELETE", JOB)]


def test_an_id_is_handed_over_by_a_resource_that_is_deleted_first_to_one_that_depends_on_it(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def program(*ids: str, first: bool | None) -> dict[str, Any]:
        options = {} if first is None else {"deleteBeforeReplace": first}
        after = {"dependsOn": ["${a}"]}
        return {"a": job(ids[0], options=options), "b": job(ids[1], priority=1, options=after)}

    stack = make_stack(program("one", "two", first=None))
    stack.up()
    changed(emulator)
    advice = f"jobs/one belongs to {urn('a', 'Job')}"
    stack.write(program("three", "one", first=None))
    says(stack.preview(), f"{advice} until that is replaced", "`deleteBeforeReplace: true`", "`dependsOn`")
    failed = stack.up(expect=None)
    says(failed, f"{advice}, which is replaced, but not deleted yet", "`deleteBeforeReplace: true`", "`dependsOn`")
    assert changed(emulator) == [("POST", "/jobs")]

    # Back to what it was: the id that waits to be deleted is taken back.
    stack.write(program("one", "two", first=True))
    says(stack.up(), "jobs/one is not deleted")
    assert changed(emulator) == [("DELETE", "/jobs/three")]
    stack.write(program("three", "one", first=True))
    assert stack.preview().changed == {"a": "replace", "b": "replace"}
    stack.up()
    assert changed(emulator) == [("DELETE", "/jobs/one"), ("POST", "/jobs"), ("POST", "/jobs"), ("DELETE", "/jobs/two")]
    assert emulator.get("/jobs/one")["priority"] == 1
    assert stack.up().changed == {}


def test_resources_that_exchange_ids_or_move_along_a_list_are_refused_before_anything_is_sent(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def program(ids: list[str], **options: Any) -> dict[str, Any]:
        named = {f"tasks{index}": task("${job.jobId}", id, commandLine=id, **options) for index, id in enumerate(ids)}
        return {"job": job(), **named}

    stack = make_stack(program(["A", "B", "C"]))
    stack.up()
    changed(emulator)
    for ids in (["B", "A", "C"], ["B", "C"], ["B", "C", "A"]):
        for options in ({}, FIRST):
            stack.write(program(ids, options=options))
            for operation in (stack.preview, stack.up) if not options else (stack.up,):
                failed = operation(expect=None)
                says(
                    failed, "two resources cannot manage one id", "`aliases`", "name the resources by id, not by index"
                )
            assert changed(emulator) == []
    stack.write(program(["A", "B", "C"]))
    assert stack.up().changed == {}


@pytest.mark.parametrize("config", [LIVE, pytest.param(BY_REFRESH, marks=pytest.mark.long)])
def test_what_is_replaced_under_its_id_is_deleted_first_also_under_a_new_name_or_parent(
    emulator: EmulatorProcess, make_stack: MakeStack, config: dict[str, Any]
) -> None:
    stack = make_stack({"job": job(), "t": task("${job.jobId}"), "u": task("jobId", "u")}, config=config)
    emulator.post("/jobs", {"id": "jobId", "poolInfo": {"poolId": "poolId"}})
    stack.up()
    changed(emulator)
    moved = {"parent": "${t2}", "aliases": [{"noParent": True}]}
    stack.write(
        {
            "job": job(),
            "t2": task("${job.jobId}", displayName="new", options={"aliases": [{"name": "t"}]}),
            "u": task("jobId", "u", displayName="new", options=moved),
        }
    )
    replaced = {"t2": "replace", "u": "replace"}
    planned = stack.preview()
    assert {name: op for name, op in planned.changed.items() if name in replaced} == replaced
    stack.up()
    sent = changed(emulator)
    assert sorted(sent) == sorted([("DELETE", TASK1), ("DELETE", f"{JOB}/tasks/u"), ADD, ADD])
    for id in ("task1", "u"):
        assert emulator.get(f"{JOB}/tasks/{id}")["displayName"] == "new"
    assert stack.up().changed == {}
    stack.destroy()
    assert emulator.call("GET", JOB).status == 404

"""Taking what is there into a stack: by the `import` option and by `pulumi import`, ids in any casing."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.e2e import samples
from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, pool, schedule, taken, task, writes
from tests.emulator_process import EmulatorProcess
from tests.soak.pool_slots import MACHINE

POOL = "/pools/poolId"
EVERYTHING: dict[str, Any] = {
    "job": job(priority=5, metadata=[{"name": "team", "value": "a"}], onTaskFailure="performexitoptionsjobaction"),
    "t": task("jobId", displayName="one", requiredSlots=2, constraints={"maxWallClockTime": "PT1H"}),
    "s": schedule(metadata=[{"name": "team", "value": "a"}]),
    "p": pool(
        startTask={"commandLine": "cmd /c start", "waitForSuccess": False}, metadata=[{"name": "a", "value": ""}]
    ),
}
IDS = {"job": "jobs/jobId", "t": "jobs/jobId/tasks/task1", "s": "jobschedules/nightly", "p": "pools/poolId"}
OTHER_CASING = {
    "job": "jobs/JOBID",
    "t": "jobs/jobid/tasks/TASK1",
    "s": "jobschedules/Nightly",
    "p": "pools/POOLid",
}
TYPES = {
    "job": "azure-batch:index:Job",
    "t": "azure-batch:index:Task",
    "s": "azure-batch:index:JobSchedule",
    "p": "azure-batch:index:PoolProperties",
}


def made(emulator: EmulatorProcess) -> None:
    def body(name: str) -> dict[str, Any]:
        ids = ("jobId", "taskId", "jobScheduleId", "poolId")
        return {key: value for key, value in EVERYTHING[name]["properties"].items() if key not in ids}

    emulator.post("/jobs", {"id": "jobId", **body("job")})
    emulator.post("/jobs/jobId/tasks", {"id": "task1", **body("t")})
    emulator.post("/jobschedules", {"id": "nightly", **body("s")})
    emulator.post(f"{POOL}/updateproperties", {"applicationPackageReferences": [], **body("p")})
    emulator.clear_requests()


@pytest.mark.parametrize("ids", [IDS, OTHER_CASING])
def test_the_import_option_takes_in_what_the_program_declares_and_writes_nothing(
    emulator: EmulatorProcess, make_stack: MakeStack, ids: dict[str, str]
) -> None:
    made(emulator)
    importing = {name: {**body, "options": {"import": ids[name]}} for name, body in EVERYTHING.items()}
    stack = make_stack(importing)
    planned = stack.preview()
    assert set(planned.changed.values()) == {"import"}
    assert set(stack.up().changed.values()) == {"import"}
    for name, id in IDS.items():
        assert stack.resource(name)["id"] == id
    assert stack.up().changed == {}
    stack.write(EVERYTHING)
    assert stack.up().changed == {}
    assert stack.refresh("--expect-no-changes").changed == {}
    assert writes(emulator) == []


def test_what_is_imported_by_command_has_no_diff_with_the_program_that_the_command_writes_nor_with_ours(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    made(emulator)
    stack = make_stack({})
    written: dict[str, Any] = {}
    for name, id in OTHER_CASING.items():
        text = stack.folder / f"{name}.yaml"
        done = stack.imports(TYPES[name], name, id, "--out", str(text))
        assert "Traceback" not in done.output
        assert stack.resource(name)["id"] == IDS[name]
        written |= yaml.safe_load(text.read_text())["resources"]
    assert written["t"]["properties"]["displayName"] == "one"
    stack.write(written)
    assert stack.up().changed == {}
    stack.write(EVERYTHING)
    assert stack.up().changed == {}
    assert writes(emulator) == []
    assert set(stack.destroy().changed.values()) == {"delete"}
    assert ("DELETE", "/jobs/jobId") in writes(emulator)


def test_the_samples_are_imported_as_they_were_sent(emulator: EmulatorProcess, make_stack: MakeStack) -> None:
    program: dict[str, Any] = {}
    for name, sample in samples.TASKS.items():
        action = {"onTaskFailure": "performexitoptionsjobaction"} if "exitConditions" in sample else {}
        emulator.post("/jobs", {"id": name, "poolInfo": {"poolId": "poolId"}, **action})
        emulator.post(f"/jobs/{name}/tasks", sample)
        options = {"import": f"jobs/{name}/tasks/{sample['id']}"}
        declared = samples.declared(name, sample)
        program[name] = {"type": "azure-batch:Task", "properties": declared, "options": options}
    emulator.clear_requests()
    stack = make_stack(program)
    assert set(stack.up().changed.values()) == {"import"}
    stack.write({name: {**whole, "options": {}} for name, whole in program.items()})
    assert stack.up().changed == {}
    assert writes(emulator) == []


@pytest.mark.parametrize("name", ["job", "t", "s", "p"])
def test_an_import_of_what_is_not_there_fails_by_name(
    emulator: EmulatorProcess, make_stack: MakeStack, name: str
) -> None:
    stack = make_stack({name: {**EVERYTHING[name], "options": {"import": IDS[name].replace("Id", "Absent")}}})
    failed = stack.up(expect=None)
    assert "does not exist" in failed.output
    assert IDS[name].replace("Id", "Absent") in failed.output
    failed = stack.imports(TYPES[name], name, IDS[name].replace("Id", "Absent"), expect=None)
    assert "does not exist" in failed.output
    assert writes(emulator) == []


@pytest.mark.parametrize(
    ("name", "id", "form"),
    [
        ("job", "jobId", "jobs/JOB"),
        ("t", "jobs/jobId/task1", "jobs/JOB/tasks/TASK"),
        ("p", "/pools/poolId", "pools/POOL"),
    ],
)
def test_an_import_of_what_is_no_id_shows_the_form_of_ids(
    emulator: EmulatorProcess, make_stack: MakeStack, name: str, id: str, form: str
) -> None:
    stack = make_stack({})
    failed = stack.imports(TYPES[name], name, id, expect=None)
    assert f"it must have the form {form}" in failed.output
    assert emulator.requests() == []


def test_an_import_that_differs_from_the_program_says_where_and_writes_nothing(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    made(emulator)
    differing = task("jobId", displayName="two", options={"import": IDS["t"]})
    stack = make_stack({"t": differing})
    planned = stack.preview()
    failed = stack.up(expect=None)
    for run in (planned, failed):
        assert "displayName: {one} => {two}" in run.output
        assert "please remove the `import` declaration" in run.output
    assert writes(emulator) == []


def test_what_is_ignored_and_never_shown_is_not_asked_for_until_it_is_sent(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def auto_pool(**account: str) -> dict[str, Any]:
        pool = {**MACHINE, "targetDedicatedNodes": 1, "userAccounts": [{"name": "worker", **account}]}
        return {"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": pool}}

    declared = auto_pool(password="one that nobody can read back")
    emulator.post("/jobs", {"id": "night", "poolInfo": declared})
    emulator.clear_requests()
    stack = make_stack(
        {"night": job("night", poolInfo=declared, options={"ignoreChanges": ["poolInfo"], "deleteBeforeReplace": True})}
    )
    stack.imports("azure-batch:index:Job", "night", "jobs/night")
    stack.up("--expect-no-changes")

    assert writes(emulator) == []

    # The engine puts nothing that was read in the place of what is declared when it makes something new.
    stack.up("--replace", "**night")
    assert [entry["body"] for entry in taken(emulator) if entry["method"] == "POST"] == [
        {"id": "night", "poolInfo": declared}
    ]

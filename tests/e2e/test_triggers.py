"""`triggers`: how a program says "now", whatever the server shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import MakeStack
from tests.e2e.dynamic_stack import DynamicStack
from tests.e2e.programs import READS, job, pool, taken, task, writes
from tests.e2e.stack import REPOSITORY
from tests.emulator_process import EmulatorProcess

POOL = "/pools/poolId"
JOB = "/jobs/jobId"
WRITE = ("POST", f"{POOL}/updateproperties")
ADD = ("POST", f"{JOB}/tasks")
START: dict[str, Any] = {"commandLine": "cmd /c start"}
SECRET = "a value that is nobody's business"


def program(triggers: list[Any], **more: Any) -> dict[str, Any]:
    given = task("jobId", "given", triggers=triggers, options={"dependsOn": ["${job}"]})
    named = task("jobId", None, triggers=triggers, options={"dependsOn": ["${job}"]})
    return {"job": job(), "p": pool(startTask=START, triggers=triggers), "given": given, "named": named, **more}


def test_a_changed_trigger_writes_pool_properties_again_and_replaces_tasks(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    marked = {"fn::secret": SECRET}
    stack = make_stack(program([1, {"scale": [2, "3"]}, marked]))
    stack.up()
    first = stack.resource("named")["outputs"]["taskId"]
    assert "triggers" not in emulator.get(f"{JOB}/tasks/given") and "triggers" not in emulator.get(POOL)
    assert SECRET not in stack.run("stack", "export", "--stack", "dev").output
    emulator.clear_requests()
    assert stack.up("--refresh").changed == {}
    assert writes(emulator) == []

    stack.write(program([1, {"scale": [2, "4"]}, marked]))
    planned = stack.preview()
    assert planned.changed == {"p": "update", "given": "replace", "named": "replace"}
    assert planned.paths("p") == {"triggers[1]": "update"}
    assert planned.paths("given") == {"triggers[1]": "update-replace"}
    assert SECRET not in planned.output
    done = stack.up()
    assert done.changed == planned.changed and SECRET not in done.output
    second = stack.resource("named")["outputs"]["taskId"]
    assert first != second
    entries = [entry for entry in taken(emulator) if entry["method"] not in READS]
    sent = [(entry["method"], entry["path"]) for entry in entries]
    assert sent.count(WRITE) == 1 and sent.count(ADD) == 2
    # The task with an id of its own goes first, the one that is named by the provider afterwards.
    added = {entry["body"]["id"]: index for index, entry in enumerate(entries) if sent[index] == ADD}
    assert sent.index(("DELETE", f"{JOB}/tasks/given")) < added["given"]
    assert added[second] < sent.index(("DELETE", f"{JOB}/tasks/{first}"))

    # What is not known yet may be a change, and turns out to be one.
    stack.write(program(["${other.id}"], other=job("other")))
    assert stack.preview().changed == {**planned.changed, "other": "create"}
    assert stack.up().changed == {**planned.changed, "other": "create"}
    assert stack.up().changed == {}


def test_triggers_that_an_import_has_not_seen_are_recorded_and_count_from_then_on(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def importing(trigger: int, **options: Any) -> dict[str, Any]:
        return {
            "p": pool(startTask=START, triggers=[trigger], options={"import": "pools/poolId", **options}),
            "t": task("jobId", triggers=[trigger], options={"import": "jobs/jobId/tasks/task1", **options}),
        }

    emulator.post("/jobs", {"id": "jobId", "poolInfo": {"poolId": "poolId"}})
    emulator.post(f"{JOB}/tasks", {"id": "task1", "commandLine": "cmd /c echo task1"})
    emulator.post(f"{POOL}/updateproperties", {"applicationPackageReferences": [], "metadata": [], "startTask": START})
    emulator.clear_requests()
    stack = make_stack(importing(1))
    assert set(stack.up().changed) == {"p", "t"}
    assert stack.up().changed == {}
    assert writes(emulator) == []
    declared = {name: {**body, "options": {}} for name, body in importing(2).items()}
    stack.write(declared)
    assert stack.up().changed == {"p": "update", "t": "replace"}
    assert sorted(writes(emulator)) == sorted([WRITE, ("DELETE", f"{JOB}/tasks/task1"), ADD])


@pytest.mark.long
@pytest.mark.parametrize("door", ["plugin", "dynamic"])
def test_what_replaces_the_pool_as_a_whole_is_answered_in_the_same_up(
    emulator: EmulatorProcess, tmp_path: Path, door: str
) -> None:
    environment = {**emulator.environment(), "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'provider'}"}
    program = (REPOSITORY / "tests" / "e2e" / "native_pool.py", "declare")
    stack = DynamicStack(tmp_path, program, environment, door=door, nodes=1, triggers=False)
    stack.up()
    assert emulator.get(POOL)["startTask"]["commandLine"] == "cmd /c start"
    if door == "plugin":
        # It was read before the program began: nothing tells that the pool has lost its properties since.
        stack.arguments["nodes"] = 2
        assert stack.up().changed == {"pool": "update"}
        assert "startTask" not in emulator.get(POOL)
    stack.arguments["triggers"] = True
    stack.up()
    stack.arguments["nodes"] = 3
    emulator.clear_requests()
    assert stack.up().changed == {"pool": "update", "p": "update"}
    assert writes(emulator) == [WRITE, WRITE]
    assert emulator.get(POOL)["startTask"]["commandLine"] == "cmd /c start"
    assert emulator.get(POOL)["metadata"] == [{"name": "team", "value": "a"}]
    assert stack.up().changed == {}

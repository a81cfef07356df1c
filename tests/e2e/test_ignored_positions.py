"""`ignoreChanges` that reaches into a list: the engine goes by position, and no item gets a value of another."""

from __future__ import annotations

from typing import Any

from tests.e2e.conftest import MakeStack
from tests.e2e.programs import job, pool, task, writes
from tests.e2e.saying import says
from tests.emulator_process import EmulatorProcess


def listed(**values: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def start(**values: str) -> dict[str, Any]:
    return {"commandLine": "run", "environmentSettings": listed(**values)}


def others_write(emulator: EmulatorProcess, **values: str) -> None:
    """Another client leaves these variables in the pool's start task, and these items in the job's metadata."""
    emulator.call("PATCH", "/jobs/jobId", {"metadata": listed(**values)})
    whole: dict[str, Any] = {"metadata": [], "applicationPackageReferences": []}
    emulator.post("/pools/poolId/updateproperties", {**whole, "startTask": start(**values)})


def test_items_that_moved_are_refused_and_neither_refresh_nor_destroy_is(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def program(values: str, items: str) -> dict[str, Any]:
        return {
            "job": job(metadata=listed(A="1", B="2"), options={"ignoreChanges": [items]}),
            "pool": pool(startTask=start(A="1", B="2"), options={"ignoreChanges": [values]}),
        }

    stack = make_stack(program("startTask.environmentSettings[*].value", "metadata[0]"))
    stack.up()
    others_write(emulator, B="2")
    emulator.clear_requests()

    says(stack.preview(expect=None), "`ignoreChanges` goes by position", "Nothing is written.")
    refused = stack.up("--continue-on-error", expect=None)
    says(refused, "`ignoreChanges: [startTask.environmentSettings]`", "`ignoreChanges: [metadata]`")
    stack.refresh()
    assert writes(emulator) == []

    # The advice: what is there stays, and the plan is clean.
    stack.write(program("startTask.environmentSettings", "metadata"))
    assert stack.up().changed == {}
    assert writes(emulator) == []

    stack.write(program("startTask.environmentSettings[*].value", "metadata[0]"))
    stack.up(expect=None)
    stack.destroy()
    assert emulator.call("GET", "/jobs/jobId").status == 404


def test_items_that_kept_their_places_are_ignored_and_a_replacement_is_made_as_declared(
    emulator: EmulatorProcess, make_stack: MakeStack
) -> None:
    def program(variables: dict[str, str], **values: str) -> dict[str, Any]:
        ignored = {"ignoreChanges": ["environmentSettings[*].value"]}
        return {
            "job": job(metadata=listed(**values), options={"ignoreChanges": ["metadata[*].value"]}),
            "pool": pool(
                startTask=start(**values), options={"ignoreChanges": ["startTask.environmentSettings[0].value"]}
            ),
            "task": task("${job.jobId}", environmentSettings=listed(**variables), options=ignored),
        }

    stack = make_stack(program({"A": "1", "B": "2"}, A="1", B="2"))
    stack.up()
    others_write(emulator, A="theirs", B="2")

    # The program adds an item behind the others, then another client does: values stay with their items.
    stack.write(program({"A": "1", "B": "2"}, A="1", B="2", C="3"))
    assert stack.up().changed == {"job": "update", "pool": "update"}
    others_write(emulator, A="theirs", B="2", C="3", D="theirs")
    assert stack.up().changed == {"job": "update", "pool": "update"}
    assert emulator.get("/jobs/jobId")["metadata"] == listed(A="theirs", B="2", C="3")
    assert emulator.get("/pools/poolId")["startTask"]["environmentSettings"] == listed(A="theirs", B="2", C="3")

    # What is made again has nothing that others could have written: it is what the program says, in its order.
    stack.write(program({"B": "20", "A": "10", "C": "30"}, A="1", B="2", C="3"))
    assert stack.up().changed == {"task": "replace"}
    assert emulator.get("/jobs/jobId/tasks/task1")["environmentSettings"] == listed(B="20", A="10", C="30")

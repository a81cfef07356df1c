"""Whose the tasks of a collection are, where the engine does not read before it plans: nothing of another resource's is
deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.lifecycle.verbs import Lifecycle
from azure_batch_provider.values.inputs import Inputs
from tests.emulator_process import EmulatorProcess
from tests.resources.conftest import Begin

JOB = "/jobs/job/tasks"
URL = "https://x.blob.core.windows.net/c/f?sig=secret&se=2030-01-01"
BODIES: dict[str, dict[str, Any]] = {
    "plain": {},
    "again": {},
    "hidden": {"containerSettings": {"imageName": "i", "registry": {"username": "u", "password": "p"}}},
    "filled": {"constraints": {"maxTaskRetryCount": 0}, "requiredSlots": 1},
    "signed": {"resourceFiles": [{"httpUrl": URL, "filePath": "f"}]},
}


def collection(*ids: str, **body: Any) -> dict[str, Any]:
    return {"jobId": "job", "tasks": {id: {"commandLine": "run", **body} for id in ids}}


def made(lifecycle: Lifecycle, inputs: dict[str, Any]) -> State:
    checked = lifecycle.check({}, Inputs(inputs))
    assert not checked.failures
    return lifecycle.create(checked.inputs)


def updated(lifecycle: Lifecycle, old: State, inputs: dict[str, Any]) -> State:
    checked = lifecycle.check(old.inputs, Inputs(inputs))
    assert lifecycle.diff(old, checked.inputs).changes
    return lifecycle.update(old, checked.inputs)


def ids(emulator: EmulatorProcess) -> list[str]:
    return [task["id"] for task in emulator.get(JOB)["value"]]


TAKERS = {"Task": {"jobId": "job", "taskId": "A", "commandLine": "run"}, "TaskCollection": collection("A")}


@pytest.mark.parametrize("kind", TAKERS)
@pytest.mark.parametrize("rest", [("b",), ()], ids=["some stay", "all go"])
def test_a_task_that_another_resource_has_taken_over_is_not_deleted(
    emulator: EmulatorProcess, operation: Begin, kind: str, rest: tuple[str, ...]
) -> None:
    old = made(operation()("TaskCollection", "old"), collection("a", "b"))
    resource = operation()
    made(resource(kind, "new"), TAKERS[kind])
    if rest:
        updated(resource("TaskCollection", "old"), old, collection(*rest))
    else:
        resource("TaskCollection", "old").delete(old)
    assert ids(emulator) == ["a", *rest]


def test_tasks_of_which_nobody_knows_whether_they_were_added_are_deleted_if_they_are_what_was_sent(
    emulator: EmulatorProcess, operation: Begin
) -> None:
    inputs = {"jobId": "job", "tasks": {id: {"commandLine": "run", **body} for id, body in BODIES.items()}}
    emulator.fault(method="POST", path="/jobs/job/addtaskcollection", drop="after", times=50)
    with pytest.raises(InitFailed) as failed:
        made(operation()("TaskCollection", "c"), inputs)
    emulator.clear_faults()
    assert len(ids(emulator)) == len(BODIES)
    emulator.call("DELETE", f"{JOB}/plain")
    emulator.post(JOB, {"id": "plain", "commandLine": "another's"})
    operation()("TaskCollection", "c").delete(replace(failed.value.state, inputs=inputs))
    assert ids(emulator) == ["plain"]

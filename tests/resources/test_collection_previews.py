"""What a preview of a collection says of tasks that are there already."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azure_batch_provider.lifecycle.context import Call
from azure_batch_provider.values.refusal import Refused
from tests.emulator_process import EmulatorProcess
from tests.resources.conftest import MakeLifecycle


def declared(*ids: str) -> dict[str, Any]:
    return {"jobId": "job", "tasks": {id: {"commandLine": f"echo {id}"} for id in ids}}


def test_a_task_of_another_client_is_told_before_anything_is_sent(
    emulator: EmulatorProcess, lifecycle: MakeLifecycle, call: Call
) -> None:
    state = lifecycle("TaskCollection").create(declared("t1"))
    emulator.post("/jobs/job/tasks", {"id": "T2", "commandLine": "another"})
    emulator.post("/jobs/job/tasks", {"id": "t3", "commandLine": "echo t3"})
    emulator.clear_requests()
    update = lifecycle("TaskCollection")
    update.call = replace(call, preview=True)
    assert update.update(state, declared("t1", "t3")).id == state.id
    with pytest.raises(Refused, match=r"T2: .*commandLine.*tasks-exist-and-differ"):
        update.update(state, declared("t1", "t2"))
    assert {entry["method"] for entry in emulator.requests()} == {"GET"}

"""A collection that is waited for takes no result of an earlier execution for its own."""

from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider.lifecycle.results import InitFailed
from azure_batch_provider.values.refusal import Refused
from tests.emulator_process import EmulatorProcess
from tests.resources.conftest import MakeLifecycle

INPUTS: dict[str, Any] = {
    "jobId": "job",
    "tasks": {"old": {"commandLine": "echo"}, "new": {"commandLine": "echo"}},
    "awaitCompletion": {"timeout": "PT1S"},
}


def test_a_task_that_completed_before_is_not_adopted(emulator: EmulatorProcess, lifecycle: MakeLifecycle) -> None:
    emulator.post("/jobs/job/tasks", {"id": "old", "commandLine": "echo"})
    emulator.run_task("job", "old", state="completed", exitCode=0)
    with pytest.raises(InitFailed, match="jobs/job/tasks/old: exists already, and completed before this deployment"):
        lifecycle("TaskCollection").create(INPUTS)
    without = {name: value for name, value in INPUTS.items() if name != "awaitCompletion"}
    assert lifecycle("TaskCollection").create(without).id.startswith("jobs/job/collections/")


def test_nothing_of_a_collection_is_added_where_nothing_can_be(
    emulator: EmulatorProcess, lifecycle: MakeLifecycle
) -> None:
    emulator.post("/jobs/job/tasks", {"id": "old", "commandLine": "another"})
    with pytest.raises(Refused, match=r"exists already and is not what is declared.*tasks-failed"):
        lifecycle("TaskCollection").create({"jobId": "job", "tasks": {"old": {"commandLine": "echo"}}})

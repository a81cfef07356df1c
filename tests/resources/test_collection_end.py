"""A job that is to end with its tasks, and could not be told so once these were in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azure_batch_provider.lifecycle.results import InitFailed
from tests.emulator_process import EmulatorProcess
from tests.resources.conftest import Begin

INPUTS = {"jobId": "job", "tasks": {"a": {"commandLine": "run"}}, "onAllTasksComplete": "terminatejob"}


@pytest.mark.parametrize("reads", [True, False], ids=["live", "refresh"])
def test_a_job_that_cannot_be_told_to_end_loses_no_task_and_is_told_by_the_next_update(
    emulator: EmulatorProcess, operation: Begin, reads: bool
) -> None:
    emulator.fault(method="PATCH", path="/jobs/job", status=403, code="AuthorizationPermissionMismatch")
    with pytest.raises(InitFailed, match="AuthorizationPermissionMismatch") as failed:
        operation()("TaskCollection", "c").create(INPUTS)
    kept = replace(failed.value.state, inputs=INPUTS)
    resource = operation()
    if reads:
        seen = resource("TaskCollection", "c").read(kept)
        assert seen is not None
        kept = seen
        assert [change.path for change in resource("TaskCollection", "c").diff(kept, INPUTS).changes] == [
            ("onAllTasksComplete",)
        ]
    emulator.clear_requests()
    state = resource("TaskCollection", "c").update(kept, INPUTS)
    assert [entry["method"] for entry in emulator.requests() if entry["method"] != "GET"] == ["PATCH"]
    assert emulator.get("/jobs/job")["onAllTasksComplete"] == "terminatejob"
    assert not resource("TaskCollection", "c").diff(state, INPUTS).changes

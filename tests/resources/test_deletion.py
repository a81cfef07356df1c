"""A deletion is over when the service has nothing any more, and only "not found" says so."""

from __future__ import annotations

import pytest

from azure_batch_provider.http.errors import ServiceError
from azure_batch_provider.lifecycle.results import State
from tests.emulator_process import EmulatorProcess
from tests.resources.conftest import Begin, MakeLifecycle

TASK = {"jobId": "job", "taskId": "t", "commandLine": "run"}
PATH = "/jobs/job/tasks/t"


def test_a_task_of_a_job_that_is_being_deleted_is_waited_for_until_both_are_gone(
    emulator: EmulatorProcess, lifecycle: MakeLifecycle
) -> None:
    emulator.post("/jobs/job/tasks", {"id": "t", "commandLine": "run"})
    emulator.switch("looks", 3)
    emulator.call("DELETE", "/jobs/job")
    emulator.clear_requests()
    lifecycle("Task").delete(State("jobs/job/tasks/t", TASK, TASK, {}))
    first, *looks = [(entry["method"], entry["status"]) for entry in emulator.requests() if entry["path"] == PATH]
    assert first == ("DELETE", 409)
    assert looks[:-1] and set(looks[:-1]) == {("GET", 200)}
    assert looks[-1] == ("GET", 404)


def test_a_task_that_the_service_refuses_to_delete_is_not_waited_for(
    emulator: EmulatorProcess, lifecycle: MakeLifecycle
) -> None:
    emulator.post("/jobs/job/tasks", {"id": "t", "commandLine": "run"})
    emulator.fault(method="DELETE", path=PATH, status=409, code="OperationInvalidForCurrentState")
    emulator.clear_requests()
    with pytest.raises(ServiceError, match="OperationInvalidForCurrentState"):
        lifecycle("Task").delete(State("jobs/job/tasks/t", TASK, TASK, {}))
    assert [entry["method"] for entry in emulator.requests()] == ["DELETE"]


def test_a_preview_says_that_what_is_being_deleted_is_created_again(
    emulator: EmulatorProcess, operation: Begin
) -> None:
    emulator.switch("looks", 3)
    emulator.call("DELETE", "/jobs/job")
    said: list[str] = []
    operation(preview=True, said=said)("Job", "job").create({"jobId": "job", "poolInfo": {"poolId": "other"}})
    assert said == ["jobs/job is being deleted; when it is gone it is created again."]

"""Exit conditions that let dependents go on after a failure which ends their job: said where the task is added."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator_process import EmulatorProcess
from tests.resources.conftest import Begin

SATISFY = {"dependencyAction": "satisfy"}
CODE = {"exitCodes": [{"code": 3, "exitOptions": SATISFY}]}
RANGE = {"exitCodeRanges": [{"start": 0, "end": 3, "exitOptions": {"dependencyAction": "Satisfy"}}]}
IN_VAIN: dict[str, dict[str, Any]] = {
    "exitConditions.default": {"default": SATISFY},
    "exitConditions.fileUploadError": {"fileUploadError": SATISFY, "default": {**SATISFY, "jobAction": "disable"}},
    "exitConditions.exitCodes[0].exitOptions": CODE,
    "exitConditions.exitCodeRanges[0].exitOptions": RANGE,
}
FINE: list[dict[str, Any]] = [
    {"default": {**SATISFY, "jobAction": "none"}},
    {"default": {"dependencyAction": "block"}},
    {"default": {}},
    {"exitCodes": [{"code": 0, "exitOptions": SATISFY}]},
    {"exitCodeRanges": [{"start": 0, "end": 0, "exitOptions": SATISFY}]},
]


@pytest.fixture
def account(emulator: EmulatorProcess) -> EmulatorProcess:
    """Whose job, `ends`, does what exit conditions say."""
    action = {"onTaskFailure": "performexitoptionsjobaction", "usesTaskDependencies": True}
    emulator.post("/jobs", {"id": "ends", "poolInfo": {"poolId": "pool"}, **action})
    return emulator


def said_of(operation: Begin, conditions: dict[str, Any], job: str = "ends") -> list[str]:
    """What is said of a task, and of a collection that has it twice, when they are made."""
    said: list[str] = []
    task = {"commandLine": "run", "exitConditions": conditions}
    begun = operation(said=said)
    begun("Task", "t").create({"jobId": job, "taskId": "t", **task})
    begun("TaskCollection", "c").create({"jobId": job, "tasks": {"a": task, "b": task}})
    return [text for text in said if "`dependencyAction: satisfy`" in text]


@pytest.mark.parametrize("path", IN_VAIN)
def test_what_ends_the_job_is_said_by_its_place_and_of_a_collection_once(
    account: EmulatorProcess, operation: Begin, path: str
) -> None:
    alone, together = said_of(operation, IN_VAIN[path])
    assert alone.startswith(f"`{path}`: ")
    assert together.startswith("Exit conditions of a, b: ")
    for text in (alone, together):
        assert text.endswith("Say `jobAction: none` as well.")


def test_it_is_said_in_a_preview_and_the_service_does_end_the_job(account: EmulatorProcess, operation: Begin) -> None:
    said: list[str] = []
    task = {"jobId": "ends", "taskId": "t", "commandLine": "run", "exitConditions": CODE}
    operation(said=said, preview=True)("Task", "t").create(task)
    assert [text for text in said if text.startswith("`exitConditions.exitCodes[0].exitOptions`: ")]
    operation()("Task", "t").create(task)
    account.run_task("ends", "t", state="completed", exitCode=3)
    assert account.get("/jobs/ends")["state"] in ("terminating", "completed")


@pytest.mark.parametrize("conditions", FINE)
def test_what_lets_the_job_go_on_is_not_mentioned(
    account: EmulatorProcess, operation: Begin, conditions: dict[str, Any]
) -> None:
    assert said_of(operation, conditions) == []


def test_a_job_that_takes_no_action_is_not_ended(emulator: EmulatorProcess, operation: Begin) -> None:
    assert said_of(operation, {"default": SATISFY}, job="job") == []

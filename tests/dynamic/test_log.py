"""What the dynamic door says to the log of the engine that started its process."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable, Iterator

import pytest

from azure_batch_provider.dynamic.failure import Failed
from azure_batch_provider.dynamic.provider import TaskProvider
from tests.dynamic.test_provider import URN, configured
from tests.emulator_process import EmulatorProcess
from tests.engine.listening import Engine, listening

TASK = {"jobId": "jobId", "taskId": "t", "commandLine": "true", "__urn": URN}


@pytest.fixture
def ends() -> list[Callable[[], None]]:
    """What happens when the process ends."""
    return []


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, ends: list[Callable[[], None]]) -> Iterator[Engine]:
    monkeypatch.setattr(atexit, "register", ends.append)
    with listening() as engine:
        monkeypatch.setattr(sys, "argv", ["__main__.py", engine.address])
        yield engine
        for end in ends:
            end()


def test_a_warning_is_there_before_the_answer(emulator: EmulatorProcess, engine: Engine) -> None:
    provider = configured(TaskProvider, emulator)
    provider.check({}, {**TASK, "authenticationTokenSettings": {"access": ["job"]}})
    assert any("is a retired feature" in line for line in engine.lines)


def test_the_requests_of_a_verb_that_fails_are_there_before_the_failure(
    emulator: EmulatorProcess, engine: Engine
) -> None:
    provider = configured(TaskProvider, emulator)
    with pytest.raises(Failed, match="JobNotFound"):
        provider.create(TASK)
    assert any("GET /jobs/jobId 404" in line for line in engine.lines)


def test_the_end_of_the_process_says_what_is_left(
    emulator: EmulatorProcess, engine: Engine, ends: list[Callable[[], None]]
) -> None:
    emulator.post("/jobs", {"id": "jobId", "poolInfo": {"poolId": "pool"}})
    configured(TaskProvider, emulator).create(TASK)
    (end,) = ends
    end()
    assert any("POST /jobs/jobId/tasks 201" in line for line in engine.lines)

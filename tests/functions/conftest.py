"""An account with a pool of nodes, and functions as the engine calls them, by gRPC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.emulator_process import V2025, EmulatorProcess
from tests.properties.provider import Provider, serving
from tests.resources.conftest import POOL

Invoke = Callable[..., dict[str, Any]]


@pytest.fixture
def emulator(emulator_process: EmulatorProcess) -> EmulatorProcess:
    """An account with a pool of two nodes, `pool`, and a job, `job`; what is added runs when a test says so."""
    emulator_process.reset()
    emulator_process.post("/pools", {**POOL, "targetDedicatedNodes": 2, "startTask": {"commandLine": "start"}})
    emulator_process.settle()
    emulator_process.post("/jobs", {"id": "job", "poolInfo": {"poolId": "pool"}})
    emulator_process.clear_requests()
    return emulator_process


@pytest.fixture
def provider(emulator: EmulatorProcess) -> Iterator[Provider]:
    with serving(emulator, V2025) as found:
        yield found


@pytest.fixture
def invoke(provider: Provider) -> Invoke:
    """`invoke("getTask", id="jobs/job/tasks/t")`: the answer of a call without failures."""

    def call(function: str, **asked: Any) -> dict[str, Any]:
        answer, failures = provider.invoke(function, asked)
        assert failures == []
        return answer

    return call

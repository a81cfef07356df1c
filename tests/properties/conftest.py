"""One emulated account for the property tests, and a provider of each api-version on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator_process import V2024, V2025, EmulatorProcess
from tests.properties.entities import JOB
from tests.properties.provider import Provider, serving


@pytest.fixture(scope="session")
def account() -> Iterator[EmulatorProcess]:
    """An account with one job, `jobId`, in which every task is at home, and ends at once. Images are
    made up."""
    switches = ("looks=0", "images=any", "pool-identity=true", "added-tasks=succeed")
    with EmulatorProcess(*(text for switch in switches for text in ("--set", switch))) as emulator:
        emulator.post("/jobs", JOB)
        yield emulator


# The older version has a few other properties, which the life of each property goes through on the engine as well.
@pytest.fixture(scope="session", params=[V2025, pytest.param(V2024, marks=pytest.mark.long)])
def provider(account: EmulatorProcess, request: pytest.FixtureRequest) -> Iterator[Provider]:
    with serving(account, str(request.param)) as provider:
        yield provider

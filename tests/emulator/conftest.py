"""One emulator for all of these tests, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from azure.batch import BatchClient

from tests.emulator.running.account import OPTIONS, Account
from tests.emulator_process import EmulatorProcess


@pytest.fixture
def emulator(emulator_process: EmulatorProcess) -> EmulatorProcess:
    """An empty account."""
    emulator_process.reset()
    return emulator_process


@pytest.fixture
def client(emulator: EmulatorProcess) -> Iterator[BatchClient]:
    """Microsoft's own client, on an empty account."""
    with emulator.client() as client:
        yield client


@pytest.fixture
def linked(emulator: EmulatorProcess) -> None:
    """Pools have an identity, and a key is enough to name other resources of Azure."""
    emulator.switch("pool-identity", True)
    emulator.switch("linked-resources", "any-credentials")


@pytest.fixture(scope="module")
def running() -> Iterator[EmulatorProcess]:
    """An emulator with `--run-tasks`, for all tests of a module."""
    with EmulatorProcess(*OPTIONS) as emulator:
        yield emulator
        assert "a bug" not in emulator.errors()


@pytest.fixture
def account(running: EmulatorProcess) -> Iterator[Account]:
    """What it holds, empty, and how Microsoft's client runs tasks there."""
    running.reset()
    with running.client() as client:
        yield Account(running, client)

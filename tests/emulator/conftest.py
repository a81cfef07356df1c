"""One emulator for all of these tests, emptied before each, and environments for clients."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchClient

from tests.emulator.clients.environments import ENVIRONMENTS, make_beside
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


def pytest_collection_finish(session: pytest.Session) -> None:
    """One of the processes that run the tests begins to make what these will need."""
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0" and not session.config.option.collectonly:
        asked = {name for item in session.items for name in getattr(item, "fixturenames", ())}
        make_beside(name for name in ENVIRONMENTS if f"client_{name}" in asked)


def _environment(name: str) -> Any:
    @pytest.fixture(scope="session", name=f"client_{name}")
    def made() -> Path:
        return ENVIRONMENTS[name](name)

    return made


client_azure_batch_14 = _environment("azure_batch_14")
client_azure_cli = _environment("azure_cli")
client_azurite = _environment("azurite")
client_go = _environment("go")
client_java = _environment("java")
client_node = _environment("node")
client_pytest_user = _environment("pytest_user")

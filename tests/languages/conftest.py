"""An account with a pool, and an engine with the plugin registered as the README says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import POOL
from tests.emulator_process import EmulatorProcess
from tests.languages.workshop import Engine, engine_of


@pytest.fixture
def account() -> Iterator[EmulatorProcess]:
    """An empty account that has one pool, `poolId`."""
    with EmulatorProcess() as emulator:
        assert emulator.call("POST", "/pools", POOL).status == 201
        emulator.clear_requests()
        yield emulator
        assert emulator.errors() == ""


@pytest.fixture
def engine(account: EmulatorProcess, tmp_path: Path) -> Engine:
    """Pulumi's engine, which knows the plugin, the account, and nothing of this machine's own stacks."""
    engine = engine_of(account, tmp_path)
    engine.run("azure-batch-provider", "install", folder=tmp_path)
    return engine

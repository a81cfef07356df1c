"""A client of an emulated account, over the transports of `tests/http`."""

from __future__ import annotations

import pytest

from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.sign_in.shared_key import SharedKey
from tests.emulator_process import EmulatorProcess
from tests.http.conftest import Connect
from tests.http.conftest import connect as connect
from tests.http.conftest import log as log
from tests.http.conftest import manual_time as manual_time
from tests.http.conftest import without_proxies as without_proxies


@pytest.fixture
def emulator(emulator_process: EmulatorProcess) -> EmulatorProcess:
    """An empty account."""
    emulator_process.reset()
    return emulator_process


@pytest.fixture(params=["2025-06-01", "2024-07-01.20.0"])
def api_version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(api_version: str, emulator: EmulatorProcess, connect: Connect) -> BatchClient:
    return BatchClient(connect(emulator.endpoint, SharedKey(emulator.account, emulator.key), api_version=api_version))

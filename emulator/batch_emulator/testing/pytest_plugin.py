"""The pytest fixtures `azure_batch_emulator` and `azure_batch_client`, which pytest finds by itself.

One emulator serves all tests of a process; each test begins with an empty account. The option
`azure_batch_emulator_options` of pytest's configuration has command-line options for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from batch_emulator.testing.process import EmulatorProcess

if TYPE_CHECKING:
    from azure.batch import BatchClient

_OPTIONS = "azure_batch_emulator_options"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(_OPTIONS, "command-line options of the Azure Batch emulator that tests run on", "args", [])


@pytest.fixture(scope="session")
def azure_batch_emulator_process(pytestconfig: pytest.Config) -> Iterator[EmulatorProcess]:
    """The emulator of all tests, as the tests before have left it."""
    with EmulatorProcess(*pytestconfig.getini(_OPTIONS)) as emulator:
        yield emulator


@pytest.fixture
def azure_batch_emulator(azure_batch_emulator_process: EmulatorProcess) -> EmulatorProcess:
    """An Azure Batch account, empty: `endpoint`, `account` and `key`, and the calls that steer it."""
    azure_batch_emulator_process.reset()
    return azure_batch_emulator_process


@pytest.fixture
def azure_batch_client(azure_batch_emulator: EmulatorProcess) -> Iterator[BatchClient]:
    """Microsoft's client (azure-batch 15 or later) on an empty account."""
    with azure_batch_emulator.client() as client:
        yield client

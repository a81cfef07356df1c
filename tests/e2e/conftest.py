"""A Batch account and stacks on it, for each test its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.e2e.stack import Stack
from tests.emulator.clients.environments import HAS_NODE
from tests.emulator_process import EmulatorProcess

if TYPE_CHECKING:
    from tests.e2e.packages import Managed

POOL: dict[str, Any] = {
    "id": "poolId",
    "vmSize": "standard_d2s_v3",
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    },
    "targetDedicatedNodes": 0,
}

DRIFT: Final = ("live", pytest.param("refresh", marks=pytest.mark.long))
"""Both values of `driftDetection`; the code that they share is proved by the first."""

MakeStack = Callable[..., Stack]


@pytest.fixture(scope="session", autouse=True)
def pulumi() -> str:
    """Where the CLI is; without one every test here would fail with a worse message."""
    found = shutil.which("pulumi")
    assert found is not None, "There is no `pulumi` on PATH: run the tests by `make test`."
    return found


@pytest.fixture
def emulator(emulator_process: EmulatorProcess) -> EmulatorProcess:
    """An empty account that has one pool, `poolId`."""
    emulator_process.reset()
    emulator_process.call("POST", "/pools", POOL)
    emulator_process.clear_requests()
    return emulator_process


@pytest.fixture
def make_stack(emulator: EmulatorProcess, tmp_path: Path) -> MakeStack:
    """Make stacks on the account: `make_stack(program, environment={...}, config={...}, name="other")`."""

    def make(
        program: Mapping[str, Any],
        *,
        environment: Mapping[str, str] | None = None,
        config: Mapping[str, Any] | None = None,
        attach: bool = True,
        name: str = "stack",
    ) -> Stack:
        variables = emulator.environment() if environment is None else environment
        return Stack(tmp_path / name, program, variables, config=config, attach=attach)

    return make


@pytest.fixture(scope="session")
def managed_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Managed]:
    """The account of `managed`, one for each process of tests."""
    from tests.e2e.packages import managed_account  # what it takes is loaded by these tests only

    with managed_account(tmp_path_factory.mktemp("managed"), "--run-tasks", "--set", "scheduling=on") as found:
        yield found
        assert "a bug" not in found.account.errors()


@pytest.fixture
def plain_or_managed(request: pytest.FixtureRequest) -> tuple[EmulatorProcess, Managed | None]:
    """The account of `managed`, with one pool and no tasks that run, where the machine has what its storage takes;
    elsewhere that of `emulator`."""
    if not HAS_NODE:
        return request.getfixturevalue("emulator"), None
    found: Managed = request.getfixturevalue("managed")
    found.account.switch("scheduling", "off")
    found.account.post("/pools", POOL)
    found.account.clear_requests()
    return found.account, found


@pytest.fixture
def managed(managed_session: Managed) -> Managed:
    """An empty account that makes application packages."""
    managed_session.empty()
    return managed_session

"""An emulated account for the providers of the dynamic door, called as Pulumi's own process calls them."""

from __future__ import annotations

import pytest

from azure_batch_provider.dynamic import operation
from tests.emulator_process import EmulatorProcess

POOL = {
    "id": "pool",
    "vmSize": "standard_d2s_v3",
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    },
    "targetDedicatedNodes": 0,
}


@pytest.fixture
def emulator(emulator_process: EmulatorProcess, monkeypatch: pytest.MonkeyPatch) -> EmulatorProcess:
    """An empty account that has one pool, `pool`, and that no variable of this machine points at."""
    emulator_process.reset()
    emulator_process.call("POST", "/pools", POOL)
    emulator_process.clear_requests()
    for name in ("ENDPOINT", "ACCOUNT", "ACCESS_KEY"):
        monkeypatch.delenv(f"AZURE_BATCH_{name}", raising=False)
    # A process serves one operation, and so does a test.
    monkeypatch.setattr(operation, "_operations", {})
    return emulator_process

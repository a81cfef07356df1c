"""The Batch account that everything is measured on: the emulator, with 20 ms added to each of its answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.emulator_process import EmulatorProcess

DELAY = 0.02
"""Seconds that each answer of the service takes longer: the way to a region near by."""
_FOREVER = 10**9
_POOL: dict[str, Any] = {
    "id": "render",
    "vmSize": "standard_d2s_v3",
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    },
    "targetDedicatedNodes": 0,
}


class Ground:
    """The account and a folder for stacks, for one round. Everybody who is measured has a job of their own."""

    def __init__(self, emulator: EmulatorProcess, folder: Path) -> None:
        self._emulator = emulator
        self._jobs = 0
        self._folder = folder
        emulator.reset()
        emulator.post("/pools", _POOL)
        emulator.fault(path="*", delay=DELAY, times=_FOREVER)

    @property
    def account(self) -> Mapping[str, str]:
        """The variables that name the account, for whoever uses it."""
        return self._emulator.environment()

    def job(self) -> str:
        """A new job without tasks."""
        self._jobs += 1
        id = f"job{self._jobs}"
        body = {
            "id": id,
            "poolInfo": {"poolId": "render"},
            "usesTaskDependencies": True,
            "onTaskFailure": "performexitoptionsjobaction",
        }
        self._emulator.post("/jobs", body)
        return id

    def folder(self) -> Path:
        """A new folder."""
        made = self._folder / str(len(list(self._folder.iterdir())))
        made.mkdir()
        return made

    def tasks(self, job: str) -> int:
        """How many tasks the job has."""
        counts: Mapping[str, int] = self._emulator.get(f"/jobs/{job}/taskcounts")["taskCounts"]
        return counts["active"] + counts["running"] + counts["completed"]

    def clear(self) -> None:
        """Forget the requests so far."""
        self._emulator.clear_requests()

    def requests(self) -> int:
        """How many there were since."""
        return len(self._emulator.requests())

"""A node with files on its disk, and a task that ran there."""

from __future__ import annotations

from typing import Any

from tests.emulator.parts import MACHINE, POOL_INFO
from tests.emulator_process import EmulatorProcess


class Disk:
    """A node with the id `node` of pool p1, and a task t1 of job j1 that has run on it."""

    def __init__(self, emulator: EmulatorProcess, machine: dict[str, Any] = MACHINE) -> None:
        self.emulator = emulator
        emulator.switch("scheduling", "on")
        pool = {"id": "p1", "vmSize": "standard_d2s_v3", "virtualMachineConfiguration": machine}
        emulator.post("/pools", {**pool, "targetDedicatedNodes": 1})
        emulator.settle()
        (node,) = emulator.get("/pools/p1/nodes")["value"]
        self.node = str(node["id"])
        self.of_node = f"/pools/p1/nodes/{self.node}/files"
        self.of_task = "/jobs/j1/tasks/t1/files"

    def add_task(self, **more: Any) -> None:
        self.emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
        self.run_task("t1", **more)

    def run_task(self, task: str, **more: Any) -> None:
        """Adds it, and polls it until it is over, if anything runs tasks."""
        self.emulator.post("/jobs/j1/tasks", {"id": task, "commandLine": "echo hello", **more})
        for _ in range(8):
            if self.emulator.get(f"/jobs/j1/tasks/{task}")["state"] == "completed":
                break

    def put(self, name: str, text: str = "", **content: Any) -> None:
        """Into the root of the node."""
        self.emulator.post(f"/_emulator/files/nodes/p1/{self.node}", {"name": name, **(content or {"text": text})})

    def put_of_task(self, name: str, text: str) -> None:
        self.emulator.post("/_emulator/files/tasks/j1/t1", {"name": name, "text": text})

    def names(self, query: str = "") -> list[str]:
        return [item["name"] for item in self.emulator.get(f"{self.of_node}?{query}")["value"]]

"""An account whose tasks really run, by way of Microsoft's client."""

from __future__ import annotations

import time
from typing import Any

from azure.batch import BatchClient, models

from tests.emulator.parts import pool_options
from tests.emulator.running.scattered import SECONDS
from tests.emulator_process import EmulatorProcess

OPTIONS = ("--set", "scheduling=on", "--run-tasks")


class Account:
    """A pool with nodes and a job, and tasks that are waited for."""

    def __init__(self, emulator: EmulatorProcess, client: BatchClient) -> None:
        self.emulator = emulator
        self.client = client

    def make(self, nodes: int = 1, pool: dict[str, Any] | None = None, **job: Any) -> None:
        self.client.create_pool(pool_options("p1", target_dedicated_nodes=nodes, **(pool or {})))
        pool_info = models.BatchPoolInfo(pool_id="p1")
        self.client.create_job(models.BatchJobCreateOptions(id="j1", pool_info=pool_info, **job))

    def add(self, task_id: str, command_line: str, **more: Any) -> None:
        self.client.create_task("j1", models.BatchTaskCreateOptions(id=task_id, command_line=command_line, **more))

    def wait(self, task_id: str, state: str = "completed") -> models.BatchTask:
        until = time.monotonic() + SECONDS
        while (task := self.client.get_task("j1", task_id)).state != state:
            assert time.monotonic() < until, f"{task_id} is {task.state}"
            time.sleep(0.02)
        return task

    def run(self, task_id: str, command_line: str, **more: Any) -> models.BatchTaskExecutionInfo:
        self.add(task_id, command_line, **more)
        info = self.wait(task_id).execution_info
        assert info is not None
        return info

    def shell(self, task_id: str, text: str, **more: Any) -> models.BatchTaskExecutionInfo:
        return self.run(task_id, f"/bin/sh -c {quoted(text)}", **more)

    def read(self, task_id: str, name: str = "stdout.txt") -> str:
        return b"".join(self.client.download_task_file("j1", task_id, name)).decode()


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def failure(info: models.BatchTaskExecutionInfo) -> tuple[str, str]:
    assert info.failure_info is not None and info.result == "failure"
    return str(info.failure_info.category), str(info.failure_info.code)

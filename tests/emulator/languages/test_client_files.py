"""Files through clients of older versions: azure-batch 14, npm's @azure/batch, both unmodified."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.emulator.clients.environments import HERE, needs_node, run_client
from tests.emulator.disk import Disk
from tests.emulator_process import EmulatorProcess

FOUND = {
    "names": ["certs", "stderr.txt", "stdout.txt", "wd", "wd/out file.txt"],
    "content": "hello",
    "part": "el",
    "properties": [5, False, "0o100644"],
    "subtasks": [],
    "left": ["certs", "stderr.txt", "stdout.txt"],
}


@pytest.fixture
def disk(emulator: EmulatorProcess) -> Disk:
    disk = Disk(emulator)
    disk.add_task()
    disk.put_of_task("wd/out file.txt", "hello")
    return disk


def test_the_python_client_of_before_the_rewrite_reads_files(client_azure_batch_14: Path, disk: Disk) -> None:
    program = HERE / "azure_batch_14" / "files.py"
    done = run_client(str(client_azure_batch_14), str(program), **disk.emulator.environment())
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == FOUND


@needs_node
def test_the_javascript_client_reads_files(client_node: Path, disk: Disk) -> None:
    done = run_client(
        "node", str(HERE / "node" / "files.js"), **disk.emulator.environment(), NODE_PATH=str(client_node)
    )
    assert done.returncode == 0, done.stderr
    # The client knows `false` only, and the service writes `False`.
    assert json.loads(done.stdout) == {**FOUND, "properties": [5, "False", "0o100644"]}

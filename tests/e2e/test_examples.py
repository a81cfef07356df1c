"""examples/python on the real engine, compared with the YAML program that declares the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.conftest import MakeStack
from tests.e2e.dynamic_stack import DynamicStack
from tests.e2e.stack import REPOSITORY, Stack
from tests.emulator_process import EmulatorProcess

EXAMPLE = REPOSITORY / "examples" / "python"
VERSION = version("azure-batch-provider")


@pytest.fixture
def stack(emulator: EmulatorProcess, tmp_path: Path) -> DynamicStack:
    """The example as an inline program, with the plugin registered as its README says, and found no other way."""
    plugin = shutil.which("pulumi-resource-azure-batch")
    assert plugin is not None
    home = {"PULUMI_HOME": str(tmp_path / "home"), "PULUMI_IGNORE_AMBIENT_PLUGINS": "true"}
    subprocess.run(
        ["pulumi", "plugin", "install", "resource", "azure-batch", VERSION, "--file", plugin],
        env={**os.environ, **home},
        check=True,
        capture_output=True,
        timeout=60,
    )
    return DynamicStack(tmp_path, (EXAMPLE / "__main__.py", "declare"), {**emulator.environment(), **home})


def written(emulator: EmulatorProcess) -> list[tuple[str, str, Any]]:
    """Method, path and body of every write since the last look, in an order that does not depend on time."""
    found = [(entry["method"], entry["path"], entry["body"]) for entry in emulator.requests()]
    emulator.clear_requests()
    return sorted((entry for entry in found if entry[0] != "GET"), key=json.dumps)


def test_the_python_example_lives_from_up_to_destroy(stack: DynamicStack, emulator: EmulatorProcess) -> None:
    names = set(yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text())["resources"])
    first = stack.up()
    assert first.changed == dict.fromkeys(names, "create")
    assert first.outputs == {"job": "jobId"}
    assert "warning" not in first.output
    written(emulator)

    assert stack.preview().changed == {}
    assert stack.up().changed == {}
    assert stack.refresh().changed == {}
    assert written(emulator) == []

    assert stack.destroy().changed == dict.fromkeys(names, "delete")
    assert emulator.get("/jobs")["value"] == []
    assert "startTask" not in emulator.get("/pools/poolId")


def test_the_python_example_sends_what_the_yaml_program_sends(
    stack: DynamicStack, make_stack: MakeStack, emulator: EmulatorProcess
) -> None:
    stack.up()
    from_python = written(emulator)
    stack.destroy()
    written(emulator)

    whole = yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text())
    of_yaml: Stack = make_stack({"resources": whole["resources"]}, name="yaml")
    of_yaml.up()
    assert from_python == written(emulator)
    assert len(from_python) == len(whole["resources"])

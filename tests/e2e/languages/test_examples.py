"""What the README and examples/python tell users to write, on the real engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.conftest import POOL, MakeStack
from tests.e2e.dynamic_stack import DynamicStack
from tests.e2e.stack import REPOSITORY, Stack
from tests.emulator_process import EmulatorProcess

EXAMPLE = REPOSITORY / "examples" / "python"


@pytest.fixture
def registered(tmp_path: Path) -> dict[str, str]:
    """Settings under which the plugin is registered the way that the README says, and found no other way."""
    settings = {"PULUMI_HOME": str(tmp_path / "home"), "PULUMI_IGNORE_AMBIENT_PLUGINS": "true"}
    subprocess.run(
        ["azure-batch-provider", "install"], env={**os.environ, **settings}, check=True, capture_output=True, timeout=60
    )
    return settings


@pytest.fixture
def stack(emulator: EmulatorProcess, registered: dict[str, str], tmp_path: Path) -> DynamicStack:
    """examples/python as an inline program."""
    return DynamicStack(tmp_path, (EXAMPLE / "__main__.py", "declare"), {**emulator.environment(), **registered})


@pytest.fixture
def render(emulator: EmulatorProcess) -> EmulatorProcess:
    """The account of the README's programs, where the pool `render` exists."""
    assert emulator.call("POST", "/pools", {**POOL, "id": "render"}).status == 201
    emulator.clear_requests()
    return emulator


def stack_of(project: str, folder: Path, environment: dict[str, str]) -> Stack:
    """A stack of this project file."""
    stack = Stack(folder, {"name": yaml.safe_load(project)["name"], "resources": {}}, environment)
    stack.write_file(project)
    return stack


def readme(language: str) -> str:
    """The README's block in a language, "" for what a terminal shows."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", (REPOSITORY / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (found,) = [text for name, text in blocks if name == language]
    return str(found)


def written(emulator: EmulatorProcess) -> list[tuple[str, str, Any]]:
    """Method, path and body of every write since the last look, in an order that does not depend on time."""
    found = [(entry["method"], entry["path"], entry["body"]) for entry in emulator.requests()]
    emulator.clear_requests()
    return sorted((entry for entry in found if entry[0] != "GET"), key=lambda entry: json.dumps(entry, sort_keys=True))


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


def test_the_yaml_program_of_the_readme_works_and_its_drift_is_shown_as_the_readme_says(
    render: EmulatorProcess, registered: dict[str, str], tmp_path: Path
) -> None:
    program = readme("yaml")
    stack = stack_of(program, tmp_path / "yaml", {**render.environment(), **registered})
    first = stack.up()
    assert first.changed == {"nodes": "create", "nightly": "create", "encode": "create"}
    assert "warning" not in first.diagnostics
    (task,) = render.get("/jobs/nightly/tasks")["value"]
    assert re.fullmatch(r"encode-[0-9a-f]{8}", task["id"])
    assert "$AZ_BATCH_NODE_SHARED_DIR" in task["commandLine"]
    assert stack.up("--expect-no-changes").changed == {}

    declared = render.get("/pools/render")["startTask"]
    foreign = {**declared, "commandLine": "/bin/sh -c 'echo patched by hand'"}
    body = {"startTask": foreign, "applicationPackageReferences": [], "metadata": []}
    render.post("/pools/render/updateproperties", body)
    shown = [line.strip() for line in stack.preview().output.splitlines()]
    assert [line.strip() for line in readme("").splitlines()] == [
        line for line in shown[shown.index("~ azure-batch:index:PoolProperties: (update)") :] if "[urn=" not in line
    ][:5]
    assert stack.up().changed == {"nodes": "update"}
    assert stack.destroy().code == 0


def test_the_python_program_of_the_readme_works(
    render: EmulatorProcess, registered: dict[str, str], tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text("def declare():\n" + textwrap.indent(readme("python"), "    "))
    stack = DynamicStack(tmp_path, (program, "declare"), {**render.environment(), **registered})
    assert stack.up().changed == {"nightly": "create", "encode": "create"}
    assert stack.up().changed == {}
    assert [method for method, *_ in written(render)] == ["POST", "POST"]
    stack.destroy()


def test_the_render_farm_lives_from_up_to_destroy_without_deleting_a_task(
    emulator: EmulatorProcess, registered: dict[str, str], tmp_path: Path
) -> None:
    program = (REPOSITORY / "examples" / "render-farm" / "Pulumi.yaml").read_text()
    stack = stack_of(program, tmp_path / "farm", {**emulator.environment(), **registered})
    assert "adds 241" in stack.preview().diagnostics
    first = stack.up()
    assert "warning" not in first.diagnostics
    added = emulator.get("/jobs/film-001/tasks")["value"]
    assert [task["id"] for task in added] == [*(f"{frame:03}" for frame in range(1, 241)), "join"]
    assert added[6]["commandLine"] == "render film.blend --frame 7 --out frames/0007.png"
    assert stack.up("--expect-no-changes").changed == {}

    stack.write_file(program.replace("end: 240", "end: 250"))
    written(emulator)
    assert stack.up().changed == {"frames": "update"}
    # `join` depends on more frames than before.
    methods = [(method, path) for method, path, _ in written(emulator)]
    assert methods == [("DELETE", "/jobs/film-001/tasks/join"), ("POST", "/jobs/film-001/addtaskcollection")]
    stack.destroy()
    assert [(method, path) for method, path, _ in written(emulator)] == [("DELETE", "/jobs/film-001")]


def test_the_nightly_schedule_goes_up_without_a_warning_and_makes_its_job_at_two(
    emulator: EmulatorProcess, registered: dict[str, str], tmp_path: Path
) -> None:
    program = (REPOSITORY / "examples" / "nightly" / "Pulumi.yaml").read_text()
    stack = stack_of(program, tmp_path / "nightly", {**emulator.environment(), **registered})
    first = stack.up()
    assert first.changed == {"nightly": "create"}
    assert "warning" not in first.diagnostics
    assert emulator.get("/jobschedules/nightly")["executionInfo"]["nextRunTime"].startswith("2027-01-01T02:00:00")
    assert stack.up("--expect-no-changes").changed == {}


def test_the_pool_goes_up_with_its_job_and_comes_down_without_a_warning(
    emulator: EmulatorProcess, registered: dict[str, str], tmp_path: Path
) -> None:
    program = (REPOSITORY / "examples" / "pool" / "Pulumi.yaml").read_text()
    stack = stack_of(program, tmp_path / "pool", {**emulator.environment(), **registered})
    first = stack.up()
    assert first.changed == {"render": "create", "film": "create"}
    assert "warning" not in first.diagnostics
    assert emulator.get("/pools/render")["currentDedicatedNodes"] == 2
    assert stack.up("--expect-no-changes").changed == {}
    assert stack.destroy().code == 0

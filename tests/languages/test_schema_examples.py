"""The examples of the schema go up in YAML, are converted afresh, and compile in every language they are converted to.

All resources' examples are one program, and all functions' another one on what that has made: each name of an example
begins with the example's then.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from azure_batch_provider import registry
from scripts.examples.__main__ import PROGRAMS
from tests.e2e.conftest import POOL
from tests.e2e.packages import Managed, managed_account, stack_of
from tests.emulator.clients.environments import needs
from tests.languages.workshop import GO, MAVEN, MYPY, ROOT, go, java, succeed, typescript

RESOURCES = [token.rpartition(":")[2] for token in registry.RESOURCES]
FUNCTIONS = [token.rpartition(":")[2] for token in registry.FUNCTIONS]


@pytest.fixture
def managed(tmp_path: Path) -> Iterator[Managed]:
    """An account that makes application packages, with the pools that the examples take for granted."""
    with managed_account(tmp_path, "--set", "scheduling=on") as managed:
        managed.account.switch("package-storage", managed.storage.container("packages", "rwdlc"))
        for name in ("shared", "encoders"):
            body = {**POOL, "id": name, "targetDedicatedNodes": 1}
            assert managed.account.call("POST", "/pools", body).status == 201
        said = [{"pattern": "getTaskFile_report-*", "stdout": "All is well.\n"}]
        assert managed.account.call("POST", "/_emulator/scripts", said).status < 300
        yield managed
        assert "a bug" not in managed.account.errors()


def together(names: list[str]) -> dict[str, Any]:
    """Examples as one program."""
    program: dict[str, Any] = {"resources": {}, "variables": {}, "outputs": {}}
    for name in names:
        example = yaml.safe_load((PROGRAMS / f"{name}.yaml").read_text())
        own = "|".join(key for part in ("resources", "variables") for key in example.get(part, {}))
        for part, items in example.items():
            text = re.sub(rf"\$\{{({own})\b", rf"${{{name}_\1", json.dumps(items))
            program[part] |= {f"{name}_{key}": value for key, value in json.loads(text).items()}
    return program


def test_each_example_goes_up_without_a_warning_stays_and_is_destroyed(managed: Managed, tmp_path: Path) -> None:
    made = tmp_path / "made"
    (made / "tools").mkdir(parents=True)
    (made / "tools" / "encode").write_text("a tool\n")
    resources = stack_of(managed, made, program := together(RESOURCES))
    expected = dict.fromkeys(program["resources"], "create")
    assert resources.preview().changed == expected
    done = resources.up()
    assert done.changed == expected
    assert "warning" not in done.output
    assert resources.preview().changed == {}

    functions = stack_of(managed, tmp_path / "read", program := together(FUNCTIONS))
    assert functions.preview().changed == dict.fromkeys(program["resources"], "create")
    done = functions.up()
    assert "warning" not in done.output
    outputs = json.loads(functions.run("stack", "output", "--stack", "dev", "--json").output)
    (counts,) = outputs.pop("getNodeCounts_pools")
    assert (counts["poolId"], counts["dedicated"]["idle"]) == ("shared", 1)
    (application,) = outputs.pop("getApplications_applications")
    assert application["applicationId"] == "tools"
    assert outputs.pop("getSupportedImages_nodeAgent").startswith("batch.node.")
    assert outputs == {
        "getJobSchedule_state": "active",
        "getJobTaskCounts_failed": 0,
        "getJob_state": "active",
        "getJobs_jobs": [],
        "getNodes_nodes": [],
        "getPool_nodes": 1,
        "getPools_pools": [],
        "getTaskFile_said": "All is well.\n",
        "getTask_state": "completed",
        "getTasks_tasks": [],
    }

    functions.destroy()
    resources.destroy()
    assert managed.account.get("/jobs")["value"] == []


def test_what_is_committed_is_what_the_examples_are_converted_to() -> None:
    succeed(sys.executable, "-m", "scripts.examples", "--check", folder=ROOT)


def blocks(language: str) -> dict[str, str]:
    """The example of each resource and function in a language, as the schema has it."""
    schema = json.loads((ROOT / "schema.json").read_bytes())
    described = {**schema["resources"], **schema["functions"]}
    found = {
        token.rpartition(":")[2]: re.findall(
            rf"^```{language}\n(.*?)^```$", item["description"], re.MULTILINE | re.DOTALL
        )
        for token, item in described.items()
    }
    assert {name for name, texts in found.items() if len(texts) == 1} == {*RESOURCES, *FUNCTIONS}
    return {name: text for name, (text,) in found.items()}


def test_mypy_accepts_those_in_python(tmp_path: Path) -> None:
    for name, text in blocks("python").items():
        (tmp_path / f"example_{name}.py").write_text(text)
    succeed(*MYPY, *sorted(tmp_path.glob("*.py")), folder=tmp_path, MYPYPATH=str(ROOT / "sdk" / "python"))


@needs("Node", "node", "npm")
def test_tsc_accepts_those_in_typescript() -> None:
    folder = typescript()
    settings = json.loads((folder / "tsconfig.json").read_text())
    for name, text in blocks("typescript").items():
        (folder / f"{name}.ts").write_text(text)
    settings["files"] = [path.name for path in sorted(folder.glob("*.ts"))]
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    succeed("npx", "--no-install", "tsc", "--noEmit", folder=folder)


@needs("Go", "go")
def test_go_vet_accepts_those_in_go() -> None:
    folder = go()
    for name, text in blocks("go").items():
        (folder / "examples" / name).mkdir(parents=True)
        (folder / "examples" / name / "main.go").write_text(text)
    succeed("go", "vet", "./examples/...", folder=folder, **GO)


@needs("Java development kit with Maven", "java", "javac", "mvn")
def test_javac_accepts_those_in_java() -> None:
    folder = java()
    for name, text in blocks("java").items():
        place = folder / "src" / "main" / "java" / "examples" / name / "App.java"
        place.parent.mkdir(parents=True)
        place.write_text(text.replace("package generated_program;", f"package examples.{name};"))
    succeed("mvn", "--quiet", "--batch-mode", "compile", folder=folder, **MAVEN)

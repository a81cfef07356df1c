"""Examples go up without a warning, stay, and are destroyed, in each language that they are written in.

They share an account, and a plugin that runs already: starting Python is most of what a short command costs.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.attached import plugin_in
from tests.e2e.conftest import POOL
from tests.emulator.clients.environments import needs
from tests.emulator_process import EmulatorProcess
from tests.languages.workshop import (
    GO,
    HERE,
    ROOT,
    Engine,
    Life,
    Request,
    Results,
    asked,
    engine_of,
    go,
    results,
    typescript,
)

EXAMPLES = ROOT / "examples"
# Those that other tests bring up have tests of their own: tests/e2e/languages/test_examples.py, and the packages' life.
LIVES = {
    "containers": Life("azure-batch-containers"),
    "data-load": Life("azure-batch-data-load"),
    "dependencies": Life("azure-batch-dependencies"),
    "gitops": Life("azure-batch-gitops"),
    "multi-instance": Life("azure-batch-multi-instance"),
    "rollout": Life("azure-batch-rollout", change={"tools": "ffmpeg imagemagick"}),
    # Two runs of a hundred tasks; that it plans ten thousand is seen without adding them.
    "sweep": Life("azure-batch-sweep", config={"seeds": "10"}, change={"run": "002"}),
}
TRANSLATED = sorted(name for name in LIVES if (EXAMPLES / name / "python").exists())

Lived = tuple[Results, list[Request], list[str]]
"""What each operation changed; what was asked of the account: method, path and body, in turn; what was printed."""


@pytest.fixture(scope="module")
def account() -> Iterator[EmulatorProcess]:
    """An account that has one pool of three nodes, `poolId`, and runs tasks: each ends at once, with success."""
    with EmulatorProcess("--set", "scheduling=on") as emulator:
        assert emulator.call("POST", "/pools", {**POOL, "targetDedicatedNodes": 3}).status == 201
        emulator.settle()
        emulator.clear_requests()
        yield emulator
        assert emulator.errors() == ""


@pytest.fixture(scope="module")
def engine(account: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Pulumi's engine, attached to a plugin that finds the account as users' plugins do."""
    made = engine_of(account, tmp_path_factory.mktemp("engine"))
    plugin = plugin_in({**os.environ, **made.settings})
    return Engine({**made.settings, "PULUMI_DEBUG_PROVIDERS": f"azure-batch:{plugin.port}"})


@pytest.fixture(scope="module")
def in_yaml(
    engine: Engine, account: EmulatorProcess, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Lived]:
    """What the YAML program of an example does, which is done once."""

    @functools.cache
    def live(name: str) -> Lived:
        folder = tmp_path_factory.mktemp(name)
        shutil.copy(EXAMPLES / name / "Pulumi.yaml", folder)
        said: list[str] = []
        account.clear_requests()
        return engine.lives(folder, LIVES[name], said), asked(account), said

    return live


def writes(requests: list[Request]) -> list[Request]:
    """Those that are no questions, by what they say: resources that do not know each other are made in any order."""
    return sorted(
        (request for request in requests if request[0] != "GET"),
        key=lambda request: json.dumps(request, sort_keys=True),
    )


@pytest.mark.parametrize("name", sorted(LIVES))
def test_it_goes_up_stays_and_is_destroyed(
    name: str, in_yaml: Callable[[str], Lived], account: EmulatorProcess
) -> None:
    lived, _, said = in_yaml(name)
    assert set(lived["created"]["changes"]) == {"create"}
    assert set(lived["unchanged"]["changes"]) == {"same"}
    assert "warning" not in said[0]
    assert name == "sweep" or not_printed(name, said) == []
    assert account.get("/jobs")["value"] == []


def test_the_sweep_plans_ten_thousand_tasks(engine: Engine, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "sweep" / "Pulumi.yaml", tmp_path)
    # A stack `dev` that no other test has.
    backend = {"PULUMI_BACKEND_URL": tmp_path.as_uri()}
    engine.run("pulumi", "stack", "init", "dev", folder=tmp_path, **backend)
    said = engine.run("pulumi", "preview", folder=tmp_path, **backend)
    assert not_printed("sweep", [said]) == []


def not_printed(name: str, said: list[str]) -> list[str]:
    """The lines that the page of an example shows and that were not said: a line may begin so and go on."""
    (block,) = re.findall(
        r"^```text\n(.*?)^```$", (EXAMPLES / name / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    lines = [" ".join(re.sub(r"\([\d.]+m?s\)", "", line).split()) for text in said for line in text.splitlines()]
    shown = [" ".join(line.split()) for line in block.splitlines()]
    return [line for line in shown if not any(other.startswith(line) for other in lines)]


def test_what_the_page_on_adoption_says_word_for_word(engine: Engine, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EXAMPLES / "adopt", tmp_path / "adopt"))
    page = re.sub(r"^```.*?^```$", "", (folder / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL)
    commands = re.findall(r"^    (.+)$", page, re.MULTILINE)
    assert len(commands) == 5
    try:
        said = engine.run("bash", "-ec", "\n".join(commands), folder=folder)
        assert not_printed("adopt", [said]) == []
    finally:
        # Other programs want the pool as it was. What is imported is protected.
        engine.run("pulumi", "state", "unprotect", "--all", "--yes", "--stack", "dev", folder=folder / "adopted")
        engine.run("pulumi", "destroy", "--yes", "--skip-preview", "--stack", "dev", folder=folder / "adopted")


def test_environments_come_and_go(engine: Engine, account: EmulatorProcess, tmp_path: Path) -> None:
    program = (sys.executable, EXAMPLES / "automation" / "environment.py")
    for name in ("one", "two"):
        assert engine.run(*program, "up", name, folder=tmp_path).endswith(f"Job: env-{name}\n")
    said = engine.run(*program, "up", "one", folder=tmp_path)
    assert "4 unchanged" in said and not_printed("automation", [said]) == []
    engine.run(*program, "down", "one", folder=tmp_path)
    assert [pool["id"] for pool in account.get("/pools")["value"]] == ["env-two", "poolId"]
    assert [job["id"] for job in account.get("/jobs")["value"]] == ["env-two"]
    engine.run(*program, "down", "two", folder=tmp_path)


@pytest.mark.parametrize(
    ("task", "code", "ended"),
    [
        # Nothing new: `fetch` ends the job, and the others never run.
        ("fetch", 3, {"fetch": 3, "job": "completed"}),
        # A part could not be counted: `report` runs all the same.
        ("count", 5, {"fetch": 0, "count": 5, "report": 0, "job": "active"}),
        # Another failure of `fetch`: the others wait for good.
        ("fetch", 1, {"fetch": 1, "job": "active"}),
        # Another failure of `count`: of that nothing is said, and the job ends.
        ("count", 1, {"fetch": 0, "count": 1, "job": "completed"}),
    ],
)
def test_an_exit_code_decides_what_happens_to_the_rest(
    engine: Engine, account: EmulatorProcess, tmp_path: Path, task: str, code: int, ended: dict[str, Any]
) -> None:
    shutil.copy(EXAMPLES / "dependencies" / "Pulumi.yaml", tmp_path)
    # It runs until all of them are added.
    account.post("/_emulator/scripts", {"pattern": task, "exitCode": code, "duration": 600})
    engine.run("pulumi", "stack", "init", f"{task}-{code}", folder=tmp_path)
    engine.run("pulumi", "up", "--yes", "--skip-preview", folder=tmp_path)
    job = f"/jobs/{engine.run('pulumi', 'stack', 'output', 'job', folder=tmp_path).strip()}"
    found: dict[str, Any] = {}
    for _ in range(12):
        account.advance(600)
        tasks = account.get(f"{job}/tasks")["value"]
        found = {entry["id"]: entry["executionInfo"].get("exitCode") for entry in tasks}
        found = {name: code for name, code in found.items() if code is not None}
        found["job"] = account.get(job)["state"]
    assert found == ended
    assert account.call("DELETE", "/_emulator/scripts").status < 300
    assert account.call("DELETE", job).status == 202


def test_a_changed_start_task_restarts_one_node_after_the_other(in_yaml: Callable[[str], Lived]) -> None:
    lived, sent, _ = in_yaml("rollout")
    assert lived["updated"]["changes"] == {"same": 1, "update": 1}
    # At creation and at the change all three restarted, and after each the nodes were looked at until it was back.
    restarts = [path for method, path, _ in sent if method == "POST" and path.endswith("/reboot")]
    assert len(restarts) == 6 and len(set(restarts[:3])) == len(set(restarts[3:])) == 3
    looks = [index for index, (method, path, _) in enumerate(sent) if (method, path) == ("GET", "/pools/poolId/nodes")]
    at = [index for index, (_, path, _) in enumerate(sent) if path.endswith("/reboot")]
    assert all(any(one < look < other for look in looks) for one, other in pairwise(at))


def test_python_does_what_yaml_does(
    engine: Engine, account: EmulatorProcess, in_yaml: Callable[[str], Lived], tmp_path: Path
) -> None:
    for name in TRANSLATED:
        translated(name).write(Path(shutil.copytree(EXAMPLES / name / "python", tmp_path / name)))
    does_the_same(
        in_yaml,
        tmp_path,
        account,
        lambda: engine.run(sys.executable, HERE / "python" / "up.py", *TRANSLATED, folder=tmp_path),
    )


@needs("Node", "node", "npm")
def test_typescript_does_what_yaml_does(
    engine: Engine, account: EmulatorProcess, in_yaml: Callable[[str], Lived]
) -> None:
    first = typescript()
    folder = first / "examples"
    for name in TRANSLATED:
        program = Path(shutil.copytree(EXAMPLES / name / "typescript", folder / name))
        translated(name).write(program)
        # The compiler is the first example's, and so are the versions.
        assert (program / "tsconfig.json").read_text() == (first / "tsconfig.json").read_text()
        package = json.loads((first / "package.json").read_text())
        assert json.loads((program / "package.json").read_text()) == {**package, "name": LIVES[name].project}
    # In one go: reading the types is most of what a compilation costs.
    options = {"outDir": ".", "rootDir": "."}
    settings = {
        "extends": "../tsconfig.json",
        "compilerOptions": options,
        "files": [f"{name}/index.ts" for name in TRANSLATED],
    }
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    engine.run("npx", "--no-install", "tsc", folder=folder)
    does_the_same(in_yaml, folder, account, lambda: engine.run("node", first / "up.js", *TRANSLATED, folder=folder))


@needs("Go", "go")
def test_go_does_what_yaml_does(engine: Engine, account: EmulatorProcess, in_yaml: Callable[[str], Lived]) -> None:
    first = go()
    folder = first / "examples"
    for name in TRANSLATED:
        program = Path(shutil.copytree(EXAMPLES / name / "go", folder / name))
        shutil.copy(first / "up_test.go", program)
        translated(name).write(program)
        # They are built as packages of the first example's module, which needs what they need.
        module = (EXAMPLES / "hello-task" / "go" / "go.mod").read_text()
        assert (program / "go.mod").read_text() == module.replace("module hello-task", f"module {LIVES[name].project}")
        (program / "go.mod").unlink()
    engine.run("go", "vet", "./examples/...", folder=first, **GO)
    does_the_same(
        in_yaml,
        folder,
        account,
        lambda: engine.run("go", "test", "-count=1", "-p=1", "./examples/...", folder=first, **GO),
    )


def translated(name: str) -> Life:
    """The life of an example in another language. That a program stays as it is, the first example shows in each."""
    return replace(LIVES[name], again=False)


def does_the_same(
    in_yaml: Callable[[str], Lived], folder: Path, account: EmulatorProcess, run: Callable[[], str]
) -> None:
    """All translated programs, which `run` runs in folders below this one, change and send what those in YAML do."""
    expected = {name: in_yaml(name) for name in TRANSLATED}
    account.clear_requests()
    run()
    assert {name: results(folder / name) for name in TRANSLATED} == {
        name: {step: did for step, did in lived.items() if step != "unchanged"}
        for name, (lived, *_) in expected.items()
    }
    assert writes(asked(account)) == writes([request for _, sent, _ in expected.values() for request in sent])

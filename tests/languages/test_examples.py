"""Examples go up without a warning, stay, and are destroyed."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import POOL
from tests.emulator_process import EmulatorProcess
from tests.languages.workshop import ROOT, Engine

# Those that other tests bring up have tests of their own: tests/e2e/test_examples.py, and the packages' life.
EXAMPLES = ("containers", "data-load", "dependencies", "multi-instance", "sweep")


@pytest.fixture
def account() -> Iterator[EmulatorProcess]:
    """An account that has one pool of three nodes, `poolId`, and runs tasks: each ends at once, with success."""
    with EmulatorProcess("--set", "scheduling=on") as emulator:
        assert emulator.call("POST", "/pools", {**POOL, "targetDedicatedNodes": 3}).status == 201
        yield emulator
        assert emulator.errors() == ""


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_goes_up_stays_and_is_destroyed(name: str, engine: Engine, account: EmulatorProcess, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "examples" / name, tmp_path / "program"))
    options = ("--stack", "dev", "--yes", "--skip-preview")
    engine.run("pulumi", "stack", "init", "dev", folder=folder)
    assert "warning" not in engine.run("pulumi", "up", *options, folder=folder)
    assert "unchanged" in engine.run("pulumi", "up", *options, "--expect-no-changes", folder=folder)
    engine.run("pulumi", "destroy", *options, folder=folder)
    assert account.get("/jobs")["value"] == []


def test_environments_come_and_go(engine: Engine, account: EmulatorProcess, tmp_path: Path) -> None:
    program = (sys.executable, ROOT / "examples" / "automation" / "environment.py")
    for name in ("one", "two"):
        assert engine.run(*program, "up", name, folder=tmp_path).endswith(f"Job: env-{name}\n")
    assert "4 unchanged" in engine.run(*program, "up", "one", folder=tmp_path)
    engine.run(*program, "down", "one", folder=tmp_path)
    assert [pool["id"] for pool in account.get("/pools")["value"]] == ["env-two", "poolId"]
    assert [job["id"] for job in account.get("/jobs")["value"]] == ["env-two"]

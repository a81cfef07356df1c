"""Each example in YAML goes up without a warning, stays, and is destroyed."""

from __future__ import annotations

import shutil
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

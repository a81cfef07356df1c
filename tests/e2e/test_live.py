"""`make live` on the emulator in the role of the account: it passes, reports, and takes away what it made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.stack import REPOSITORY
from tests.emulator_process import EmulatorProcess
from tests.live.probes import PROBES

pytestmark = pytest.mark.long

LIVE = ("-o", "python_files=live_*.py", "-p", "no:cacheprovider", "-q", "tests/live")


def live(emulator: EmulatorProcess, report: Path, *options: str) -> subprocess.CompletedProcess[str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "ARM_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *LIVE, *options],
        cwd=REPOSITORY,
        env={**others, **emulator.environment(), "LIVE_REPORT": str(report)},
        capture_output=True,
        text=True,
        timeout=1800,
    )


def test_the_live_tests_pass_and_every_question_is_answered(emulator: EmulatorProcess, tmp_path: Path) -> None:
    run = live(emulator, tmp_path / "report.md")
    assert run.returncode == 0, run.stdout
    report = (tmp_path / "report.md").read_text()
    for probe in PROBES:
        _, _, section = report.partition(f"## {probe.question}\n\n")
        assert section
        assert not section.startswith("Not settled")
    assert emulator.key not in report
    assert "SharedKey emulator" not in report
    assert left(emulator) == {"pools": ["poolId"], "jobs": []}


def test_a_live_run_that_fails_takes_away_what_it_made_as_well(emulator: EmulatorProcess, tmp_path: Path) -> None:
    emulator.fault(method="POST", path="/jobs/*/tasks", status=400, code="InvalidPropertyValue", times=1000)
    run = live(emulator, tmp_path / "report.md", "-k", "retry_inheritance or adopted")
    assert run.returncode == 1, run.stdout
    assert "1 failed" in run.stdout or "2 failed" in run.stdout
    assert left(emulator) == {"pools": ["poolId"], "jobs": []}


def left(emulator: EmulatorProcess) -> dict[str, list[str]]:
    return {kind: [item["id"] for item in emulator.get(f"/{kind}")["value"]] for kind in ("pools", "jobs")}

"""An emulator in the background, and single requests to it, as a shell has them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from batch_emulator import background, request
from tests.emulator_process import EmulatorProcess


def test_it_goes_on_when_the_command_has_ended_and_nothing_keeps_a_pipe_open(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "batch_emulator", "--port", "0", "--background"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_BATCH_")}
    done = subprocess.run(
        command, env={**environment, "TMPDIR": str(tmp_path)}, capture_output=True, text=True, timeout=60
    )
    lines = dict(line.removeprefix("export ").split("=", 1) for line in done.stdout.splitlines())
    os.kill(int(lines.pop(background.PID)), signal.SIGTERM)
    assert (done.returncode, list(lines)) == (
        0,
        [f"AZURE_BATCH_{part}" for part in ("ENDPOINT", "ACCOUNT", "ACCESS_KEY")],
    )
    assert all(line.startswith("export ") for line in done.stdout.splitlines())
    (log,) = tmp_path.glob("*.log")
    assert str(log) in done.stderr and "/_emulator/?token=" in done.stderr


def test_one_that_does_not_start_says_why_and_leaves_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(background.BackgroundError, match="--port is a number"):
        background.start(["--port", "99999"])
    assert list(tmp_path.iterdir()) == []


def test_a_request_is_signed_with_its_query_and_prints_the_answer(
    emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    assert request.main(["POST", "/jobs", '{"id": "nightly", "poolInfo": {"poolId": "render"}}']) == 0
    assert capsys.readouterr().out == ""
    assert request.main(["get", "/jobs?$filter=startswith(id,'night')&api-version=2024-07-01.20.0"]) == 0
    assert [job["id"] for job in json.loads(capsys.readouterr().out)["value"]] == ["nightly"]
    assert request.main(["POST", "/_emulator/clock", '{"advance": 60}']) == 0
    assert json.loads(capsys.readouterr().out)["offset"] == 60

    assert request.main(["GET", "/jobs/gone"]) == 1
    assert capsys.readouterr().err.startswith("azure-batch-request: 404: ")
    assert request.main(["POST", "/jobs", "{"]) == 2
    monkeypatch.delenv("AZURE_BATCH_ACCOUNT")
    assert request.main(["GET", "/jobs"]) == 2
    assert capsys.readouterr().err.endswith("AZURE_BATCH_ACCOUNT is not set\n")

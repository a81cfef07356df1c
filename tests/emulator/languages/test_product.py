"""The emulator as others get it: installed by itself, with its fixtures for pytest, and as an image."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from batch_emulator.testing import ControlClient, ControlError, EmulatorProcess, StartError
from tests.emulator.clients.environments import HERE, run_client
from tests.emulator_process import EMULATOR
from tests.emulator_process import EmulatorProcess as Running

README = (EMULATOR / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", README.split("## Test with it")[1], re.DOTALL | re.MULTILINE)


def test_it_is_a_tool_of_its_own_with_fixtures_that_pytest_finds(client_pytest_user: Path, tmp_path: Path) -> None:
    python = client_pytest_user
    source = shutil.copytree(EMULATOR, tmp_path / "source", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    install = (
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "--no-compile",
        "--force-reinstall",
    )
    done = run_client(str(python), "-m", "pip", "--disable-pip-version-check", *install, str(source))
    assert done.returncode == 0, done.stderr
    # Nothing of this repository is in the way.
    alone = {"PYTHONPATH": "", "PYTHONSAFEPATH": "1"}
    tool = str(python.parent / "azure-batch-emulator")
    for command in ((tool,), (str(python), "-m", "batch_emulator")):
        assert run_client(*command, "--version", **alone).stdout.startswith("azure-batch-emulator 0.")
    assert run_client(str(python), "-c", "import azure_batch_provider", **alone).returncode == 1

    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_example.py").write_text(EXAMPLES[0], encoding="utf-8")
    (tmp_path / "tests" / "test_fresh.py").write_text(FRESH + textwrap.indent(EXAMPLES[1], "    "), encoding="utf-8")
    (tmp_path / "tests" / "pytest.ini").write_text(
        "[pytest]\nazure_batch_emulator_options = --set pool-quota=7\nfilterwarnings =\n    error\n"
        "    ignore:datetime\\.datetime\\.utcnow:DeprecationWarning\n"
    )
    done = run_client(str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "tests"), **alone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


FRESH = """
from urllib.request import build_opener, HTTPCookieProcessor

def test_an_account_is_empty_and_has_the_options_of_the_configuration(azure_batch_emulator, azure_batch_client):
    assert list(azure_batch_client.list_jobs()) == []
    switches = {switch["name"]: switch["value"] for switch in azure_batch_emulator.control("GET", "switches")}
    assert switches["pool-quota"] == 7

def test_the_page_is_installed_too(azure_batch_emulator):
    address = azure_batch_emulator.errors().split(": ")[-1].strip()
    with build_opener(HTTPCookieProcessor()).open(address) as page:
        assert b"Account batchdev" in page.read()

def test_an_emulator_can_be_started_without_the_fixtures():
"""


def test_the_packages_that_it_needs_are_those_of_that_environment() -> None:
    named = re.findall(r'^    "([\w-]+)[^"]*",$', (EMULATOR / "pyproject.toml").read_text(), re.MULTILINE)
    listed = re.findall(r"^[\w-]+", (HERE / "pytest_user" / "requirements.txt").read_text(), re.MULTILINE)
    assert {"h11", "jinja2", "starlette", "uvicorn"} <= set(named) <= set(listed)


def test_the_client_of_the_readme_connects(emulator: Running) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```$", README.split("## Test with it")[0], re.DOTALL | re.MULTILINE)
    emulator.post("/jobs", {"id": "j1", "poolInfo": {"poolId": "p1"}})
    direct = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    environment = {**os.environ, **direct, **emulator.environment()}
    example = example.replace("list_pools", "list_jobs").replace("pool", "job")
    done = subprocess.run(
        [sys.executable, "-c", example], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "['j1']\n"), done.stderr


def test_another_emulator_is_steered_by_its_endpoint_and_key(emulator: Running) -> None:
    control = ControlClient(emulator.endpoint, emulator.account, emulator.key)
    with control.client(retry_total=0) as client:
        control.fault(operation="Job - List", status=503)
        control.clear_faults()
        assert list(client.list_jobs()) == []
    control.freeze()
    before = control.control("GET", "clock")["now"]
    control.advance(86_400)
    assert control.control("GET", "clock")["now"] > before
    control.switch("polls", 2)
    control.settle()
    control.script(pattern="t*", exitCode=3)
    assert [script["pattern"] for script in control.control("GET", "scripts")] == ["t*"]
    control.clear_scripts()
    assert control.control("GET", "scripts") == []
    assert [entry["operation"] for entry in control.requests()] == ["Job - List"]
    control.clear_requests()
    assert control.requests() == []
    control.reset()
    assert control.environment() == emulator.environment()
    with pytest.raises(ControlError, match=r"400: .*no switch 'colour'") as refused:
        control.switch("colour", "red")
    assert refused.value.status == 400


def test_an_emulator_that_does_not_start_says_why() -> None:
    with pytest.raises(StartError, match="no switch 'colour'"):
        EmulatorProcess("--set", "colour=red").start()
    assert EmulatorProcess().stop() == 0


CONTAINERFILE = re.sub(r"\\\n\s*", "", (EMULATOR / "Containerfile").read_text())


def _steps(name: str) -> list[str]:
    return re.findall(rf"^{name} (.*)$", CONTAINERFILE, re.MULTILINE)


def test_what_the_image_is_made_from_is_there_and_sent_along() -> None:
    copied = [source for step in _steps("COPY") for source in step.split()[:-1]]
    sent = (EMULATOR / ".dockerignore").read_text().splitlines()
    assert sent[0] == "**"
    for source in copied:
        assert (EMULATOR / source).exists()
        assert f"!{source}" in sent
    extras = re.findall(r"\[(\w+)\]\"", "\n".join(_steps("RUN")))
    assert set(extras) == {"bearer"}
    assert re.search(r"^bearer = ", (EMULATOR / "pyproject.toml").read_text(), re.MULTILINE)


def test_the_image_runs_the_emulator_as_a_user_and_asks_for_its_health() -> None:
    (user,), (port,) = _steps("USER"), _steps("EXPOSE")
    assert any(f"useradd --uid {user}" in step for step in _steps("RUN"))
    (command,) = _steps("ENTRYPOINT")
    program, *options = json.loads(command)
    assert f'{program} = "batch_emulator.__main__:main"' in (EMULATOR / "pyproject.toml").read_text()
    (health,) = [json.loads(step.partition("CMD ")[2]) for step in _steps("HEALTHCHECK")]
    with Running(*options) as emulator:
        reached = emulator.endpoint.rsplit(":", 1)[1]
        code = health[2].replace(port, reached)
        assert code != health[2]
        assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
        assert emulator.requests() == []
    assert subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL, check=False).returncode == 1

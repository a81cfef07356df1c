"""The verbs as someone sees them who has just cloned the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("requirements.txt", "provider/pyproject.toml", "emulator/pyproject.toml", "sdk/python/pyproject.toml")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the verbs are made from, and nothing that they have made."""
    for name in ("Makefile", "tools/venv.py", *SOURCES):
        path = tmp_path / "clone" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, path)
    return tmp_path / "clone"


def make(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # These tests may themselves run under make, and ARGS be theirs.
    environment = {name: value for name, value in os.environ.items() if name != "ARGS" and not name.startswith("MAKE")}
    # Nothing is fetched.
    environment.update(PIP_NO_INDEX="1", PIP_FIND_LINKS="", PIP_CONFIG_FILE=os.devnull)
    return subprocess.run(
        ["make", "-C", str(clone), *arguments], env=environment, capture_output=True, text=True, timeout=120
    )


def test_bare_make_lists_every_verb_in_a_line(clone: Path) -> None:
    phony = re.search(r"^\.PHONY: help (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    listed = re.findall(r"^make (\S+) +\S", make(clone).stdout, re.MULTILINE)
    assert sorted(listed) == sorted(phony.group(1).split())


@pytest.mark.parametrize("version", ["3.9.18", "3.14.0", "2.7.18"])
def test_another_python_is_refused_by_its_version(clone: Path, version: str) -> None:
    python = clone / "python"
    python.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "Python {version}" && exit\nexit 1\n')
    python.chmod(0o755)
    result = make(clone, f"PYTHON={python}", "test-fast")
    assert result.returncode != 0
    assert f"Python 3.10 to 3.13 is needed, and '{python}' is: Python {version}." in result.stderr
    assert "Name another one: make PYTHON=python3.12 test-fast" in result.stderr


@pytest.mark.long
def test_an_environment_that_cannot_be_completed_is_not_taken_for_one(clone: Path) -> None:
    for _ in range(2):
        result = make(clone, f"PYTHON={sys.executable}", "test-fast")
        assert result.returncode != 0
        assert f"{clone / '.venv'} is not complete; pip says why above." in result.stderr
        assert "Traceback" not in result.stderr
    assert not (clone / ".venv" / "installed").exists()


def test_the_plugin_of_a_checkout_without_an_environment_says_what_to_run(tmp_path: Path) -> None:
    plugin = tmp_path / "pulumi-resource-azure-batch"
    shutil.copy(ROOT / "provider" / plugin.name, plugin)
    result = subprocess.run([str(plugin), "127.0.0.1:1"], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout) == (1, "")
    assert "run `make tools`" in result.stderr


def test_check_runs_the_tests_unless_they_have_passed_on_the_same_tree(clone: Path) -> None:
    tools = clone / ".venv" / "bin"
    tools.mkdir(parents=True)
    for name in ("python", "ruff", "mypy", "lint-imports"):
        (tools / name).write_text(f'#!/bin/sh\necho "{name} $*" >> "{tmp_log(clone)}"\n')
        (tools / name).chmod(0o755)
    (clone / ".venv" / "installed").touch()
    (clone / ".gitignore").write_text(".venv\n.scratch\n")
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (("init", "-q"), ("add", "."), (*author, "commit", "-qm", "first")):
        subprocess.run(["git", *command], cwd=clone, check=True)

    def runs(*verb: str) -> list[str]:
        tmp_log(clone).write_text("")
        result = make(clone, *verb)
        assert result.returncode == 0, result.stderr
        return [line.split()[2] for line in tmp_log(clone).read_text().splitlines() if line.startswith("python -m ")]

    assert runs("check") == ["pytest"]
    assert runs("check") == []
    (clone / "new").write_text("another file")
    assert runs("test", "ARGS=-k one") == ["pytest"]
    assert runs("check") == ["pytest"]
    (clone / "requirements.txt").write_text("changed\n")
    os.utime(clone / "requirements.txt", (0, 0))  # which is no reason to install again
    assert runs("check") == ["pytest"]
    assert runs("check") == []


def tmp_log(clone: Path) -> Path:
    return clone.parent / "log"

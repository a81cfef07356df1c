"""The lowest versions of dependencies, which `make lowest` tests with."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tools.lowest import PROJECTS, ROOT, lowest


def text_of(project: str) -> str:
    return (ROOT / project).read_text(encoding="utf-8")


@pytest.mark.parametrize("project", PROJECTS)
def test_every_dependency_says_its_lowest_version(project: str) -> None:
    block = text_of(project).partition("\ndependencies = [\n")[2].partition("\n]\n")[0]
    names = re.findall(r'^ +"([A-Za-z0-9-]+)', block, re.MULTILINE)
    assert len(names) == len(block.splitlines()) > 0
    assert set(names) <= set(lowest(text_of(project)))


def test_the_constraints_name_each_of_them_once() -> None:
    done = subprocess.run([sys.executable, ROOT / "tools" / "lowest.py"], capture_output=True, text=True, check=True)
    names = [line.partition("==")[0] for line in done.stdout.splitlines()]
    assert {"azure-identity", "grpcio", "pulumi", "pydantic", "h11", "uvicorn", "PyJWT"} <= set(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["h11", "uvicorn"])
def test_what_is_subclassed_is_not_taken_in_a_version_that_was_not_tried(name: str) -> None:
    assert re.search(rf'"{name}>=[0-9.]+,<[0-9.]+"', text_of("emulator/pyproject.toml"))

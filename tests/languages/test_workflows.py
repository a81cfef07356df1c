"""The workflows that GitHub runs are well-formed, and name verbs and files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.emulator.clients.environments import needs
from tests.languages.workshop import ROOT, succeed

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@needs("Go", "go")
def test_actionlint_has_nothing_to_say(tmp_path: Path) -> None:
    """Also not of the workflow in the page on GitOps, which users take."""
    page = (ROOT / "docs" / "gitops.md").read_text()
    (text,) = re.findall(r"^```yaml\n(name: .*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "gitops.yml").write_text(text)
    folder = ROOT / "tools" / "actionlint"
    tool = ("go", "tool", "-modfile", folder / "go.mod", "actionlint", "-shellcheck=", "-pyflakes=")
    succeed(*tool, *WORKFLOWS, tmp_path / "gitops.yml", folder=folder, GOFLAGS="-mod=readonly -buildvcs=false")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_what_a_workflow_runs_is_there(workflow: Path) -> None:
    text = workflow.read_text()
    (verbs,) = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"run: make (\S+)", text)) <= set(verbs.split())
    files = re.findall(r"\b(?:scripts|tests|tools)/[\w./-]+", text)
    assert [name for name in files if not (ROOT / name).exists()] == []

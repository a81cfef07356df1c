"""The workflows that GitHub runs are well-formed, and name verbs and files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.emulator.clients.environments import needs
from tests.languages.workshop import ROOT, succeed

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXAMPLE = ROOT / "examples" / "gitops" / ".github" / "workflows" / "batch.yml"


@needs("Go", "go")
def test_actionlint_has_nothing_to_say() -> None:
    """Also not of the workflow in the example of GitOps, which users take."""
    folder = ROOT / "tools" / "actionlint"
    tool = ("go", "tool", "-modfile", folder / "go.mod", "actionlint", "-shellcheck=", "-pyflakes=")
    succeed(*tool, *WORKFLOWS, EXAMPLE, folder=folder, GOFLAGS="-mod=readonly -buildvcs=false")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_what_a_workflow_runs_is_there(workflow: Path) -> None:
    text = workflow.read_text()
    (verbs,) = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"run: make (\S+)", text)) <= set(verbs.split())
    files = re.findall(r"\b(?:scripts|tests|tools)/[\w./-]+", text)
    assert [name for name in files if not (ROOT / name).exists()] == []

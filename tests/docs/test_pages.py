"""Every page in Markdown: its links lead somewhere, its commands and files exist."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def pages() -> list[Path]:
    """The pages that people wrote: those of the SDK are generated."""
    folders = ("docs", "emulator", "examples", "provider", "tools")
    return sorted([*ROOT.glob("*.md"), *(page for folder in folders for page in (ROOT / folder).rglob("*.md"))])


PAGES = pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))


@PAGES
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (page.parent / link).exists()] == []


@PAGES
def test_every_verb_of_make_exists(page: Path) -> None:
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text()
    named = re.findall(r"`make ([a-z-]+)", text) + re.findall(r"^ {4}make ([a-z-]+)", text, re.MULTILINE)
    assert set(named) <= verbs


@PAGES
def test_every_file_of_the_repository_that_is_named_exists(page: Path) -> None:
    folders = "provider|emulator|sdk|tests|scripts|tools|examples|docs"
    named = re.findall(rf"`((?:{folders})/[\w./-]*)`", page.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


@PAGES
def test_the_version_in_commands_is_the_provider_s(page: Path) -> None:
    named = set(re.findall(r"plugin install resource azure-batch (\S+)", page.read_text()))
    assert named <= {version("azure-batch-provider")}


def test_the_functions_that_have_other_names_in_go_are_named() -> None:
    schema = json.loads((ROOT / "schema.json").read_text())
    resources = {token.rpartition(":")[2] for token in schema["resources"]}
    nouns = {token.rpartition(":")[2].removeprefix("get") for token in schema["functions"]} & resources
    assert set(re.findall(r"`Lookup(\w+)`", (ROOT / "docs" / "functions.md").read_text())) == nouns

"""What a release says is new: the changelog is of its form, and one that is not is refused by what is wrong."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from importlib.metadata import version

import pytest

from scripts import release_notes
from scripts.release_notes import Malformed, parse

SCRIPT = release_notes.CHANGELOG.parent / "scripts" / "release_notes.py"
HEAD = "# Changelog\n\nAbout it.\n\n"
ENTRY = "### Added\n\n- A thing.\n"


def test_the_changelog_has_a_section_of_this_version() -> None:
    sections = parse(release_notes.CHANGELOG.read_text(encoding="utf-8"))
    assert next(iter(sections)) == version("azure-batch-provider")
    command = [sys.executable, str(SCRIPT), f"v{version('azure-batch-provider')}", "--unreleased"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed.startswith("### Added\n")
    assert "## [" not in printed.replace("### ", "")


def test_a_section_is_what_stands_between_its_heading_and_the_next() -> None:
    newest, older = parse(f"{HEAD}## [0.2.0] - unreleased\n\n{ENTRY}\n## [0.1.0] - 2026-11-30\n\n{ENTRY}").values()
    assert (newest.version, newest.date, newest.text) == ("0.2.0", None, ENTRY.strip())
    assert (older.version, older.date, older.text) == ("0.1.0", date(2026, 11, 30), ENTRY.strip())


@pytest.mark.parametrize("asked", ["9.9.9", version("azure-batch-provider")])
def test_a_version_without_a_section_or_a_date_is_not_released(asked: str) -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), asked], capture_output=True, text=True)
    dated = (
        asked in parse(release_notes.CHANGELOG.read_text(encoding="utf-8")) and "does not say when" not in done.stderr
    )
    assert done.returncode == (0 if dated else 1)
    assert dated or "CHANGELOG.md" in done.stderr


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (f"## 0.1.0\n\n{ENTRY}", "is not of the form"),
        (f"## [0.1.0] - soon\n\n{ENTRY}", "`soon` is neither a date"),
        ("## [0.1.0] - 2026-01-01\n\n- A thing.\n", "belongs into groups"),
        ("## [0.1.0] - 2026-01-01\n\n### New\n\n- A thing.\n", "`### New` is none of"),
        ("## [0.1.0] - 2026-01-01\n\n### Added\n\nA thing.\n", "is not a list"),
        (f"## [0.1.0] - 2026-01-01\n\n{ENTRY}\n## [0.2.0] - 2026-02-01\n\n{ENTRY}", "newest version must stand first"),
        (f"## [0.1.0] - 2026-01-01\n\n{ENTRY}\n## [0.1.0] - 2026-01-01\n\n{ENTRY}", "has two sections"),
    ],
)
def test_what_is_not_of_the_form_is_refused(text: str, wrong: str) -> None:
    with pytest.raises(Malformed, match=wrong):
        parse(HEAD + text)

"""Prints what is new in a version, from CHANGELOG.md, for the page of its release.

    python scripts/release_notes.py 0.1.0

CHANGELOG.md has the form of https://keepachangelog.com: a section for each version, newest first, `## [0.1.0] - DATE`,
and in it groups, `### Added`. `--unreleased` takes a version that has no date yet.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

CHANGELOG: Final = Path(__file__).resolve().parent.parent / "CHANGELOG.md"
GROUPS: Final = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
UNRELEASED: Final = "unreleased"
_HEADING: Final = re.compile(r"## \[(?P<version>[^\]]+)\] - (?P<date>\S+)")


class Malformed(Exception):
    """The changelog is not of its form; the message says where."""


@dataclass(frozen=True)
class Section:
    """What is new in a version.

    Attributes:
        date: when it was released, None before.
        text: in Markdown, without the heading.
    """

    version: str
    date: date | None
    text: str


def main() -> int:
    arguments = argparse.ArgumentParser(description="Print what is new in a version.")
    arguments.add_argument("version")
    arguments.add_argument("--unreleased", action="store_true", help="also if the version has no date yet")
    options = arguments.parse_args()
    try:
        section = parse(CHANGELOG.read_text(encoding="utf-8")).get(options.version.removeprefix("v"))
        if section is None:
            raise Malformed(f"{CHANGELOG.name} has no section of {options.version}")
        if section.date is None and not options.unreleased:
            raise Malformed(f"{CHANGELOG.name} does not say when {section.version} was released: give it a date")
    except Malformed as error:
        print(error, file=sys.stderr)
        return 1
    print(section.text)
    return 0


def parse(text: str) -> dict[str, Section]:
    """The sections of a changelog by version, in their order.

    Raises:
        Malformed
    """
    _, *parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    found: dict[str, Section] = {}
    for part in parts:
        heading, _, body = part.partition("\n")
        match = _HEADING.fullmatch(heading)
        if match is None:
            raise Malformed(f"`{heading}` is not of the form `## [VERSION] - DATE`")
        if match["version"] in found:
            raise Malformed(f"{match['version']} has two sections")
        found[match["version"]] = Section(match["version"], _date(match["date"], heading), _body(body, heading))
    dates = [section.date or date.max for section in found.values()]
    if dates != sorted(dates, reverse=True):
        raise Malformed("the newest version must stand first")
    return found


def _date(text: str, heading: str) -> date | None:
    if text == UNRELEASED:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed(f"`{heading}`: `{text}` is neither a date nor `{UNRELEASED}`") from None


def _body(text: str, heading: str) -> str:
    before, *groups = re.split(r"^### (.+)\n", text, flags=re.MULTILINE)
    if before.strip() or not groups:
        raise Malformed(f"`{heading}`: all of it belongs into groups, `### Added`")
    for name, entries in zip(groups[::2], groups[1::2], strict=True):
        if name not in GROUPS:
            raise Malformed(f"`{heading}`: `### {name}` is none of {', '.join(GROUPS)}")
        if not entries.strip().startswith("- "):
            raise Malformed(f"`{heading}`: `### {name}` is not a list")
    return text.strip()


if __name__ == "__main__":
    sys.exit(main())

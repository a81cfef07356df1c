"""docs/soak.md: what the long runs were last run with, and what came of it. Each part writes its own section."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "soak.md"
_HEAD: Final = """# Long runs

`make soak` runs what takes longer than a test may: each part below, by seed, on the real engine, the plugin as a
process and the emulator. `make soak PARTS=pairs PAIRS=1000 SEED=2` runs one of them with figures of its own;
`make test` runs a few rounds of the same. A part that fails says so here, and names what was not as it should be.

The sections are written by the run; do not edit them.
"""


def record(title: str, about: str, figures: Mapping[str, object], page: Path = PAGE) -> None:
    """Replace the section of this title, or add it; the others stay as they are."""
    sections = _sections(page)
    width = max(len(name) for name in figures)
    rows = [f"| {name.ljust(width)} | {value} |" for name, value in figures.items()]
    table = "\n".join([f"| {'what'.ljust(width)} | figure |", f"|{'-' * (width + 2)}|---|", *rows])
    sections[title] = f"## {title}\n\n{about}\n\n{table}\n"
    page.write_text("\n".join([_HEAD, *(sections[name] for name in sorted(sections))]))


def _sections(page: Path) -> dict[str, str]:
    text = page.read_text() if page.exists() else ""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]
    return {part.splitlines()[0][3:]: part.rstrip("\n") + "\n" for part in parts}

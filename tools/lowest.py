"""Prints the lowest versions that provider and emulator say they work with, as constraints for pip.

    python3 tools/lowest.py > constraints.txt

Standard library only. `make lowest` runs the tests with them.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECTS = ("provider/pyproject.toml", "emulator/pyproject.toml")
_DEPENDENCY = re.compile(r'"([A-Za-z0-9-]+)(?:\[[a-z,]+\])?>=([0-9.]+)(?:,<[0-9.]+)?"')


def lowest(project: str) -> dict[str, str]:
    """Each dependency of a project with its lowest version, those of its extras included."""
    said = re.sub(r"requires = .*", "", project)  # what builds the project is not installed with it
    return dict(_DEPENDENCY.findall(said))


def main() -> int:
    found: dict[str, str] = {}
    for name in PROJECTS:
        found |= lowest((ROOT / name).read_text(encoding="utf-8"))
    for dependency, version in found.items():
        print(f"{dependency}=={version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The licence: one text, which every distribution has and every description of a package names."""

from __future__ import annotations

import json
from importlib.metadata import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = "Apache-2.0"


def test_each_distribution_has_the_text_and_names_it() -> None:
    text = (ROOT / "LICENSE").read_bytes()
    assert b"Apache License" in text
    for folder in ("provider", "emulator", "sdk/python"):
        assert (ROOT / folder / "LICENSE").read_bytes() == text
    for name in ("azure-batch-provider", "azure-batch-emulator", "pulumi-azure-batch"):
        assert metadata(name)["License-Expression"] == NAME
    assert json.loads((ROOT / "schema.json").read_text())["license"] == NAME

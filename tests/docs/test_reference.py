"""The pages that `make docs` adds to those that people wrote: a reference of all that the schema has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scripts.site import reference
from scripts.site.__main__ import PAGES, moved

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "schema.json").read_text())
PAGE = reference.pages(SCHEMA)
TOKENS = [*SCHEMA["resources"], *SCHEMA["functions"]]


@pytest.mark.parametrize("token", TOKENS)
def test_each_resource_and_function_has_a_page_with_all_its_properties_and_types(token: str) -> None:
    text = PAGE[f"reference/{token.rsplit(':', 1)[1].lower()}.md"]
    item = SCHEMA["resources"].get(token) or SCHEMA["functions"][token]
    properties = item.get("inputProperties") or item.get("inputs", {}).get("properties", {})
    assert [name for name in properties if f"| `{name}` |" not in text] == []
    linked = set(re.findall(r"\]\(#([^)]+)\)", text))
    headed = {found.lower() for found in re.findall(r"^### (.+)$", text, re.MULTILINE)}
    assert linked <= headed


def test_what_is_required_replaces_or_is_secret_is_said() -> None:
    rows = {row.split("`")[1]: row for row in PAGE["reference/task.md"].splitlines() if row.startswith("| `")}
    assert "**required**" in rows["commandLine"] and "**replaces**" in rows["commandLine"]
    assert "**required**" not in rows["onFailure"] and "**replaces**" not in rows["onFailure"]
    assert "**secret**" in PAGE["reference/provider.md"]


def test_links_lead_to_pages_of_the_site_or_to_files_where_they_are_published(tmp_path: Path) -> None:
    text = moved(Path("README.md"), {**PAGES, Path("docs/pools.md"): "pools.md"}, "https://example.com/project")
    assert "](pools.md)" in text and "](emulator.md)" in text
    assert "](https://example.com/project/blob/main/CHANGELOG.md)" in text
    assert "](docs/" not in text

"""docs/migration.md and docs/surprises.md name what there is: resources, their import ids, properties, functions."""

from __future__ import annotations

import json
import re

import pytest

from tests.docs.commands import ROOT

DOCS = ROOT / "docs"
SCHEMA = (ROOT / "schema.json").read_text()


def test_the_page_has_the_import_id_of_each_resource() -> None:
    table = (DOCS / "migration.md").read_text().split("| Resource | Id |")[1].partition("\n\n")[0]
    named = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.rpartition(" | ")[0])}
    assert named == {token.rsplit(":", 1)[1] for token in json.loads(SCHEMA)["resources"]}


@pytest.mark.parametrize("page", ["migration.md", "surprises.md", "waiting.md"])
def test_every_property_and_function_that_a_page_names_exists(page: str) -> None:
    named = set(re.findall(r"`([a-z]+[A-Z]\w+)(?:`|: )", (DOCS / page).read_text()))
    assert len(named) > 10
    assert named - set(re.findall(r"\w+", SCHEMA)) == set()

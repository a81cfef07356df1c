"""docs/configuration.md says of every property what the provider itself knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from azure_batch_provider.config.settings import PROPERTIES, Property

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"


def row(item: Property) -> str:
    """The line of the table on a property."""
    default = (
        "" if item.default is None else f"`{str(item.default).lower() if item.type == 'boolean' else item.default}`"
    )
    variables = ", ".join(f"`{name}`" for name in item.environment)
    secret = " Secret." if item.secret else ""
    values = f" One of {', '.join(f'`{value}`' for value in item.values)}." if item.values else ""
    return f"| `{item.name}` | {default} | {variables} | {item.description}{values}{secret} |"


@pytest.mark.parametrize("item", PROPERTIES, ids=lambda item: item.name)
def test_the_table_says_what_the_provider_knows(item: Property) -> None:
    assert row(item) in PAGE.read_text().splitlines()


def test_the_table_has_the_properties_in_their_order_and_no_others() -> None:
    found = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
    assert found == [item.name for item in PROPERTIES]

"""docs/authentication.md names what the provider reads, and each way that it shows is the way that is then taken."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.identity._constants import EnvironmentVariables

from azure_batch_provider.config.configuration import Configuration
from azure_batch_provider.config.resolution import Resolution
from azure_batch_provider.config.resolve import configuration
from azure_batch_provider.config.settings import PROPERTIES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "authentication.md").read_text()
VARIABLE = r"\b(?:A[A-Z]*_[A-Z_]+[A-Z])\b"
ENDPOINT = {"AZURE_BATCH_ENDPOINT": "https://acct.westeurope.batch.azure.com"}
WAYS: dict[str, Callable[[Configuration], bool]] = {
    "Account key": lambda found: found.account_key == "a2V5",
    "Azure CLI": lambda found: found.tenant_id == "tenant" and is_default(found),
    "OpenID Connect": lambda found: found.use_oidc and (found.tenant_id, found.client_id) == ("tenant", "application"),
    "Client secret": lambda found: found.client_secret == "secret" and found.client_id == "application",
    "Managed identity": lambda found: found.use_msi and found.client_id == "identity",
}
"""What each section's commands come to."""


def is_default(found: Configuration) -> bool:
    return not (found.account_key or found.client_secret or found.use_oidc or found.use_msi)


class Recorded(dict[str, str]):
    """An environment that knows what it was asked for."""

    asked: set[str]

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def variables_read() -> set[str]:
    """All variables that the provider asks for on one of its ways to sign in, but for those of a rehearsal."""
    Recorded.asked = set()
    tenant = {"ARM_TENANT_ID": "tenant", "ARM_CLIENT_ID": "client"}
    for more in ({}, {"ARM_CLIENT_SECRET": "s"}, {"ARM_USE_OIDC": "true"}, {"ARM_USE_MSI": "true"}):
        Resolution({}, Recorded({**ENDPOINT, **tenant, **more})).configuration()
    return {name for name in Recorded.asked if "REHEARSAL" not in name}


def test_every_variable_that_is_read_is_on_the_page_and_no_other() -> None:
    of_azure_identity = {value for _, value in inspect.getmembers(EnvironmentVariables) if isinstance(value, str)}
    named = set(re.findall(VARIABLE, PAGE))
    assert variables_read() <= named
    assert named <= variables_read() | of_azure_identity


def test_every_setting_on_the_page_exists_and_those_with_variables_are_there() -> None:
    set_there = set(re.findall(r"azure-batch:(\w+)", PAGE))
    assert set_there <= {item.name for item in PROPERTIES}
    assert [item.name for item in PROPERTIES if item.environment and not re.search(rf"\b{item.name}\b", PAGE)] == []


def sections() -> Iterator[tuple[str, str]]:
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        title, _, text = section.partition("\n")
        if title in WAYS:
            yield title, text


@pytest.mark.parametrize(("title", "text"), list(sections()), ids=lambda value: value if value in WAYS else "")
def test_the_commands_of_a_way_choose_it(title: str, text: str) -> None:
    settings = re.findall(r"^pulumi config set (?:--secret )?azure-batch:(\w+) (\S+)$", text, re.MULTILINE)
    exports = re.findall(r"^export (\w+)=(\S+)$", text, re.MULTILINE)
    assert len(settings) == len(exports) > 0
    # What is to be put there: a key is base64, the rest is a word.
    inputs, environment = (
        {name: "a2V5" if value == "KEY" else value.lower() for name, value in pairs} for pairs in (settings, exports)
    )
    environment |= ENDPOINT
    if title == "OpenID Connect":
        environment["ARM_OIDC_TOKEN"] = "token"
    assert WAYS[title](configuration(inputs, {"ARM_OIDC_TOKEN": "token", **ENDPOINT} if inputs else {}))
    assert WAYS[title](configuration({}, environment))


def test_all_ways_are_shown() -> None:
    assert [title for title, _ in sections()] == list(WAYS)

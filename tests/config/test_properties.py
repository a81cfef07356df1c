from __future__ import annotations

import subprocess
import sys

import pytest

from azure_batch_provider.config import settings
from azure_batch_provider.config.resolve import PROPERTIES, Property


@pytest.mark.parametrize("item", PROPERTIES, ids=lambda item: item.name)
def test_each_property_is_described_for_the_schema(item: Property) -> None:
    assert item.type in {"string", "boolean", "integer"}
    assert item.description.endswith(".")
    assert item.default is None or item.parse(item.default) is not None
    assert all(item.parse(value) == value for value in item.values)


def test_configuration_and_models_know_the_same_api_versions() -> None:
    from azure_batch_provider.models import base

    assert tuple(settings.API_VERSIONS) == base.API_VERSIONS


def test_the_secrets_are_marked() -> None:
    assert {item.name for item in PROPERTIES if item.secret} == {"accountKey", "clientSecret", "oidcToken"}


@pytest.mark.parametrize(
    "module",
    ["config.resolve", "http.errors", "http.auth", "batch.client", "http.deadline", "values.endpoint", "http.throttle"],
)
def test_what_the_plugin_needs_at_its_start_loads_nothing_heavy(module: str) -> None:
    program = (
        f"import azure_batch_provider.{module}, sys;"
        "print(*sorted({'requests', 'urllib3', 'pydantic', 'azure.identity', 'azure.core'} & sys.modules.keys()))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert loaded.split() == []

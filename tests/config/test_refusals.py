"""Every reason why a configuration cannot be used says its code."""

from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider.config import refusals
from azure_batch_provider.config.resolve import ConfigurationError, configuration
from azure_batch_provider.values.refusal import Refusal
from azure_batch_provider.values.unknown import UNKNOWN

KEY = {"accountKey": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}
ENDPOINT = {"endpoint": "https://acct.westeurope.batch.azure.com"}
HERE = {"endpoint": "http://127.0.0.1:1"}
APPLICATION = {**ENDPOINT, "tenantId": "t", "clientId": "c"}
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "setting-invalid": {**ENDPOINT, **KEY, "maxConcurrency": 0},
    "setting-not-known": {**ENDPOINT, **KEY, "maxConcurrency": UNKNOWN},
    "setting-name-unknown": {**ENDPOINT, **KEY, "colour": "red"},
    "endpoint-missing": KEY,
    "endpoint-not-https": {**KEY, "endpoint": "http://acct.westeurope.batch.azure.com"},
    "account-name-missing": {**HERE, **KEY},
    "account-key-missing": HERE,
    "key-and-token": {**ENDPOINT, **KEY, "useMsi": True},
    "token-switched-off": {**APPLICATION, "oidcToken": "o", "useOidc": False},
    "several-sign-ins": {**APPLICATION, "clientSecret": "s", "useMsi": True},
    "application-incomplete": {**ENDPOINT, "tenantId": "t", "clientSecret": "s"},
    "id-token-missing": {**APPLICATION, "useOidc": True},
    "not-rehearsed": {**ENDPOINT, **KEY},
    "rehearsal-incomplete": {**ENDPOINT, **KEY},
}
COPY = {f"AZURE_BATCH_REHEARSAL_{part}": "c" for part in ("ENDPOINT", "ACCOUNT", "ACCESS_KEY")}
VARIABLES: dict[str, dict[str, str]] = {
    "not-rehearsed": {**COPY, "AZURE_BATCH_REHEARSAL_OF": "https://other.westeurope.batch.azure.com"},
    "rehearsal-incomplete": {"AZURE_BATCH_REHEARSAL_OF": ENDPOINT["endpoint"]},
}


@pytest.mark.parametrize("code", CONFIGURATIONS)
def test_what_cannot_be_used_says_its_code(code: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        configuration(CONFIGURATIONS[code], VARIABLES.get(code, {}))
    assert len(raised.value.reasons) == 1
    assert str(raised.value).endswith(f" [azure-batch: {code}]")


def test_none_is_forgotten() -> None:
    assert {row.code for row in vars(refusals).values() if isinstance(row, Refusal)} == CONFIGURATIONS.keys()

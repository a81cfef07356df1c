"""What an update of the provider's own configuration means for everything that it manages."""

from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider.config.resolve import differences
from azure_batch_provider.values.unknown import UNKNOWN

ENDPOINT = "https://acct.westeurope.batch.azure.com"
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
OTHER_KEY = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
OLD: dict[str, Any] = {"endpoint": ENDPOINT, "accountKey": KEY}


@pytest.mark.parametrize(
    "spelling",
    [
        {"endpoint": "acct.westeurope.batch.azure.com"},
        {"endpoint": "HTTPS://ACCT.westeurope.batch.azure.com:443/"},
        {"accountName": "acct"},
        {"accountName": "ACCT"},
        {"apiVersion": "2025-06-01"},
        {"requestTimeout": "120"},
        {"requestTimeout": "PT120S"},
        {"maxConcurrency": "32"},
        {"driftDetection": "live"},
        {"sasRenewal": "PT168H"},
        {"useMsi": "false"},
        {"version": "9.9.9"},
        {"tenantId": None},
    ],
)
def test_another_spelling_or_a_default_written_out_is_no_difference(spelling: dict[str, Any]) -> None:
    assert differences(OLD, {**OLD, **spelling}) == {}
    assert differences({**OLD, **spelling}, OLD) == {}


@pytest.mark.parametrize(
    "endpoint",
    ["https://other.westeurope.batch.azure.com", "https://acct.northeurope.batch.azure.com", "http://127.0.0.1:1"],
)
def test_another_endpoint_replaces(endpoint: str) -> None:
    assert differences(OLD, {**OLD, "endpoint": endpoint}) == {"endpoint": "replace"}


def test_another_account_behind_the_same_endpoint_replaces() -> None:
    old = {"endpoint": "http://127.0.0.1:1", "accountName": "one"}
    assert differences(old, {**old, "accountName": "two"}) == {"accountName": "replace"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accountKey", OTHER_KEY),
        ("tenantId", "t"),
        ("clientId", "c"),
        ("clientSecret", "s"),
        ("useMsi", "true"),
        ("useOidc", True),
        ("oidcToken", "o"),
        ("cloud", "china"),
        ("apiVersion", "2024-07-01.20.0"),
        ("requestTimeout", "60"),
        ("maxConcurrency", "4"),
        ("driftDetection", "refresh"),
        ("sasRenewal", "P1D"),
    ],
)
def test_everything_else_updates_and_never_replaces(name: str, value: Any) -> None:
    assert differences(OLD, {**OLD, name: value}) == {name: "update"}
    assert differences({**OLD, name: value}, OLD) == {name: "update"}


def test_another_way_to_sign_in_updates() -> None:
    assert differences(OLD, {"endpoint": ENDPOINT, "useMsi": True}) == {"accountKey": "update", "useMsi": "update"}


def test_a_value_that_is_not_known_yet_is_no_sign_of_another_account() -> None:
    assert differences(OLD, {**OLD, "endpoint": UNKNOWN}) == {"endpoint": "update"}
    assert differences(OLD, {**OLD, "accountKey": UNKNOWN}) == {"accountKey": "update"}


def test_an_endpoint_that_was_never_recorded_is_no_sign_of_another_account() -> None:
    assert differences({"accountKey": KEY}, OLD) == {"endpoint": "update"}


def test_a_recorded_value_that_would_not_be_accepted_today_can_be_corrected() -> None:
    assert differences({**OLD, "apiVersion": "2019-01-01"}, OLD) == {"apiVersion": "update"}

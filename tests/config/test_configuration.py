"""The configuration that holds: explicit values, environment, defaults."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from azure_batch_provider.config.resolve import PROPERTIES, Configuration, configuration

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
OTHER_KEY = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
ENDPOINT = "https://acct.westeurope.batch.azure.com"
APPLICATION = {"ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c", "ARM_CLIENT_SECRET": "s"}


def test_what_is_left_out_has_its_default() -> None:
    assert configuration({"endpoint": ENDPOINT, "accountKey": KEY}, {}) == Configuration(
        endpoint=ENDPOINT,
        account_name="acct",
        account_key=KEY,
        cloud="public",
        api_version="2025-06-01",
        request_timeout=120.0,
        max_concurrency=32,
        drift_detection="live",
        sas_renewal=604800.0,
    )


def test_the_defaults_of_the_schema_are_the_ones_that_hold() -> None:
    schema = {item.name: item.default for item in PROPERTIES if item.default is not None}
    assert configuration({"endpoint": ENDPOINT, "accountKey": KEY, **schema}, {}) == configuration(
        {"endpoint": ENDPOINT, "accountKey": KEY}, {}
    )


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("requestTimeout", "30", "request_timeout", 30.0),
        ("requestTimeout", 30, "request_timeout", 30.0),
        ("requestTimeout", 2.5, "request_timeout", 2.5),
        ("requestTimeout", "PT1M30S", "request_timeout", 90.0),
        ("requestTimeout", "3600", "request_timeout", 3600.0),
        ("maxConcurrency", "8", "max_concurrency", 8),
        ("maxConcurrency", 8.0, "max_concurrency", 8),
        ("sasRenewal", "P1D", "sas_renewal", 86400.0),
        ("sasRenewal", "PT0S", "sas_renewal", 0.0),
        ("sasRenewal", "3600", "sas_renewal", 3600.0),
        ("driftDetection", "refresh", "drift_detection", "refresh"),
        ("apiVersion", "2024-07-01.20.0", "api_version", "2024-07-01.20.0"),
        ("cloud", "AzureChinaCloud", "cloud", "china"),
        ("cloud", "usgov", "cloud", "usgovernment"),
        ("endpoint", "ACCT.westeurope.batch.azure.com/", "endpoint", ENDPOINT),
        ("accountName", "other", "account_name", "other"),
    ],
)
def test_values_are_accepted_as_text_and_as_themselves(name: str, value: Any, field: str, expected: Any) -> None:
    assert getattr(configuration({"endpoint": ENDPOINT, "accountKey": KEY, name: value}, {}), field) == expected


def test_everything_about_the_account_can_come_from_the_environment() -> None:
    found = configuration(
        {},
        {
            "AZURE_BATCH_ENDPOINT": "http://127.0.0.1:10100",
            "AZURE_BATCH_ACCOUNT": "batchdev",
            "AZURE_BATCH_ACCESS_KEY": KEY,
        },
    )
    assert (found.endpoint, found.account_name, found.account_key) == ("http://127.0.0.1:10100", "batchdev", KEY)


def test_an_explicit_key_beats_all_credentials_of_the_environment() -> None:
    environ = {**APPLICATION, "AZURE_BATCH_ACCESS_KEY": OTHER_KEY, "ARM_USE_MSI": "true"}
    found = configuration({"endpoint": ENDPOINT, "accountKey": KEY}, environ)
    assert found == configuration({"endpoint": ENDPOINT, "accountKey": KEY}, {})


def test_explicit_entra_settings_beat_a_key_of_the_environment() -> None:
    explicit = {"endpoint": ENDPOINT, "tenantId": "t", "clientId": "c", "clientSecret": "s"}
    found = configuration(explicit, {"AZURE_BATCH_ACCESS_KEY": KEY})
    assert (found.account_key, found.tenant_id, found.client_id, found.client_secret) == (None, "t", "c", "s")


def test_a_tenant_alone_is_an_entra_setting_and_the_environment_completes_it() -> None:
    found = configuration({"endpoint": ENDPOINT, "tenantId": "mine"}, {**APPLICATION, "AZURE_BATCH_ACCESS_KEY": KEY})
    assert (found.account_key, found.tenant_id, found.client_id, found.client_secret) == (None, "mine", "c", "s")


def test_a_key_of_the_environment_beats_the_environments_application() -> None:
    found = configuration({"endpoint": ENDPOINT}, {**APPLICATION, "AZURE_BATCH_ACCESS_KEY": KEY})
    assert (found.account_key, found.client_secret, found.tenant_id) == (KEY, None, None)


def test_an_explicit_way_to_sign_in_beats_another_one_of_the_environment() -> None:
    environ = {**APPLICATION, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "o"}
    identity = configuration({"endpoint": ENDPOINT, "useMsi": "true"}, environ)
    assert (identity.use_msi, identity.use_oidc, identity.client_secret, identity.client_id) == (True, False, None, "c")
    exchange = configuration({"endpoint": ENDPOINT, "useOidc": True}, environ)
    assert (exchange.use_oidc, exchange.oidc_token, exchange.client_secret) == (True, "o", None)


def test_a_way_that_is_switched_off_is_not_switched_on_by_the_environment() -> None:
    environ = {"ARM_USE_MSI": "true", "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "o"}
    found = configuration({"endpoint": ENDPOINT, "useMsi": False, "useOidc": False}, environ)
    assert (found.use_msi, found.use_oidc, found.oidc_token) == (False, False, None)


@pytest.mark.parametrize(
    ("environ", "field"),
    [
        ({**APPLICATION, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "o", "ARM_USE_MSI": "true"}, "client_secret"),
        (
            {
                "ARM_TENANT_ID": "t",
                "ARM_CLIENT_ID": "c",
                "ARM_USE_OIDC": "true",
                "ARM_OIDC_TOKEN": "o",
                "ARM_USE_MSI": "true",
            },
            "use_oidc",
        ),
        ({"ARM_USE_MSI": "TRUE"}, "use_msi"),
        ({"ARM_OIDC_TOKEN": "o", "ARM_USE_OIDC": "false"}, ""),
        ({}, ""),
    ],
)
def test_the_environment_names_one_way_to_sign_in(environ: dict[str, str], field: str) -> None:
    found = configuration({"endpoint": ENDPOINT}, environ)
    ways = {name for name in ("client_secret", "use_oidc", "use_msi") if getattr(found, name)}
    assert ways == ({field} if field else set())
    assert found.account_key is None


def test_a_token_implies_openid_connect() -> None:
    found = configuration({"endpoint": ENDPOINT, "tenantId": "t", "clientId": "c", "oidcToken": "o"}, {})
    assert (found.use_oidc, found.oidc_token) == (True, "o")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"ARM_OIDC_TOKEN_FILE_PATH": "/f"}, ("/f", None, None)),
        (
            {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://u", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "r"},
            (None, "https://u", "r"),
        ),
        ({"ARM_OIDC_REQUEST_URL": "https://u", "ARM_OIDC_REQUEST_TOKEN": "r"}, (None, "https://u", "r")),
    ],
)
def test_the_token_to_exchange_is_found_where_ci_systems_put_it(
    environ: dict[str, str], expected: tuple[str | None, ...]
) -> None:
    found = configuration({"endpoint": ENDPOINT, "tenantId": "t", "clientId": "c", "useOidc": True}, environ)
    assert (found.oidc_token_file, found.oidc_request_url, found.oidc_request_token) == expected


@pytest.mark.parametrize(
    ("inputs", "environ", "expected"),
    [
        ({"endpoint": ENDPOINT}, {}, "acct"),
        ({"endpoint": ENDPOINT, "accountName": "mine"}, {"AZURE_BATCH_ACCOUNT": "other"}, "mine"),
        # An Azure host tells its account; the variable may belong to another endpoint.
        ({"endpoint": ENDPOINT}, {"AZURE_BATCH_ACCOUNT": "other"}, "acct"),
        ({}, {"AZURE_BATCH_ENDPOINT": ENDPOINT, "AZURE_BATCH_ACCOUNT": "other"}, "other"),
        ({"endpoint": "https://batch.corp.example"}, {"AZURE_BATCH_ACCOUNT": "other"}, "other"),
        ({"endpoint": "https://batch.corp.example"}, {}, "batch"),
        ({"endpoint": "http://127.0.0.1:1"}, {"AZURE_BATCH_ACCOUNT": "other"}, "other"),
    ],
)
def test_the_account_name_comes_from_whoever_knows_it_best(
    inputs: dict[str, str], environ: dict[str, str], expected: str
) -> None:
    assert configuration({**inputs, "accountKey": KEY}, environ).account_name == expected


def test_a_token_needs_no_account_name() -> None:
    assert configuration({"endpoint": "https://127.0.0.1:1", "useMsi": True}, {}).account_name == ""


@pytest.mark.parametrize(
    ("inputs", "environ", "expected"),
    [
        ({"endpoint": ENDPOINT}, {}, "public"),
        ({"endpoint": "a.x.batch.chinacloudapi.cn"}, {}, "china"),
        ({"endpoint": "a.x.batch.usgovcloudapi.net"}, {}, "usgovernment"),
        ({"endpoint": ENDPOINT}, {"ARM_ENVIRONMENT": "usgovernment"}, "usgovernment"),
        ({"endpoint": ENDPOINT}, {"AZURE_ENVIRONMENT": "AzureChinaCloud"}, "china"),
        ({"endpoint": ENDPOINT, "cloud": "public"}, {"ARM_ENVIRONMENT": "china"}, "public"),
    ],
)
def test_the_cloud_is_explicit_or_of_the_environment_or_of_the_endpoint(
    inputs: dict[str, str], environ: dict[str, str], expected: str
) -> None:
    assert configuration({**inputs, "useMsi": True}, environ).cloud == expected


def test_a_cloud_of_the_environment_that_nobody_knows_does_not_disturb_an_account_key() -> None:
    assert configuration({"endpoint": ENDPOINT, "accountKey": KEY}, {"ARM_ENVIRONMENT": "moon"}).cloud == "public"


def test_no_secret_is_in_the_text_of_a_configuration() -> None:
    shown = repr(
        Configuration(
            "e", "a", account_key="s3cret", client_secret="s3cret", oidc_token="s3cret", oidc_request_token="s3cret"
        )
    )
    assert "s3cret" not in shown


@pytest.mark.parametrize("value", ["P10675199D", "P999999D", 1e300, "99999999999999"])
def test_a_renewal_before_any_end_is_within_the_calendar(value: Any) -> None:
    given = {"endpoint": "http://127.0.0.1:1", "accountName": "a", "accountKey": "a2V5", "sasRenewal": value}
    renewal = configuration(given, {}).sas_renewal
    assert datetime.now(timezone.utc) + timedelta(seconds=renewal) > datetime(2100, 1, 1, tzinfo=timezone.utc)

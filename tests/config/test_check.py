"""What the configuration accepts, what it refuses and how it says so."""

from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider.config.resolve import PROPERTIES, ConfigurationError, check, configuration
from azure_batch_provider.values.unknown import UNKNOWN

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
ENDPOINT = "https://acct.westeurope.batch.azure.com"
GOOD: dict[str, Any] = {"endpoint": ENDPOINT, "accountKey": KEY}


def failures(inputs: dict[str, Any], environ: dict[str, str] | None = None) -> list[tuple[str, str]]:
    """Each failure as the property that it names first, and the whole reason."""
    return [(reason.split(" ", 1)[0], reason) for reason in check(inputs, environ or {})[1]]


def test_a_sound_configuration_is_returned_as_it_was_written() -> None:
    inputs = {**GOOD, "requestTimeout": "60", "maxConcurrency": "8", "useMsi": "false", "version": "0.1.0"}
    assert check(inputs, {}) == (inputs, [])


def test_a_missing_endpoint_names_the_property_and_the_variable() -> None:
    ((path, reason),) = failures({"accountKey": KEY})
    assert path == "endpoint"
    assert "is missing" in reason
    assert "AZURE_BATCH_ENDPOINT" in reason


@pytest.mark.parametrize(
    ("given", "command"),
    [
        ({"accountKey": KEY}, "`pulumi config set azure-batch:endpoint https://ACCOUNT.REGION.batch.azure.com`"),
        ({"endpoint": "http://127.0.0.1:1", "accountKey": KEY}, "`pulumi config set azure-batch:accountName VALUE`"),
        ({"endpoint": "http://127.0.0.1:1"}, "`pulumi config set --secret azure-batch:accountKey VALUE`"),
        (
            {"endpoint": ENDPOINT, "clientId": "c", "clientSecret": "s"},
            "`pulumi config set azure-batch:tenantId VALUE`",
        ),
        ({"endpoint": ENDPOINT, "clientSecret": "s"}, "`pulumi config set azure-batch:clientId VALUE`"),
        (
            {"endpoint": ENDPOINT, "tenantId": "contoso.example", "clientId": "c", "useOidc": True},
            "`pulumi config set --secret azure-batch:oidcToken VALUE`",
        ),
    ],
)
def test_what_is_missing_names_the_command_that_sets_it(given: dict[str, Any], command: str) -> None:
    assert any(command in reason for _, reason in failures(given))


@pytest.mark.parametrize("missing", [{"endpoint": None}, {"endpoint": ""}, {"endpoint": "  "}])
def test_an_empty_endpoint_is_refused(missing: dict[str, Any]) -> None:
    ((path, _),) = failures({"accountKey": KEY, **missing})
    assert path == "endpoint"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("endpoint", "https://acct.x.batch.azure.com/jobs", "without a path or query"),
        ("endpoint", 5, "must be text"),
        ("endpoint", "http://acct.x.batch.azure.com", "must be https"),
        ("accountName", "", "must not be empty"),
        ("cloud", 5, "must be text"),
        ("cloud", "germany", "must be public, usgovernment or china"),
        ("apiVersion", "2019-01-01", "must be 2025-06-01 or 2024-07-01.20.0"),
        ("requestTimeout", "0", "must be seconds between 1 and 3600, or an ISO 8601 duration such as PT2M"),
        ("requestTimeout", 3601, "must be seconds between 1 and 3600"),
        ("requestTimeout", "PT2H", "must be seconds between 1 and 3600"),
        ("requestTimeout", "soon", "must be seconds between 1 and 3600"),
        ("requestTimeout", True, "must be seconds between 1 and 3600"),
        ("requestTimeout", "nan", "must be seconds between 1 and 3600"),
        ("requestTimeout", float("nan"), "must be seconds between 1 and 3600"),
        ("requestTimeout", [30], "must be seconds between 1 and 3600"),
        ("maxConcurrency", "0", "must be a whole number between 1 and 256"),
        ("maxConcurrency", "2.5", "must be a whole number between 1 and 256"),
        ("maxConcurrency", 257, "must be a whole number between 1 and 256"),
        ("maxConcurrency", "many", "must be a whole number between 1 and 256"),
        ("maxConcurrency", float("inf"), "must be a whole number between 1 and 256"),
        ("driftDetection", "always", "must be live or refresh"),
        ("sasRenewal", "a week", "must be an ISO 8601 duration such as P7D"),
        ("sasRenewal", "-P1D", "must be an ISO 8601 duration such as P7D"),
        ("sasRenewal", -1, "must be an ISO 8601 duration such as P7D"),
        ("useMsi", "maybe", "must be true or false"),
        ("useOidc", 1, "must be true or false"),
    ],
)
def test_a_wrong_value_is_refused_at_its_property(name: str, value: Any, reason: str) -> None:
    found = failures({**GOOD, name: value})
    assert [path for path, _ in found] == [name]
    assert found[0][1].startswith(f"{name} ")
    assert reason in found[0][1]


def test_all_failures_are_reported_at_once() -> None:
    found = failures({"endpoint": "ftp://x", "accountKey": "?", "cloud": "x", "maxConcurrency": 0, "nonsense": 1})
    assert sorted(path for path, _ in found) == ["accountKey", "cloud", "endpoint", "maxConcurrency", "nonsense"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("acountKey", "accountKey"),
        ("account_key", "accountKey"),
        ("endpont", "endpoint"),
        ("AccountName", "accountName"),
        ("useMSI", "useMsi"),
        ("api-version", "apiVersion"),
        ("maxConcurency", "maxConcurrency"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(name: str, near: str) -> None:
    ((_, reason),) = failures({**GOOD, name: "s3cret"})
    told = f"{name} is not a configuration property of azure-batch; did you mean {near}"
    assert reason == f"{told} [azure-batch: setting-name-unknown]"


def test_a_name_like_no_other_gets_the_list() -> None:
    ((_, reason),) = failures({**GOOD, "zzz": 1})
    assert all(item.name in reason for item in PROPERTIES)


@pytest.mark.parametrize("name", ["version", "pluginDownloadURL", "__internal"])
def test_what_the_engine_adds_is_none_of_our_business(name: str) -> None:
    assert failures({**GOOD, name: "x"}) == []


def test_the_account_key_must_be_base64_and_is_not_shown() -> None:
    ((_, reason),) = failures({"endpoint": ENDPOINT, "accountKey": "my-secret-key"})
    assert reason.startswith("accountKey is not base64 text")
    assert "my-secret-key" not in reason


def test_a_key_from_the_environment_must_be_base64_too() -> None:
    ((_, reason),) = failures({"endpoint": ENDPOINT}, {"AZURE_BATCH_ACCESS_KEY": "my-secret-key"})
    assert "AZURE_BATCH_ACCESS_KEY" in reason
    assert "my-secret-key" not in reason


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:10100", "http://localhost", "http://[::1]:5"])
def test_plain_http_without_a_key_says_that_the_key_is_missing(endpoint: str) -> None:
    ((_, reason),) = failures({"endpoint": endpoint})
    assert reason.startswith("accountKey is missing: over plain http no token of Entra is sent")
    assert "AZURE_BATCH_ACCESS_KEY" in reason


def test_plain_http_with_entra_settings_is_refused_too() -> None:
    assert "accountKey is missing" in str(failures({"endpoint": "http://127.0.0.1", "useMsi": True}))


def test_a_key_needs_an_account_name_that_the_endpoint_may_not_tell() -> None:
    ((path, reason),) = failures({"endpoint": "http://127.0.0.1:10100", "accountKey": KEY})
    assert path == "accountName"
    assert "AZURE_BATCH_ACCOUNT" in reason


@pytest.mark.parametrize(
    "entra",
    [
        {"tenantId": "t"},
        {"clientId": "c"},
        {"clientSecret": "s"},
        {"useMsi": "true"},
        {"useOidc": True},
        {"oidcToken": "o"},
    ],
)
def test_a_key_and_entra_settings_contradict_each_other(entra: dict[str, Any]) -> None:
    found = failures({**GOOD, **entra})
    assert f"accountKey and {next(iter(entra))} contradict each other" in found[0][1]


def test_a_key_and_entra_settings_that_are_switched_off_get_along() -> None:
    assert failures({**GOOD, "useMsi": False, "useOidc": "false"}) == []


@pytest.mark.parametrize(
    "both",
    [
        {"clientSecret": "s", "useMsi": True},
        {"clientSecret": "s", "useOidc": True},
        {"useOidc": True, "oidcToken": "o", "useMsi": True},
        {"oidcToken": "o", "useOidc": False},
    ],
)
def test_two_ways_to_sign_in_contradict_each_other(both: dict[str, Any]) -> None:
    found = failures({"endpoint": ENDPOINT, "tenantId": "t", "clientId": "c", "oidcToken": "o", **both})
    assert any("contradict" in reason or "remove one of them" in reason for _, reason in found)


@pytest.mark.parametrize("way", [{"clientSecret": "s"}, {"oidcToken": "o"}])
def test_an_application_needs_tenant_and_client(way: dict[str, Any]) -> None:
    found = failures({"endpoint": ENDPOINT, **way})
    assert [path for path, _ in found] == ["tenantId", "clientId"]
    assert "ARM_TENANT_ID" in found[0][1]
    assert failures({"endpoint": ENDPOINT, **way}, {"ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c"}) == []


def test_openid_connect_needs_a_token_from_somewhere() -> None:
    inputs = {"endpoint": ENDPOINT, "tenantId": "t", "clientId": "c", "useOidc": True}
    ((path, reason),) = failures(inputs)
    assert path == "useOidc"
    assert "ARM_OIDC_TOKEN" in reason
    for environ in (
        {"ARM_OIDC_TOKEN": "o"},
        {"ARM_OIDC_TOKEN_FILE_PATH": "/file"},
        {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "r"},
        {"ARM_OIDC_REQUEST_URL": "https://x", "ARM_OIDC_REQUEST_TOKEN": "r"},
    ):
        assert failures(inputs, environ) == []


@pytest.mark.parametrize("name", [item.name for item in PROPERTIES])
def test_an_unknown_value_fails_nothing(name: str) -> None:
    inputs: dict[str, Any] = {"endpoint": "http://127.0.0.1:1", "accountName": "a", "accountKey": KEY}
    if name in {"tenantId", "clientId", "clientSecret", "useMsi", "useOidc", "oidcToken"}:
        inputs = {"endpoint": ENDPOINT, "tenantId": "t", "clientId": "c"}
    inputs[name] = UNKNOWN
    checked, found = check(inputs, {"ARM_OIDC_TOKEN": "o"})
    assert found == []
    assert checked[name] is UNKNOWN
    assert failures({"endpoint": ENDPOINT, "accountKey": KEY, name: UNKNOWN}) == []


@pytest.mark.parametrize("name", [item.name for item in PROPERTIES])
def test_a_provider_is_not_configured_with_what_is_not_known(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} is not known yet"):
        configuration({**GOOD, name: UNKNOWN}, {})


def test_what_the_environment_says_about_the_account_is_recorded_and_the_key_never_is() -> None:
    environ = {
        "AZURE_BATCH_ENDPOINT": "HTTP://127.0.0.1:10100/",
        "AZURE_BATCH_ACCOUNT": "a",
        "AZURE_BATCH_ACCESS_KEY": KEY,
    }
    assert check({}, environ) == ({"endpoint": "http://127.0.0.1:10100", "accountName": "a"}, [])


def test_where_an_account_is_managed_is_recorded_unless_a_key_signs() -> None:
    id = (
        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/G/providers/Microsoft.Batch/batchAccounts/a"
    )
    managed = {"accountResourceId": id, "resourceManagerEndpoint": "https://127.0.0.1:10101"}
    environ = {
        "AZURE_BATCH_ENDPOINT": ENDPOINT,
        "AZURE_BATCH_ACCOUNT_RESOURCE_ID": id,
        "AZURE_RESOURCE_MANAGER_ENDPOINT": "https://127.0.0.1:10101",
    }
    assert check({"useMsi": True}, environ) == ({"useMsi": True, "endpoint": ENDPOINT, **managed}, [])
    given = {"useMsi": True, "endpoint": ENDPOINT, "accountResourceId": id.replace("/a", "/b")}
    assert check(given, environ)[0]["accountResourceId"] == given["accountResourceId"]
    keyed = {"endpoint": ENDPOINT, "accountKey": KEY}
    assert check(keyed, environ) == (keyed, [])


def test_an_entra_identity_of_the_environment_is_not_recorded() -> None:
    environ = {"AZURE_BATCH_ENDPOINT": ENDPOINT, "ARM_TENANT_ID": "t", "ARM_CLIENT_ID": "c", "ARM_CLIENT_SECRET": "s"}
    assert check({}, environ) == ({"endpoint": ENDPOINT}, [])


def test_explicit_values_are_recorded_instead_of_the_environments() -> None:
    environ = {"AZURE_BATCH_ENDPOINT": "https://other.x.batch.azure.com", "AZURE_BATCH_ACCOUNT": "other"}
    assert check(GOOD, environ) == (GOOD, [])


def test_a_wrong_endpoint_of_the_environment_names_the_variable() -> None:
    checked, (reason,) = check({"accountKey": KEY}, {"AZURE_BATCH_ENDPOINT": "ftp://x"})
    assert reason.startswith("endpoint (from AZURE_BATCH_ENDPOINT)")
    assert "endpoint" not in checked


@pytest.mark.parametrize("tenant", ["not a tenant", "a/b", "../x", "t?x", "t#"])
def test_a_tenant_is_an_id_or_a_domain(tenant: str) -> None:
    application = {"endpoint": ENDPOINT, "clientId": "c", "clientSecret": "s"}
    assert "tenantId must be the tenant's id" in str(failures({**application, "tenantId": tenant}))
    assert "tenantId (from ARM_TENANT_ID) must be" in str(failures(application, {"ARM_TENANT_ID": tenant}))


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert "is missing" in str(failures({"accountKey": KEY}, {"AZURE_BATCH_ENDPOINT": " "}))


def test_an_error_of_the_configuration_has_all_reasons_in_one_line() -> None:
    with pytest.raises(ConfigurationError) as raised:
        configuration({"accountKey": "?", "cloud": "x"}, {})
    text = str(raised.value)
    assert "endpoint is missing" in text
    assert "accountKey is not base64" in text
    assert "cloud must be" in text
    assert "\n" not in text
    assert len(raised.value.reasons) == 3

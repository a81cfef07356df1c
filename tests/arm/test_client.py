"""The client of Azure Resource Manager: where it sends to in each cloud, and what becomes of what goes wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from azure.core.exceptions import AzureError, ClientAuthenticationError, ServiceRequestError, ServiceResponseError

from azure_batch_provider.arm.client import ArmClient, is_installed
from azure_batch_provider.arm.foreign import from_core
from azure_batch_provider.config.configuration import Configuration
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import AuthenticationError, Cancelled, TimedOut, TransportError
from azure_batch_provider.values.account_ids import AccountId, parse_account_id
from tests.http.manual_time import ManualTime
from tests.http.scripted_service import Answer, ScriptedService

ACCOUNT = AccountId("00000000-0000-0000-0000-000000000000", "group", "account")
APPLICATION = Configuration(
    "https://account.region.batch.azure.com", "account", tenant_id="t", client_id="c", client_secret="the secret"
)


def client(configuration: Configuration = APPLICATION) -> ArmClient:
    return ArmClient(configuration, ACCOUNT, lambda text: None)


@pytest.mark.parametrize(
    ("cloud", "endpoint", "scope"),
    [
        ("public", "https://management.azure.com", "https://management.azure.com/.default"),
        (
            "usgovernment",
            "https://management.usgovcloudapi.net",
            "https://management.core.usgovcloudapi.net/.default",
        ),
        ("china", "https://management.chinacloudapi.cn", "https://management.chinacloudapi.cn/.default"),
    ],
)
def test_each_cloud_has_a_manager_of_its_own(cloud: str, endpoint: str, scope: str) -> None:
    made: Any = client(replace(APPLICATION, cloud=cloud))._client._config
    assert (made.base_url, made.credential_scopes) == (endpoint, [scope])
    own: Any = client(replace(APPLICATION, cloud=cloud, manager="https://manager.example"))._client._config
    assert (own.base_url, own.credential_scopes) == ("https://manager.example", [scope])


def test_a_key_is_refused_and_the_libraries_are_there() -> None:
    assert is_installed()
    with pytest.raises(AuthenticationError, match="takes no account key"):
        client(Configuration("https://account.region.batch.azure.com", "account", account_key="a2V5"))


def test_who_gets_no_token_is_told_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedService(Answer(400, {"message": "no identity"})) as msi:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{msi.endpoint}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "proof")
        managed = Configuration("https://account.region.batch.azure.com", "account", use_msi=True)
        with pytest.raises(AuthenticationError, match="The managed identity gave no token"):
            client(replace(managed, manager="https://127.0.0.1:1")).application("tools")


def test_whoever_waits_no_longer_and_has_no_time_is_noticed_before_a_request() -> None:
    with pytest.raises(Cancelled):
        client().application("tools", Deadline(alive=lambda: False))
    time = ManualTime()
    over = Deadline(1, clock=time.clock, sleep=time.sleep)
    time.sleep(2)
    with pytest.raises(TimedOut):
        client().application("tools", over)


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (ServiceRequestError("no connection"), False),
        (ServiceResponseError("the connection broke"), True),
        (AzureError("whatever?sv=1&sig=c2VjcmV0"), True),
    ],
)
def test_what_got_no_answer_says_whether_it_was_sent(error: AzureError, sent: bool) -> None:
    found = from_core(error, method="PUT", path="/p", what="It", advice="Do this.")
    assert isinstance(found, TransportError)
    assert found.sent is sent
    assert "c2VjcmV0" not in str(found)


def test_a_credential_that_fails_is_no_answer_of_the_service() -> None:
    found = from_core(ClientAuthenticationError("no luck"), method="PUT", path="/p", what="It", advice="Do this.")
    assert isinstance(found, AuthenticationError)
    assert str(found) == "It gave no token: no luck. Do this."


@pytest.mark.parametrize(
    "text",
    [
        "/subscriptions/00000000-0000-0000-0000-00000000000A/resourceGroups/My.Group_1/providers/Microsoft.Batch/batchAccounts/Acct",
        "/subscriptions/00000000-0000-0000-0000-00000000000a/resourcegroups/My.Group_1/providers/microsoft.batch/batchaccounts/acct/",
    ],
)
def test_the_id_of_an_account_is_read_in_any_case(text: str) -> None:
    assert parse_account_id(text) == ("00000000-0000-0000-0000-00000000000a", "My.Group_1", "acct")


@pytest.mark.parametrize(
    "text",
    [
        "acct",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Batch/batchAccounts/a",
        "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
        "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Batch/batchAccounts/a/pools/p",
    ],
)
def test_what_is_no_id_of_an_account_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be the account's id") as caught:
        parse_account_id(text)
    assert text not in str(caught.value)

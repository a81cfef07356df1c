"""Tokens of Microsoft Entra, made by the tests' own key and checked by the emulator over TLS."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from azure_batch_provider.batch import operations
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.config.resolve import Configuration, configuration
from azure_batch_provider.http.auth import Auth, Bearer
from azure_batch_provider.http.errors import AuthenticationError, ServiceError, TransportError
from azure_batch_provider.sign_in.clouds import AUTHORITIES, SCOPES, WHAT_TO_SET
from azure_batch_provider.sign_in.credentials import credentials
from azure_batch_provider.sign_in.identity import identity
from azure_batch_provider.sign_in.shared_key import SharedKey
from tests.emulator_process import EmulatorProcess
from tests.http.conftest import KEY, Connect
from tests.http.manual_time import ManualTime
from tests.http.scripted_service import Answer, ScriptedService
from tests.sign_in.certificate import Certificate, TokenIssuer

ENDPOINT = "https://acct.westeurope.batch.azure.com"
APPLICATION: dict[str, Any] = {"tenantId": "contoso", "clientId": "the-client"}


@pytest.fixture(autouse=True)
def no_other_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a test says: no sign-in of this machine, and nothing that needs a network."""
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "IDENTITY_ENDPOINT", "MSI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> TokenIssuer:
    return TokenIssuer(tmp_path_factory.mktemp("issuer"))


@pytest.fixture(scope="module")
def secured(certificate: Certificate, issuer: TokenIssuer) -> Iterator[EmulatorProcess]:
    """The emulator with TLS, and with the issuer's key to check tokens."""
    paths = ("--cert", certificate.certificate, "--key", certificate.key, "--token-key", issuer.public_key)
    with EmulatorProcess(*map(str, paths), verify=str(certificate.certificate)) as process:
        yield process


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch, certificate: Certificate) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.certificate))


class Known:
    """A credential in the form that azure-identity gives them, which counts how often it is asked."""

    def __init__(self, token: str, expires_on: float = 4102444800) -> None:
        self._token = token
        self._expires_on = int(expires_on)
        self.asked: list[tuple[str, ...]] = []

    def get_token(self, *scopes: str, **options: Any) -> Any:
        from azure.core.credentials import AccessToken

        self.asked.append(scopes)
        return AccessToken(self._token, self._expires_on)


def identity_endpoint(token: str) -> Answer:
    """What the managed identity endpoint of an App Service answers."""
    return Answer(200, {"access_token": token, "expires_on": str(int(time.time()) + 3600), "token_type": "Bearer"})


def managed_identity(monkeypatch: pytest.MonkeyPatch, service: ScriptedService) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{service.endpoint}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "proof")


def sign(auth: Auth) -> str:
    import requests

    request = requests.Request("GET", ENDPOINT).prepare()
    auth.sign(request)
    return str(request.headers["Authorization"])


@pytest.mark.usefixtures("trust")
def test_a_token_lets_in_over_tls(secured: EmulatorProcess, issuer: TokenIssuer, connect: Connect) -> None:
    client = BatchClient(connect(secured.endpoint, Bearer(Known(issuer.token()), SCOPES["public"])))
    assert list(client.list_all(operations.LIST_JOBS)) == []


@pytest.mark.usefixtures("trust")
@pytest.mark.parametrize(
    "claims",
    [{"audience": "https://management.azure.com/"}, {"audience": "https://batch.core.windows.net"}, {"seconds": -60}],
)
def test_a_token_that_is_expired_or_for_somebody_else_is_refused(
    secured: EmulatorProcess, issuer: TokenIssuer, connect: Connect, claims: dict[str, Any]
) -> None:
    token = issuer.token(**claims)
    with pytest.raises(ServiceError) as raised:
        client = BatchClient(connect(secured.endpoint, Bearer(Known(token), SCOPES["public"])))
        list(client.list_all(operations.LIST_JOBS))
    assert raised.value.credentials_refused
    assert token not in str(raised.value)


@pytest.mark.usefixtures("trust")
def test_a_key_lets_in_over_tls_as_well(secured: EmulatorProcess, connect: Connect) -> None:
    client = BatchClient(connect(secured.endpoint, SharedKey(secured.account, secured.key)))
    assert list(client.list_all(operations.LIST_JOBS)) == []


def test_a_certificate_that_is_not_trusted_is_named_and_nothing_is_tried_again(
    secured: EmulatorProcess, connect: Connect, manual_time: ManualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with pytest.raises(TransportError, match="certificate is not trusted; REQUESTS_CA_BUNDLE") as raised:
        connect(secured.endpoint, SharedKey(secured.account, secured.key)).request("GET", "/jobs")
    assert not raised.value.sent
    assert manual_time.passed == 0


def test_a_bundle_of_certificates_that_is_not_there_is_named(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with pytest.raises(TransportError, match=r"REQUESTS_CA_BUNDLE .*none\.pem, which is not there") as raised:
        connect(ENDPOINT)
    assert not raised.value.sent


def test_an_endpoint_that_speaks_no_tls_is_named(connect: Connect) -> None:
    with ScriptedService() as service:
        with pytest.raises(TransportError, match="does the endpoint speak https"):
            connect(f"https://127.0.0.1:{service.port}").request("GET", "/jobs")
    assert service.requests == []


@pytest.mark.usefixtures("trust")
def test_a_managed_identity_signs_in(
    secured: EmulatorProcess, issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedService(identity_endpoint(issuer.token())) as msi:
        managed_identity(monkeypatch, msi)
        client = BatchClient.connect(
            configuration({"endpoint": secured.endpoint, "useMsi": "true", "clientId": "the-client"}, {})
        )
        assert list(client.list_all(operations.LIST_JOBS)) == []
        assert list(client.list_all(operations.LIST_JOBS)) == []
        client.close()
    assert len(msi.requests) == 1
    assert msi.requests[0].query["client_id"] == "the-client"
    assert msi.requests[0].query["resource"] == "https://batch.core.windows.net/"


def test_each_cloud_has_its_own_audience(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedService(identity_endpoint("t")) as msi:
        managed_identity(monkeypatch, msi)
        for cloud in ("public", "usgovernment", "china"):
            assert (
                sign(credentials(configuration({"endpoint": ENDPOINT, "useMsi": True, "cloud": cloud}, {})))
                == "Bearer t"
            )
    assert [sent.query["resource"] for sent in msi.requests] == [
        "https://batch.core.windows.net/",
        "https://batch.core.usgovcloudapi.net/",
        "https://batch.chinacloudapi.cn/",
    ]


@pytest.fixture
def entra(monkeypatch: pytest.MonkeyPatch, certificate: Certificate, trust: None) -> Iterator[ScriptedService]:
    """An authority on this machine, in place of the public cloud's."""
    granted = Answer(200, {"access_token": "granted", "expires_in": 3600, "token_type": "Bearer"})
    with ScriptedService(granted, tls=certificate.context()) as service:
        monkeypatch.setitem(AUTHORITIES, "public", service.endpoint)
        yield service


def exchanged(service: ScriptedService) -> dict[str, list[str]]:
    return parse_qs(str(service.requests[-1].body))


def test_an_id_token_is_exchanged(entra: ScriptedService) -> None:
    auth = credentials(configuration({"endpoint": ENDPOINT, **APPLICATION, "oidcToken": "the-id-token"}, {}))
    assert sign(auth) == "Bearer granted"
    form = exchanged(entra)
    assert entra.requests[-1].path == "/contoso/oauth2/v2.0/token"
    assert form["client_assertion"] == ["the-id-token"]
    assert form["client_id"] == ["the-client"]
    assert form["scope"] == ["https://batch.core.windows.net//.default"]
    assert set(auth.secrets()) >= {"the-id-token", "granted"}


def test_an_id_token_is_read_from_its_file_when_it_is_needed(entra: ScriptedService, tmp_path: Path) -> None:
    file = tmp_path / "token"
    auth = credentials(
        configuration({"endpoint": ENDPOINT, **APPLICATION, "useOidc": True}, {"ARM_OIDC_TOKEN_FILE_PATH": str(file)})
    )
    with pytest.raises(AuthenticationError, match=r"cannot be read from .*: No such file"):
        sign(auth)
    file.write_text("", encoding="utf-8")
    with pytest.raises(AuthenticationError, match="is empty"):
        sign(auth)
    file.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(AuthenticationError, match="it is not text"):
        sign(auth)
    file.write_text("from-the-file\n", encoding="utf-8")
    assert sign(auth) == "Bearer granted"
    assert exchanged(entra)["client_assertion"] == ["from-the-file"]


def request_token(url: str) -> Auth:
    environ = {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "job-secret"}
    return credentials(configuration({"endpoint": ENDPOINT, **APPLICATION, "useOidc": True}, environ))


def test_an_id_token_is_requested_from_the_ci_system(entra: ScriptedService) -> None:
    with ScriptedService(Answer(200, {"value": "from-ci"})) as ci:
        assert sign(request_token(f"{ci.endpoint}/oidc?job=1")) == "Bearer granted"
    assert ci.requests[0].query == {"job": "1", "audience": "api://AzureADTokenExchange"}
    assert ci.requests[0].headers["authorization"] == "Bearer job-secret"
    assert exchanged(entra)["client_assertion"] == ["from-ci"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, {"message": "job-secret"}),
        Answer(200, {"count": 1}),
        Answer(200, []),
        Answer(200, text="<html>"),
        Answer(302, headers={"Location": "https://elsewhere.example.com"}),
    ],
)
def test_a_ci_system_that_gives_no_id_token_is_named(answer: Answer) -> None:
    with ScriptedService(answer) as ci:
        with pytest.raises(AuthenticationError, match="The CI system gave no OpenID Connect token") as raised:
            sign(request_token(ci.endpoint))
    assert "job-secret" not in str(raised.value)


@pytest.mark.parametrize("url", ["http://ci.example.com/token", "ftp://127.0.0.1/", "nonsense"])
def test_the_ci_systems_secret_does_not_go_over_plain_http(url: str) -> None:
    with pytest.raises(AuthenticationError, match="must be an https URL"):
        sign(request_token(url))


def test_what_entra_refuses_is_said_in_one_line(entra: ScriptedService) -> None:
    entra.script(
        Answer(
            401,
            {
                "error": "invalid_client",
                "error_description": "AADSTS700213: No matching federated identity.\r\nTrace ID: 1\r\nthe-id-token",
            },
        )
    )
    auth = credentials(configuration({"endpoint": ENDPOINT, **APPLICATION, "oidcToken": "the-id-token"}, {}))
    with pytest.raises(AuthenticationError) as raised:
        sign(auth)
    text = str(raised.value)
    assert text.startswith("The Entra application (OpenID Connect) gave no token: ")
    assert "AADSTS700213: No matching federated identity." in text
    assert "Check `tenantId`, `clientId`" in text
    assert "\n" not in text
    assert "the-id-token" not in text
    assert raised.value.credentials_refused


def test_nothing_to_sign_in_with_says_what_to_set_and_prints_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AuthenticationError) as raised:
        sign(credentials(configuration({"endpoint": ENDPOINT}, {})))
    text = str(raised.value)
    assert text.startswith("DefaultAzureCredential gave no token: ")
    assert text.endswith(WHAT_TO_SET)
    assert "accountKey" in text
    assert "AZURE_BATCH_ACCESS_KEY" in text
    assert "EnvironmentCredential" not in text
    assert "\n" not in text
    assert capfd.readouterr() == ("", "")


def test_a_bearer_of_plain_http_is_told_that_the_key_is_missing() -> None:
    with pytest.raises(AuthenticationError, match="`accountKey` is missing") as raised:
        credentials(Configuration(endpoint="http://127.0.0.1:10100", account_name="a"))
    assert "AZURE_BATCH_ACCESS_KEY" in str(raised.value)


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({**APPLICATION, "clientSecret": "s"}, "ClientSecretCredential"),
        ({**APPLICATION, "oidcToken": "o"}, "ClientAssertionCredential"),
        ({"useMsi": True}, "ManagedIdentityCredential"),
        ({}, "DefaultAzureCredential"),
        ({"clientId": "c"}, "DefaultAzureCredential"),
    ],
)
def test_each_way_to_sign_in_is_azure_identitys_own(settings: dict[str, Any], kind: str) -> None:
    credential, _, _ = identity(configuration({"endpoint": ENDPOINT, **settings}, {}))
    assert type(credential).__name__ == kind


def test_settings_that_azure_identity_refuses_are_a_failed_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "NoSuchCredential")
    with pytest.raises(AuthenticationError, match=r"The Entra settings are not valid: .*AZURE_TOKEN_CREDENTIALS"):
        credentials(configuration({"endpoint": ENDPOINT}, {}))


def test_the_default_chain_is_asked_for_the_tenant_that_is_configured(
    entra: ScriptedService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text("workload", encoding="utf-8")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "WorkloadIdentityCredential")
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(file))
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", AUTHORITIES["public"])
    auth = credentials(configuration({"endpoint": ENDPOINT, **APPLICATION}, {}))
    assert sign(auth) == "Bearer granted"
    assert entra.requests[-1].path == "/contoso/oauth2/v2.0/token"
    assert exchanged(entra)["client_assertion"] == ["workload"]


def test_a_token_is_kept_until_it_is_about_to_expire() -> None:
    lasting = Known("lasting")
    auth = Bearer(lasting, "scope")
    assert [sign(auth) for _ in range(3)] == ["Bearer lasting"] * 3
    assert lasting.asked == [("scope",)]
    fading = Known("fading", time.time() + 60)
    auth = Bearer(fading, "scope")
    assert [sign(auth) for _ in range(3)] == ["Bearer fading"] * 3
    assert len(fading.asked) == 3


def test_many_threads_ask_for_one_token() -> None:
    credential = Known("one")
    auth = Bearer(credential, "scope")
    threads = [threading.Thread(target=sign, args=(auth,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(credential.asked) == 1


def test_a_credential_that_fails_in_a_way_nobody_expected_is_a_failed_sign_in() -> None:
    class Violation:
        def get_token(self, *scopes: str, **options: Any) -> Any:
            raise RuntimeError(f"something with {KEY}")

    with pytest.raises(AuthenticationError, match="Microsoft Entra gave no token: something with") as raised:
        sign(Bearer(Violation(), "scope", secrets=(KEY,)))
    assert KEY not in str(raised.value)


def test_the_configured_key_signs() -> None:
    auth = credentials(
        configuration({"endpoint": "acct.x.batch.azure.com", "accountKey": KEY}, {"ARM_CLIENT_SECRET": "s"})
    )
    assert isinstance(auth, SharedKey)
    assert auth.secrets() == (KEY,)

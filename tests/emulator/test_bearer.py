from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from azure.batch import BatchClient
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from tests.emulator.certificates import AUDIENCE, HOUR, Keys, now
from tests.emulator.parts import pool_options, values_of
from tests.emulator_process import EmulatorProcess


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def _secure(keys: Keys) -> Iterator[EmulatorProcess]:
    options = ("--cert", keys.certificate_file, "--key", keys.private_file, "--token-key", keys.public_file)
    with EmulatorProcess(*map(str, options), verify=str(keys.certificate_file)) as process:
        yield process
        assert process.errors() == ""


@pytest.fixture
def secure(_secure: EmulatorProcess) -> EmulatorProcess:
    _secure.reset()
    return _secure


class Entra:
    """What azure-identity is to the client: gives the token that it was made with."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.scopes: list[str] = []

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.scopes += scopes
        return AccessToken(self._token, int((now() + HOUR).timestamp()))


def _client(secure: EmulatorProcess, keys: Keys, entra: Entra) -> BatchClient:
    return BatchClient(secure.endpoint, entra, connection_verify=str(keys.certificate_file), retry_total=0)


def test_the_client_gets_in_with_a_token_over_tls(secure: EmulatorProcess, keys: Keys) -> None:
    entra = Entra(keys.token())
    with _client(secure, keys, entra) as client:
        client.create_pool(pool_options("p1"))
        assert client.get_pool("p1").url == f"{secure.endpoint}/pools/p1"
    assert secure.endpoint.startswith("https://127.0.0.1:")
    assert entra.scopes and set(entra.scopes) == {"https://batch.core.windows.net//.default"}


def test_a_shared_key_gets_in_over_tls_as_well(secure: EmulatorProcess) -> None:
    with secure.client() as client:
        assert list(client.list_pools()) == []


def test_the_client_raises_its_own_error_when_a_token_is_refused(secure: EmulatorProcess, keys: Keys) -> None:
    with _client(secure, keys, Entra(keys.token(exp=now() - HOUR))) as client:
        with pytest.raises(ClientAuthenticationError):
            client.get_pool("p1")
        secure.switch("bearer-refusal-status", 403)
        with pytest.raises(HttpResponseError) as caught:
            client.get_pool("p1")
        assert caught.value.status_code == 403


def _unsigned(keys: Keys) -> str:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    return f"{header}.{keys.token().split('.')[1]}."


REFUSED: list[tuple[str, Any, str]] = [
    ("without the slash", lambda keys: keys.token(aud=AUDIENCE.rstrip("/")), "audience"),
    ("another audience", lambda keys: keys.token(aud="https://management.azure.com/"), "audience"),
    ("no audience", lambda keys: keys.token(aud=None), "aud"),
    ("expired", lambda keys: keys.token(exp=now() - HOUR), "expired"),
    ("no expiry", lambda keys: keys.token(exp=None), "exp"),
    ("not valid yet", lambda keys: keys.token(nbf=now() + HOUR), "not valid yet"),
    ("cut", lambda keys: keys.token()[:-4], "not valid"),
    ("no signature", _unsigned, "not valid"),
    (
        "the public key as a shared secret",
        lambda keys: jwt.encode({"aud": AUDIENCE, "exp": now() + HOUR}, "x" * 64, algorithm="HS256"),
        "not valid",
    ),
    ("an expiry without end", lambda keys: keys.token(exp=float("inf")), "not valid"),
    ("nonsense", lambda keys: "nonsense", "not valid"),
    ("nothing", lambda keys: "", "not valid"),
]


@pytest.mark.parametrize(("token", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
@pytest.mark.parametrize("path", ["/pools", "/_emulator/requests"])
def test_a_bad_token_never_gets_in(secure: EmulatorProcess, keys: Keys, path: str, token: Any, reason: str) -> None:
    text = token(keys)
    reply = secure.call("GET", path, headers={"Authorization": f"Bearer {text}"})
    assert (reply.status, reply.body["code"]) == (401, "AuthenticationFailed")
    assert reason in str(values_of(reply.body)["AuthenticationErrorDetail"])
    assert reply.headers["WWW-Authenticate"].startswith("Bearer ")
    assert not text or text not in json.dumps(reply.body)


@pytest.mark.parametrize(
    "header",
    [b"[" * 30_000, b'{"alg": []}', b'{"alg": "RS256", "crit": ["x"]}', b'{"alg": 1e400}', b'"x"', b"\xff", b""],
    ids=["deep", "list", "critical", "large number", "text", "binary", "empty"],
)
def test_a_token_that_cannot_be_read_never_gets_in(secure: EmulatorProcess, header: bytes) -> None:
    token = f"{base64.urlsafe_b64encode(header).decode().rstrip('=')}.e30.AAAA"
    reply = secure.call("GET", "/pools", headers={"Authorization": f"Bearer {token}"})
    assert (reply.status, reply.body["code"]) == (401, "AuthenticationFailed")
    assert secure.errors() == ""


def test_a_token_of_another_key_never_gets_in(secure: EmulatorProcess, tmp_path: Path) -> None:
    reply = secure.call("GET", "/pools", headers={"Authorization": f"Bearer {Keys(tmp_path).token()}"})
    assert reply.status == 401


def test_a_token_opens_the_control_api_too(secure: EmulatorProcess, keys: Keys) -> None:
    headers = {"Authorization": f"Bearer {keys.token()}"}
    assert secure.call("GET", "/_emulator/clock", headers=headers).status == 200


def test_the_audience_of_another_cloud_can_be_set(secure: EmulatorProcess, keys: Keys) -> None:
    china = "https://batch.chinacloudapi.cn/"
    headers = {"Authorization": f"Bearer {keys.token(aud=china)}"}
    assert secure.call("GET", "/pools", headers=headers).status == 401
    secure.switch("token-audience", china)
    assert secure.call("GET", "/pools", headers=headers).status == 200


def test_tokens_are_dated_by_the_machine_and_not_by_the_emulator_s_clock(secure: EmulatorProcess, keys: Keys) -> None:
    secure.advance(86_400)
    assert secure.call("GET", "/pools", headers={"Authorization": f"Bearer {keys.token()}"}).status == 200


def test_without_a_token_key_a_token_is_refused_with_the_way_out(emulator: EmulatorProcess, keys: Keys) -> None:
    reply = emulator.call("GET", "/pools", headers={"Authorization": f"Bearer {keys.token()}"})
    assert reply.status == 401
    assert "--token-key" in str(values_of(reply.body)["AuthenticationErrorDetail"])

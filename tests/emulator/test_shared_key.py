from __future__ import annotations

import base64
import datetime
import json
from email.utils import format_datetime, formatdate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError

from batch_emulator.http.shared_key import SignedRequest, is_signed, sign, strings_to_sign
from tests.emulator.parts import POOL_INFO, values_of
from tests.emulator_process import MEDIA_TYPE, V2024, EmulatorProcess

RECORDED: dict[str, Any] = json.loads((Path(__file__).parents[1] / "sharedkey_vectors.json").read_text())
KEY = base64.b64decode(RECORDED["key"])


def _request(vector: dict[str, Any]) -> SignedRequest:
    url = urlsplit(vector["url"])
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    return SignedRequest(vector["method"], url.path, url.query, headers)


@pytest.mark.parametrize("vector", RECORDED["vectors"], ids=lambda vector: f"{vector['method']} {vector['url']}")
def test_what_microsoft_s_client_signed_is_signed(vector: dict[str, Any]) -> None:
    scheme, _, rest = vector["authorization"].partition(" ")
    account, _, signature = rest.partition(":")
    request = _request(vector)
    assert scheme == "SharedKey"
    assert vector["stringToSign"] in list(strings_to_sign(request, account))
    assert is_signed(request, account, signature, KEY)
    assert not is_signed(request, account, signature, KEY + b"!")
    assert not is_signed(SignedRequest("PUT", request.path, request.query, request.headers), account, signature, KEY)
    assert not is_signed(
        SignedRequest(request.method, request.path + "x", request.query, request.headers), account, signature, KEY
    )


def _now() -> str:
    return formatdate(usegmt=True)


def _head(method: str, length: str, content_type: str = "", date: str = "") -> str:
    return "\n".join([method, "", "", length, "", content_type, date, "", "", "", "", ""]) + "\n"


def _send(
    emulator: EmulatorProcess, method: str, target: str, text: str, headers: dict[str, str], content: bytes = b""
) -> int:
    """Sends what was signed as `text`, and nothing else of it."""
    account = text.split("\n/", 1)[1].split("/", 1)[0]
    signature = sign(base64.b64decode(emulator.key), text)
    sent = {**headers, "Authorization": f"SharedKey {account}:{signature}"}
    prepared = requests.Request(method, f"{emulator.endpoint}{target}", headers=sent, data=content).prepare()
    with requests.Session() as session:
        return session.send(prepared, timeout=30).status_code


@pytest.mark.parametrize("name", ["timeOut", "timeout"])
def test_query_names_are_signed_as_sent_or_in_lower_case(emulator: EmulatorProcess, name: str) -> None:
    now = _now()
    text = f"{_head('GET', '')}ocp-date:{now}\n/batchdev/pools\napi-version:{V2024}\n{name}:30"
    assert _send(emulator, "GET", f"/pools?api-version={V2024}&timeOut=30", text, {"ocp-date": now}) == 200


@pytest.mark.parametrize("length", ["", "0"])
@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("DELETE", 404)])
def test_the_length_of_no_body_is_signed_as_nothing_or_zero(
    emulator: EmulatorProcess, method: str, status: int, length: str
) -> None:
    now = _now()
    path = "/pools" if method == "GET" else "/pools/none"
    text = f"{_head(method, length)}ocp-date:{now}\n/batchdev{path}\napi-version:{V2024}"
    assert _send(emulator, method, f"{path}?api-version={V2024}", text, {"ocp-date": now}) == status


@pytest.mark.parametrize("length", ["actual", "", "0"])
def test_the_length_of_a_body_is_signed_or_not(emulator: EmulatorProcess, length: str) -> None:
    now, content = _now(), json.dumps({"id": "j1", "poolInfo": POOL_INFO}).encode()
    signed = str(len(content)) if length == "actual" else length
    text = f"{_head('POST', signed, MEDIA_TYPE)}ocp-date:{now}\n/batchdev/jobs\napi-version:{V2024}"
    headers = {"ocp-date": now, "Content-Type": MEDIA_TYPE}
    assert _send(emulator, "POST", f"/jobs?api-version={V2024}", text, headers, content) == 201


def test_date_is_signed_where_there_is_no_ocp_date(emulator: EmulatorProcess) -> None:
    now = _now()
    text = f"{_head('GET', '', date=now)}/batchdev/pools\napi-version:{V2024}"
    assert _send(emulator, "GET", f"/pools?api-version={V2024}", text, {"Date": now}) == 200


@pytest.mark.parametrize("signed", [True, False])
def test_a_date_beside_an_ocp_date_is_signed_or_not(emulator: EmulatorProcess, signed: bool) -> None:
    now = _now()
    head = _head("GET", "", date=now if signed else "")
    text = f"{head}ocp-date:{now}\n/batchdev/pools\napi-version:{V2024}"
    assert _send(emulator, "GET", f"/pools?api-version={V2024}", text, {"Date": now, "ocp-date": now}) == 200


def test_the_account_is_found_in_any_case(emulator: EmulatorProcess) -> None:
    now = _now()
    text = f"{_head('GET', '')}ocp-date:{now}\n/BatchDev/pools\napi-version:{V2024}"
    assert _send(emulator, "GET", f"/pools?api-version={V2024}", text, {"ocp-date": now}) == 200


def test_an_encoded_path_and_filter_are_signed_as_the_client_does(emulator: EmulatorProcess) -> None:
    with emulator.client() as client:
        assert list(client.list_jobs(filter="state eq 'active' and startswith(id,'a b')")) == []


@pytest.mark.parametrize(("minutes", "status"), [(-16, 403), (-14, 200), (14, 200), (16, 403)])
def test_a_date_may_be_fifteen_minutes_away(emulator: EmulatorProcess, minutes: int, status: int) -> None:
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    reply = emulator.call("GET", "/pools", headers={"ocp-date": format_datetime(when, usegmt=True)})
    assert reply.status == status


def test_the_emulator_s_clock_does_not_date_requests(emulator: EmulatorProcess) -> None:
    emulator.advance(10 * 86_400)
    assert emulator.call("GET", "/pools").status == 200


@pytest.mark.parametrize("date", ["yesterday", ""])
def test_a_request_needs_a_readable_date(emulator: EmulatorProcess, date: str) -> None:
    reply = emulator.call("GET", "/pools", headers={"ocp-date": date})
    assert (reply.status, reply.body["code"]) == (403, "AuthenticationFailed")


def test_a_wrong_key_never_gets_in_and_learns_nothing(emulator: EmulatorProcess) -> None:
    credential = AzureNamedKeyCredential(emulator.account, base64.b64encode(b"another key").decode())
    with BatchClient(emulator.endpoint, credential) as client, pytest.raises(HttpResponseError) as caught:
        client.get_pool("p1")
    model: Any = caught.value.model
    assert (caught.value.status_code, model.code) == (403, "AuthenticationFailed")
    assert [value.key for value in model.error_values] == ["AuthenticationErrorDetail"]
    assert emulator.requests()[-1]["status"] == 403


def test_another_account_is_not_found(emulator: EmulatorProcess) -> None:
    credential = AzureNamedKeyCredential("other", emulator.key)
    with BatchClient(emulator.endpoint, credential) as client, pytest.raises(HttpResponseError) as caught:
        client.get_pool("p1")
    assert caught.value.status_code == 403
    assert "cannot be found" in str(caught.value)


PATHS = ["/pools", "/nowhere", "/_emulator/requests", "/_emulator/reset", "/_emulator/nothing"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "authorization",
    ["SharedKey batchdev:AAAA", "SharedKey batchdev", "SharedKey :", "Basic YTpi", "Bearer x.y.z", "nonsense", ""],
)
def test_wrong_credentials_never_get_in_anywhere(emulator: EmulatorProcess, path: str, authorization: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        reply = emulator.call(method, path, headers={"Authorization": authorization})
        assert reply.status in (401, 403)
        assert reply.body["code"] == "AuthenticationFailed"
        assert emulator.key not in json.dumps(reply.body)


@pytest.mark.parametrize("status", [401, 403])
def test_what_no_authorization_is_answered_is_a_switch(emulator: EmulatorProcess, status: int) -> None:
    emulator.switch("missing-authorization-status", status)
    reply = emulator.call("GET", "/pools", headers={"Authorization": ""})
    assert (reply.status, reply.body["code"]) == (status, "AuthenticationFailed")
    assert values_of(reply.body) == {"AuthenticationErrorDetail": "The request has no Authorization header."}
    assert ("WWW-Authenticate" in reply.headers) == (status == 401)


def test_shared_key_can_be_disabled_for_the_account_and_not_for_the_control_api(emulator: EmulatorProcess) -> None:
    emulator.switch("shared-key", "disabled")
    assert emulator.call("GET", "/pools").status == 403
    emulator.switch("shared-key", "allowed")
    assert emulator.call("GET", "/pools").status == 200

"""One request over real HTTP: what is sent, and what becomes of the answer."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from azure_batch_provider.http.auth import Bearer
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import (
    AuthenticationError,
    ProtocolError,
    RequestError,
    ServiceError,
    TransportError,
)
from azure_batch_provider.sign_in.shared_key import SharedKey
from tests.http.conftest import KEY, Connect
from tests.http.manual_time import ManualTime
from tests.http.scripted_service import Answer, ScriptedService, error

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_a_request_carries_what_the_service_wants(connect: Connect) -> None:
    with ScriptedService(Answer(201, headers={"ETag": "0x8D"})) as service:
        reply = connect(service.endpoint).request("POST", "/jobs", body={"id": "\u00fc", "priority": 0})
    assert (reply.status, reply.headers["etag"], reply.body) == (201, "0x8D", None)
    sent = service.requests[0]
    assert (sent.method, sent.path, sent.body) == ("POST", "/jobs", {"id": "\u00fc", "priority": 0})
    assert sent.query == {"api-version": "2025-06-01", "timeOut": "30"}
    assert sent.headers["content-type"] == "application/json; odata=minimalmetadata"
    assert sent.headers["content-length"] == str(len('{"id":"\u00fc","priority":0}'.encode()))
    assert GUID.fullmatch(sent.headers["client-request-id"])
    assert sent.headers["return-client-request-id"] == "true"
    assert sent.headers["ocp-date"].endswith(" GMT")
    assert sent.headers["authorization"].startswith("SharedKey acct:")
    assert sent.headers["user-agent"] == "azure-batch-provider"


@pytest.mark.parametrize(("version", "name"), [("2025-06-01", "timeOut"), ("2024-07-01.20.0", "timeout")])
def test_the_servers_time_has_the_name_that_the_version_knows(connect: Connect, version: str, name: str) -> None:
    with ScriptedService() as service:
        connect(service.endpoint, api_version=version, request_timeout=12.7).request("GET", "/jobs")
    assert service.requests[0].query == {"api-version": version, name: "12"}


@pytest.mark.parametrize(("seconds", "told"), [(0.4, "1"), (7.9, "7"), (600, "30")])
def test_the_server_is_told_the_whole_seconds_that_are_left(
    connect: Connect, manual_time: ManualTime, seconds: float, told: str
) -> None:
    deadline = Deadline(seconds, clock=manual_time.clock, sleep=manual_time.sleep)
    with ScriptedService() as service:
        connect(service.endpoint).request("GET", "/jobs", deadline=deadline)
    assert service.requests[0].query["timeOut"] == told


def test_query_and_headers_of_the_call_are_sent_and_signed(connect: Connect) -> None:
    with ScriptedService() as service:
        connect(service.endpoint).request(
            "PATCH", "/jobs/a%20b", query={"$filter": "state eq 'active'"}, headers={"If-Match": "0x8D"}, body={}
        )
    sent = service.requests[0]
    assert sent.path == "/jobs/a%20b"
    assert sent.query["$filter"] == "state eq 'active'"
    assert sent.headers["if-match"] == "0x8D"
    assert sent.body == {}


def test_a_request_without_a_body_has_no_content_type(connect: Connect) -> None:
    with ScriptedService() as service:
        transport = connect(service.endpoint)
        transport.request("GET", "/jobs")
        transport.request("DELETE", "/jobs/j")
    assert all("content-type" not in sent.headers for sent in service.requests)
    assert "content-length" not in service.requests[0].headers
    assert service.requests[1].headers["content-length"] == "0"


def test_connections_are_kept(connect: Connect) -> None:
    with ScriptedService(Answer(200, {"a": 1}), error(404, "JobNotFound"), Answer(204)) as service:
        transport = connect(service.endpoint)
        transport.request("GET", "/a")
        with pytest.raises(ServiceError):
            transport.request("GET", "/b")
        transport.request("GET", "/c")
        transport.close()
    assert len({sent.peer for sent in service.requests}) == 1


def test_every_call_has_an_id_of_its_own(connect: Connect) -> None:
    with ScriptedService() as service:
        transport = connect(service.endpoint)
        transport.request("GET", "/a")
        transport.request("GET", "/a")
        transport.close()
    first, second = (sent.headers["client-request-id"] for sent in service.requests)
    assert first != second


def test_the_answer_to_another_request_is_an_error_of_its_own(connect: Connect) -> None:
    other = "9C4D50EE-2D56-4CD3-8152-34347DC9F2B0"
    with (
        ScriptedService(Answer(200, {"id": "theirs"}, echo=other)) as service,
        pytest.raises(ProtocolError, match="belongs to another request"),
    ):
        connect(service.endpoint).request("GET", "/pools/p")
    assert len(service.requests) == 1


def test_an_echo_in_capital_letters_or_none_at_all_is_accepted(connect: Connect) -> None:
    with ScriptedService(Answer(200, {"a": 1}, echo="")) as service:
        assert connect(service.endpoint).request("GET", "/a").body == {"a": 1}


def test_an_error_of_the_service_is_read_in_full(connect: Connect) -> None:
    answer = error(400, "InvalidPropertyValue", "A value is wrong.", PropertyName="priority", Reason="out of range")
    with ScriptedService(answer) as service, pytest.raises(ServiceError) as raised:
        connect(service.endpoint).request("POST", "/jobs", query={"$select": "id"}, body={"id": "j"})
    found = raised.value
    assert (found.status, found.code, found.message) == (400, "InvalidPropertyValue", "A value is wrong.")
    assert found.values == {"PropertyName": "priority", "Reason": "out of range"}
    assert found.request_id == "11111111-2222-3333-4444-555555555555"
    assert found.client_request_id == service.requests[0].headers["client-request-id"]
    assert (found.method, found.path, found.attempts, found.uncertain) == ("POST", "/jobs", 1, False)


@pytest.mark.parametrize(
    "body",
    [
        {"code": "JobNotFound", "message": "plain text"},
        {"code": "JobNotFound"},
        {"code": "JobNotFound", "message": {"lang": "en-US"}, "values": [{"key": "a"}, "b", {"value": "c"}]},
        {"code": "JobNotFound", "message": None, "values": None},
    ],
)
def test_an_error_body_of_another_shape_is_read_as_far_as_it_goes(connect: Connect, body: dict[str, Any]) -> None:
    with ScriptedService(Answer(404, body)) as service, pytest.raises(ServiceError) as raised:
        connect(service.endpoint).request("GET", "/jobs/j", gone={"JobNotFound"})
    assert raised.value.is_not_found


@pytest.mark.parametrize("text", ["<html>Not Found</html>", "", "[]", '"x"', '{"code": 5}', '{"error": {}}'])
def test_a_not_found_page_of_somebody_else_does_not_mean_that_the_thing_is_gone(connect: Connect, text: str) -> None:
    with (
        ScriptedService(Answer(404, text=text, headers={"Content-Type": "text/html; charset=x"})) as service,
        pytest.raises(ServiceError, match="check `endpoint`") as raised,
    ):
        connect(service.endpoint).request("GET", "/jobs/j")
    assert raised.value.code == ""
    assert not raised.value.is_not_found


def test_a_success_that_is_not_json_is_not_believed(connect: Connect) -> None:
    page = Answer(200, text="<html>Please log in</html>", headers={"Content-Type": "text/html"})
    with ScriptedService(page) as service, pytest.raises(ProtocolError, match="not JSON"):
        connect(service.endpoint).request("GET", "/jobs/j")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_is_not_followed(connect: Connect, status: int) -> None:
    with (
        ScriptedService() as elsewhere,
        ScriptedService(Answer(status, headers={"Location": f"{elsewhere.endpoint}/x"})) as service,
        pytest.raises(ProtocolError, match="redirection"),
    ):
        connect(service.endpoint).request("GET", "/jobs")
    assert elsewhere.requests == []


def test_a_clock_that_is_far_off_is_named(connect: Connect) -> None:
    then = format_datetime(datetime.now(timezone.utc) + timedelta(hours=2), usegmt=True)
    refused = error(403, "AuthenticationFailed")
    answer = Answer(403, refused.body, {**refused.headers, "Date": then})
    with ScriptedService(answer) as service, pytest.raises(ServiceError, match="clock is 120 minutes behind"):
        connect(service.endpoint).request("GET", "/jobs")


@pytest.mark.parametrize("endpoint", ["http://acct.x.batch.azure.com", "http://10.1.2.3:80", "http://0.0.0.0"])
def test_a_key_does_not_sign_for_plain_http_to_another_machine(connect: Connect, endpoint: str) -> None:
    with pytest.raises(AuthenticationError, match="plain http"):
        connect(endpoint)


class Token:
    """A credential as azure-identity's are, whose token is known."""

    def get_token(self, *scopes: str, **options: Any) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken("header.payload.signature", 4102444800)


def test_a_token_is_not_sent_over_plain_http_even_to_this_machine(connect: Connect) -> None:
    with ScriptedService() as service, pytest.raises(AuthenticationError, match="plain http"):
        connect(service.endpoint, Bearer(Token(), "scope/.default"))
    assert service.requests == []


def test_an_entry_of_a_netrc_file_does_not_replace_our_signature(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with ScriptedService() as service:
        connect(service.endpoint).request("GET", "/jobs")
    assert service.requests[0].headers["authorization"].startswith("SharedKey ")


def test_what_goes_to_this_machine_does_not_go_through_a_proxy(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedService() as proxy, ScriptedService() as service:
        monkeypatch.setenv("HTTP_PROXY", proxy.endpoint)
        monkeypatch.setenv("ALL_PROXY", proxy.endpoint)
        connect(service.endpoint).request("GET", "/jobs")
    assert proxy.requests == []
    assert len(service.requests) == 1


def test_what_goes_to_another_machine_goes_through_the_proxy_of_the_environment(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = Answer(403, text="no")
    with ScriptedService(refused) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.endpoint)
        with pytest.raises(TransportError, match="proxy") as raised:
            connect("https://acct.x.batch.azure.com").request("GET", "/jobs")
    assert not raised.value.sent


def test_each_attempt_is_logged_without_secrets(connect: Connect, log: list[str]) -> None:
    answers = (error(503, "ServerBusy"), Answer(200, {}, {"request-id": "r-2"}))
    with ScriptedService(*answers) as service:
        connect(service.endpoint).request("GET", "/pools/p", query={"$select": "id"})
    sent = service.requests[0].headers
    first, again, second = log
    assert re.fullmatch(
        rf"GET /pools/p 503 \d+ ms attempt=1 client-request-id={sent['client-request-id']}"
        r" request-id=11111111-2222-3333-4444-555555555555",
        first,
    )
    assert again.startswith("GET /pools/p again in ")
    assert second.endswith(f" attempt=2 client-request-id={sent['client-request-id']} request-id=r-2")
    assert KEY not in "".join(log)
    assert sent["authorization"].partition(":")[2] not in "".join(log)


def test_an_answer_that_repeats_our_signature_does_not_show_it(connect: Connect) -> None:
    with ScriptedService() as service:
        connect(service.endpoint).request("GET", "/a")

    class Mirror(SharedKey):
        """Signs with something short, which no pattern can know for a signature."""

        def sign(self, request: Any) -> None:
            request.headers["Authorization"] = "SharedKey acct:short"

    with (
        ScriptedService(error(403, "AuthenticationFailed", f"got acct:short for {KEY}", Detail="short")) as service,
        pytest.raises(RequestError) as raised,
    ):
        connect(service.endpoint, Mirror("acct", KEY)).request("GET", "/a")
    assert KEY not in str(raised.value)
    assert "acct:short" not in str(raised.value)


def test_a_body_that_is_not_json_is_our_own_mistake(connect: Connect) -> None:
    with ScriptedService() as service, pytest.raises(ValueError):
        connect(service.endpoint).request("POST", "/jobs", body={"priority": float("nan")})
    assert service.requests == []

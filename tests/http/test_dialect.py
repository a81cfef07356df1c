"""The transport speaks whatever dialect it is handed: here one that shares nothing with Batch's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest

from azure_batch_provider.http.dialect import NO_MEANING, ErrorBody, Meaning
from azure_batch_provider.http.errors import ProtocolError, ServiceError
from azure_batch_provider.http.transport import Transport
from azure_batch_provider.sign_in.shared_key import SharedKey
from tests.http.conftest import KEY
from tests.http.scripted_service import Answer, ScriptedService


class Management:
    service: Final = "the Management"
    media_type: Final = "application/json"
    longest_wait: Final = 60
    request_id: Final = "x-ms-request-id"
    client_request_id: Final = "x-ms-client-request-id"

    def headers(self) -> dict[str, str]:
        return {"x-ms-return-client-request-id": "true"}

    def query(self, seconds: int) -> dict[str, str]:
        return {"api-version": "2024-01-01"}

    def error_body(self, document: Any) -> ErrorBody:
        found = document["error"] if isinstance(document, dict) else {}
        return ErrorBody(found.get("code", ""), found.get("message", ""))

    def meaning(self, status: int, body: ErrorBody, skew: timedelta | None) -> Meaning:
        return Meaning("Come back.", retried=True) if body.code == "Busy" else NO_MEANING


@pytest.fixture
def transport_to() -> Any:
    def connect(service: ScriptedService) -> Transport:
        return Transport(
            service.endpoint,
            SharedKey("acct", KEY),
            Management(),
            request_timeout=60,
            max_concurrency=1,
            sleep=lambda seconds: None,
        )

    return connect


def test_headers_query_and_media_type_are_the_dialects(transport_to: Any) -> None:
    with ScriptedService() as service:
        transport_to(service).request("POST", "/pools", body={})
    sent = service.requests[0]
    assert sent.query == {"api-version": "2024-01-01"}
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["x-ms-return-client-request-id"] == "true"
    assert "x-ms-client-request-id" in sent.headers
    assert "client-request-id" not in sent.headers


def test_its_errors_are_read_and_understood_by_the_dialect(transport_to: Any) -> None:
    busy = Answer(409, {"error": {"code": "Busy", "message": "Not now."}}, {"x-ms-request-id": "r-7"})
    with ScriptedService(busy, busy, Answer(400, {"error": {"code": "Bad", "message": "No."}})) as service:
        with pytest.raises(ServiceError) as raised:
            transport_to(service).request("GET", "/pools")
    assert len(service.requests) == 3
    assert str(raised.value).startswith("GET /pools was answered 400 Bad: No.")


def test_what_is_not_its_answer_is_not_believed_in_its_name(transport_to: Any) -> None:
    with (
        ScriptedService(Answer(200, text="<html>")) as service,
        pytest.raises(ProtocolError, match="one of the Management"),
    ):
        transport_to(service).request("GET", "/pools")

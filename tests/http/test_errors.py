"""The error tree: what an error says, and that no foreign one is forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
import requests
import urllib3

from azure_batch_provider.batch.dialect import BatchDialect
from azure_batch_provider.batch.remedies import MEANINGS
from azure_batch_provider.http.dialect import ErrorBody
from azure_batch_provider.http.errors import (
    AuthenticationError,
    Cancelled,
    ProtocolError,
    RequestError,
    ServiceError,
    TimedOut,
    TransportError,
)
from azure_batch_provider.http.foreign import from_azure, from_requests


def service_error(
    status: int = 404,
    code: str = "PoolNotFound",
    *,
    message: str = "The specified pool does not exist.",
    values: Mapping[str, str] | None = None,
    skew: timedelta | None = None,
) -> ServiceError:
    meaning = BatchDialect("2025-06-01").meaning(status, ErrorBody(code, message, values or {}), skew)
    return ServiceError(
        status=status,
        code=code,
        message=message,
        values=values,
        meaning=meaning,
        method="GET",
        path="/pools/render",
        gone={"PoolNotFound"},
        request_id="r-1",
        client_request_id="c-1",
    )


def subclasses(kind: type[Exception]) -> set[type[Exception]]:
    return {kind}.union(*(subclasses(child) for child in kind.__subclasses__()))


def test_a_service_error_reads_as_one_line_with_what_to_do_and_both_ids() -> None:
    assert str(service_error()) == (
        "GET /pools/render was answered 404 PoolNotFound: The specified pool does not exist. "
        f"{MEANINGS['PoolNotFound'].remedy} [request-id r-1, client-request-id c-1]"
    )


def test_details_are_shown_in_one_line() -> None:
    values = {"PropertyName": "password", "Reason": "too\nshort"}
    error = service_error(400, "InvalidPropertyValue", message="One of the\nvalues is wrong.", values=values)
    assert "(PropertyName: password; Reason: too short)" in str(error)
    assert "\n" not in str(error)


def test_the_value_that_was_sent_is_not_read_back() -> None:
    values = {"PropertyName": "password", "PropertyValue": "hunter2", "Reason": "too short"}
    document = {"code": "InvalidPropertyValue", "values": [{"key": key, "value": values[key]} for key in values]}
    body = BatchDialect("2025-06-01").error_body(document)
    assert body.values == {"PropertyName": "password", "Reason": "too short"}


def test_the_number_of_attempts_is_shown_when_there_were_several() -> None:
    error = service_error(503, "ServerBusy")
    error.attempts = 5
    assert "It was sent 5 times." in str(error)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (404, "PoolNotFound", True),
        (404, "JobNotFound", False),
        (404, "ResourceNotFound", False),
        (404, "", False),
        (401, "AuthenticationFailed", False),
        (403, "PoolNotFound", False),
        (500, "InternalError", False),
    ],
)
def test_only_the_service_itself_can_say_that_something_is_gone(status: int, code: str, expected: bool) -> None:
    assert service_error(status, code).is_not_found is expected


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "AuthenticationFailed", True),
        (401, "", True),
        (403, "AuthenticationFailed", True),
        (403, "InsufficientAccountPermissions", True),
        (403, "AccountIsDisabled", False),
        (403, "", False),
        (404, "PoolNotFound", False),
        (409, "JobExists", False),
    ],
)
def test_refused_credentials_are_told_from_other_errors(status: int, code: str, expected: bool) -> None:
    assert service_error(status, code).credentials_refused is expected


LINKED = "The specified type of authentication SharedKey is not allowed when external resources of type {} are linked."


@pytest.mark.parametrize("kind", ["Network", "Image", "Compute"])
@pytest.mark.parametrize("where", ["values", "message"])
def test_a_key_where_only_entra_will_do_is_neither_a_wrong_key_nor_refused_credentials(kind: str, where: str) -> None:
    text = LINKED.format(kind)
    message, values = ("", {"AuthenticationErrorDetail": text}) if where == "values" else (text, {})
    error = service_error(403, "AuthenticationFailed", message=message, values=values)
    assert not error.credentials_refused
    assert "This needs Entra: " in str(error)
    assert MEANINGS["AuthenticationFailed"].remedy not in str(error)


def test_any_other_refusal_of_a_key_does_not_speak_of_networks() -> None:
    values = {"AuthenticationErrorDetail": "The MAC signature found in the HTTP request is not the same."}
    error = service_error(403, "AuthenticationFailed", values=values)
    assert "This needs Entra: " not in str(error)
    assert error.credentials_refused


def test_a_failed_sign_in_is_refused_credentials_as_well() -> None:
    assert AuthenticationError("x").credentials_refused
    assert not TransportError("x", sent=True).credentials_refused
    assert not Cancelled().credentials_refused


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (408, "", True),
        (429, "TooManyRequests", True),
        (500, "InternalError", True),
        (500, "OperationTimedOut", True),
        (502, "", True),
        (503, "ServerBusy", True),
        (503, "TooManyEnableAutoScaleRequests", True),
        (504, "", True),
        (400, "InvalidPropertyValue", False),
        (404, "PoolNotFound", False),
        (409, "JobExists", False),
        (409, "ActiveJobAndScheduleQuotaReached", False),
        (503, "PoolQuotaReached", False),
        (501, "NotImplemented", False),
        (413, "RequestBodyTooLarge", False),
    ],
)
def test_each_error_knows_whether_it_can_be_retried(status: int, code: str, expected: bool) -> None:
    assert service_error(status, code).retryable is expected


@pytest.mark.parametrize("minutes", [16, 180])
def test_a_clock_that_is_wrong_is_named_as_the_cause(minutes: int) -> None:
    behind = service_error(403, "AuthenticationFailed", skew=timedelta(minutes=minutes))
    ahead = service_error(403, "AuthenticationFailed", skew=-timedelta(minutes=minutes))
    assert f"This machine's clock is {minutes} minutes behind the service's" in str(behind)
    assert f"This machine's clock is {minutes} minutes ahead of the service's" in str(ahead)


def test_a_clock_that_is_nearly_right_is_not_blamed() -> None:
    error = service_error(403, "AuthenticationFailed", skew=timedelta(minutes=14))
    assert "clock" not in str(error)
    assert MEANINGS["AuthenticationFailed"].remedy in str(error)


def test_an_answer_without_a_code_says_that_it_is_not_from_batch() -> None:
    assert "check `endpoint`, and any proxy" in str(service_error(404, ""))


def test_no_text_of_an_error_shows_a_signature() -> None:
    secret = "0nLMVuH/uyNq3fgoMZlGogbv/7UMhA01K9M1amHErVI="
    errors = [
        service_error(message=f"SharedKey acct:{secret}"),
        service_error(values={"Reason": f"https://a/b?sig={secret}"}),
        TransportError(f"Bearer {secret}", sent=False),
        ProtocolError(f"?sig={secret}"),
        AuthenticationError(f"AccountKey={secret}"),
        TimedOut(f"?sig={secret}"),
        Cancelled(f"?sig={secret}"),
    ]
    assert all(secret not in str(error) for error in errors)


def test_the_tree_has_one_root() -> None:
    assert all(
        issubclass(kind, RequestError)
        for kind in (ServiceError, TransportError, TimedOut, ProtocolError, AuthenticationError, Cancelled)
    )


# These two say of which answer they are, and are protocol errors like another that is here.
OF_AN_ANSWER = {urllib3.exceptions.IncompleteRead, urllib3.exceptions.InvalidChunkLength}


@pytest.mark.parametrize(
    "kind",
    sorted((subclasses(requests.RequestException) | subclasses(urllib3.exceptions.HTTPError)) - OF_AN_ANSWER, key=str),
)
def test_every_error_that_the_http_library_has_is_mapped_by_name(kind: type[Exception]) -> None:
    mapped = from_requests(kind.__new__(kind), method="GET", path="/pools/p", endpoint="https://acct.x.batch.azure.com")
    assert isinstance(mapped, TransportError)
    assert str(mapped).startswith("GET /pools/p got no answer from https://acct.x.batch.azure.com: ")
    assert ": it failed" not in str(mapped)
    assert type(mapped).__module__.startswith("azure_batch_provider.")


@pytest.mark.parametrize(
    ("kind", "sent", "retryable"),
    [
        (requests.ConnectTimeout, False, True),
        (requests.exceptions.ProxyError, False, True),
        (requests.ReadTimeout, True, True),
        (requests.ConnectionError, True, True),
        (requests.exceptions.ChunkedEncodingError, True, True),
        (requests.exceptions.SSLError, True, True),
        (requests.exceptions.InvalidURL, False, False),
        (requests.exceptions.InvalidHeader, False, False),
        (urllib3.exceptions.ConnectTimeoutError, False, True),
        (urllib3.exceptions.ProtocolError, True, True),
        (urllib3.exceptions.SSLError, True, True),
    ],
)
def test_what_may_have_reached_the_service_is_told_from_what_did_not(
    kind: type[Exception], sent: bool, retryable: bool
) -> None:
    mapped = from_requests(kind("x"), method="GET", path="/", endpoint="https://a")
    assert (mapped.sent, mapped.retryable) == (sent, retryable)


def test_an_error_nobody_knows_counts_as_sent() -> None:
    assert from_requests(RuntimeError("?"), method="GET", path="/", endpoint="https://a").sent


def test_azure_identitys_list_of_attempts_is_cut_to_its_first_sentence() -> None:
    foreign = RuntimeError(
        "No credential worked.\nAttempted credentials:\n\tEnvironmentCredential: ...\n\tMore: s3cret"
    )
    mapped = from_azure(foreign, what="DefaultAzureCredential", advice="Set `accountKey`.")
    assert str(mapped) == "DefaultAzureCredential gave no token: No credential worked. Set `accountKey`."


def test_a_long_or_secret_text_of_azure_identity_is_cut_and_masked() -> None:
    mapped = from_azure(RuntimeError("s3cret " + "x" * 1000), what="It", advice="Do.", secrets=("s3cret",))
    assert "s3cret" not in str(mapped)
    assert len(str(mapped)) < 400


def test_an_error_of_azure_identity_without_text_is_named_by_its_kind() -> None:
    assert "RuntimeError" in str(from_azure(RuntimeError(), what="It", advice=""))


def test_each_advice_is_a_sentence() -> None:
    remedies = [row.remedy for row in MEANINGS.values()]
    assert all(text.endswith(".") and text[0].isupper() and "\n" not in text for text in remedies)

"""SharedKey signatures, compared with ones that Microsoft's own client made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from azure_batch_provider.http.errors import AuthenticationError
from azure_batch_provider.sign_in.shared_key import SharedKey, string_to_sign

DATA = json.loads((Path(__file__).parents[1] / "sharedkey_vectors.json").read_text())


def prepared(method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> requests.PreparedRequest:
    return requests.Request(method, url, headers=headers, data=body).prepare()


@pytest.mark.parametrize("vector", DATA["vectors"], ids=lambda vector: f"{vector['method']}-{vector['url'][36:60]}")
def test_a_signature_is_the_one_that_the_official_client_makes(vector: dict[str, Any]) -> None:
    length = int(vector["headers"].get("Content-Length", 0))
    headers = {name: value for name, value in vector["headers"].items() if name != "Content-Length"}
    request = prepared(vector["method"], vector["url"], headers, b"x" * length or None)
    assert string_to_sign(request, "acct") == vector["stringToSign"]
    SharedKey("acct", DATA["key"]).sign(request)
    assert request.headers["Authorization"] == vector["authorization"]


def test_every_standard_header_has_its_line() -> None:
    names = [
        "Content-Encoding",
        "Content-Language",
        "Content-MD5",
        "Content-Type",
        "Date",
        "If-Modified-Since",
        "If-Match",
        "If-None-Match",
        "If-Unmodified-Since",
        "Range",
    ]
    request = prepared("GET", "https://acct.x.batch.azure.com/jobs", {name: name.upper() for name in names})
    lines = string_to_sign(request, "acct").split("\n")
    assert [*lines[:3], lines[3]] == ["GET", "CONTENT-ENCODING", "CONTENT-LANGUAGE", ""]
    assert lines[4:12] == [name.upper() for name in names[2:]]
    assert lines[12:] == ["/acct/jobs"]


def test_ocp_headers_are_signed_in_the_order_of_their_names_in_lower_case() -> None:
    request = prepared("GET", "https://a.b/pools", {"OCP-range": "r", "ocp-date": "d", "other": "o"})
    assert string_to_sign(request, "acct").endswith("\nocp-date:d\nocp-range:r\n/acct/pools")


def test_query_values_are_signed_decoded_and_names_as_they_are_sent() -> None:
    request = prepared("GET", "https://a.b/jobs/a%20b?timeOut=5&b=2&b=1&%24select=id%2Cstate&empty=", {})
    assert string_to_sign(request, "acct").split("\n")[12:] == [
        "/acct/jobs/a%20b",
        "$select:id,state",
        "b:1,2",
        "timeOut:5",
    ]


def test_a_request_without_a_date_gets_one_before_it_is_signed() -> None:
    request = prepared("GET", "https://a.b/jobs", {})
    SharedKey("acct", DATA["key"]).sign(request)
    assert request.headers["ocp-date"].endswith(" GMT")


@pytest.mark.parametrize("key", ["not base64!", "abc", "a-key-with-dashes", "\u00e4\u00e4\u00e4\u00e4", "===="])
def test_a_key_that_is_not_base64_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(AuthenticationError, match="is not base64 text") as raised:
        SharedKey("acct", key)
    assert key not in str(raised.value)


def test_a_key_with_a_line_end_is_the_key() -> None:
    request, other = (prepared("GET", "https://a.b/jobs", {"ocp-date": "d"}) for _ in range(2))
    SharedKey("acct", DATA["key"] + "\n").sign(request)
    SharedKey("acct", DATA["key"]).sign(other)
    assert request.headers["Authorization"] == other.headers["Authorization"]


def test_a_key_without_an_account_name_is_refused() -> None:
    with pytest.raises(AuthenticationError, match="accountName"):
        SharedKey("", DATA["key"])

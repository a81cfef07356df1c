from __future__ import annotations

import pytest

from azure_batch_provider.values.endpoint import parse_endpoint


@pytest.mark.parametrize(
    "text",
    [
        "https://acct.westeurope.batch.azure.com",
        "https://acct.westeurope.batch.azure.com/",
        "acct.westeurope.batch.azure.com",
        " ACCT.WestEurope.batch.azure.com/ ",
        "HTTPS://acct.westeurope.batch.azure.com:443",
        "acct.westeurope.batch.azure.com.",
    ],
)
def test_every_form_of_an_endpoint_is_the_same(text: str) -> None:
    endpoint = parse_endpoint(text)
    assert endpoint.url == "https://acct.westeurope.batch.azure.com"
    assert (endpoint.account, endpoint.cloud, endpoint.is_loopback) == ("acct", "public", False)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:10100/", "http://127.0.0.1:10100"),
        ("http://127.1.2.3", "http://127.1.2.3"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://LOCALHOST:1", "http://localhost:1"),
        ("localhost:8443", "https://localhost:8443"),
    ],
)
def test_this_machine_is_known_and_tells_no_account(text: str, url: str) -> None:
    endpoint = parse_endpoint(text)
    assert endpoint.url == url
    assert endpoint.is_loopback
    assert endpoint.account == endpoint.cloud == ""


@pytest.mark.parametrize("host", ["localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "128.0.0.1", "myhost"])
def test_other_machines_are_not_this_one(host: str) -> None:
    assert not parse_endpoint(host).is_loopback


@pytest.mark.parametrize(
    ("host", "cloud"),
    [
        ("a.usgovvirginia.batch.usgovcloudapi.net", "usgovernment"),
        ("a.chinaeast2.batch.chinacloudapi.cn", "china"),
        ("a.chinaeast2.batch.azure.cn", "china"),
        ("batch.example.com", ""),
    ],
)
def test_the_host_tells_the_cloud(host: str, cloud: str) -> None:
    assert parse_endpoint(host).cloud == cloud


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must be the account's URL"),
        ("  ", "must be the account's URL"),
        ("https://", "no valid host"),
        ("ftp://acct.x.batch.azure.com", "must start with https"),
        ("https://acct.x.batch.azure.com/jobs", "without a path or query"),
        ("https://acct.x.batch.azure.com?api-version=1", "without a path or query"),
        ("https://acct.x.batch.azure.com/#a", "without a path or query"),
        ("https://user:secret@acct.x.batch.azure.com", "must not contain a user or password"),
        ("https://acct:notaport", "not a valid URL"),
        ("https://[::1", "not a valid URL"),
        ("my account.example.com", "no valid host"),
        ("-acct.example.com", "no valid host"),
        ("acct..example.com", "no valid host"),
        (f"{'secret' * 10}1234.example.com", "no valid host"),
        ("c2VjcmV0c2VjcmV0==", "no valid host"),
        ("secret://acct.x.batch.azure.com", "must start with https"),
    ],
)
def test_what_is_no_endpoint_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as raised:
        parse_endpoint(text)
    assert "secret" not in str(raised.value)

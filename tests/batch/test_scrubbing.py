from __future__ import annotations

import pytest

from azure_batch_provider.batch.scrubbing import scrub

SIGNATURE = "0nLMVuH/uyNq3fgoMZlGogbv/7UMhA01K9M1amHErVI="
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL2JhdGNoIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"Authorization: SharedKey acct:{SIGNATURE}", SIGNATURE),
        (f"Authorization: Bearer {TOKEN}", TOKEN),
        ("bearer abc.def-ghi_jkl~mno+/=", "abc.def"),
        (f"the token {TOKEN} was refused", TOKEN),
        ("https://a.blob.core.windows.net/c/b?sv=2024&sig=a%2Bb%2Fc%3D&se=2026", "a%2Bb%2Fc%3D"),
        ("https%3A%2F%2Fa%3Fsv%3D1&sig%3Dsecret&x", "secret"),
        ("?sig=secret", "secret"),
        ("https%3A%2F%2Fa%3Fsv%3D1%26sig%3Ds3cr3t%26se%3D2026", "s3cr3t"),
        ("sig=secret", "secret"),
        ('{"url":"https://a/b?sp=r&sig=secret"}', "secret"),
        ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0;EndpointSuffix=x", "c2VjcmV0"),
        ("Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0", "c2VjcmV0"),
        ("BlobEndpoint=https://a/;SharedAccessSignature=sv=2024&sig=secret", "secret"),
        ("grant_type=client_credentials&client_secret=s3cr3t&scope=x", "s3cr3t"),
        (f"signature '{SIGNATURE}' is not the same", SIGNATURE),
        ("the key is " + "A" * 86 + "==.", "A" * 86),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, secret: str) -> None:
    scrubbed = scrub(text)
    assert secret not in scrubbed
    assert "***" in scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "GET /jobs/nightly/tasks/t1 was answered 404 TaskNotFound",
        "https://a.blob.core.windows.net/c/b?sv=2024&se=2026",
        "client-request-id 9c4d50ee-2d56-4cd3-8152-34347dc9f2b0",
        "design=blue; assign=yes",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert scrub(text) == text


def test_given_secrets_are_masked_the_longest_first() -> None:
    assert scrub("pass password passwords", ["pass", "passwords", ""]) == "*** ***word ***"

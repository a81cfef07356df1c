from __future__ import annotations

import base64
import html
import json
import sys
import textwrap
from collections.abc import Callable
from types import FrameType
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azure_batch_provider.values.redact import Secrets, redact

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
    scrubbed = redact(text)
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
    assert redact(text) == text


def test_given_secrets_are_masked_the_longest_first() -> None:
    assert redact("pass password passwords", ["pass", "passwords", ""]) == "*** ***word ***"


DISGUISES: dict[str, Callable[[str], str]] = {
    "percent": lambda text: quote(text, safe=""),
    "percent, slashes kept": quote,
    "percent in lower case": lambda text: quote(text, safe="").replace("%2F", "%2f").replace("%3C", "%3c"),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "every letter percent": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "HTML": html.escape,
    "HTML by numbers": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "JSON": lambda text: json.dumps(text)[1:-1].replace("<", "\\u003c").replace("&", "\\u0026").replace("/", "\\/"),
    "upper case": str.upper,
    "lower case": str.lower,
    "broken over lines": lambda text: "\n".join(textwrap.wrap(text, 7)),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 within more": lambda text: base64.b64encode(f"user:{text}@host".encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(f"{text}!".encode()).decode(),
}


@settings(deadline=None)
@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=list(DISGUISES))
@given(secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=16, max_size=40), data=st.data())
def test_a_given_secret_is_masked_in_every_disguise(
    disguise: Callable[[str], str], secret: str, data: st.DataObject
) -> None:
    before, after = (data.draw(st.sampled_from(["", "said: ", "(", "\n"])) for _ in range(2))
    shown = redact(f"{before}{disguise(secret)}{after}", [secret])
    assert "***" in shown
    assert disguise(secret)[4:-4] not in shown


@pytest.mark.parametrize("secret", ["true", "8080"])
def test_a_short_secret_is_masked_as_it_stands_only(secret: str) -> None:
    assert redact(f"{secret} is not {secret[:2]} {secret[2:]}", [secret]) == f"*** is not {secret[:2]} {secret[2:]}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://host\x1b\\link", "link"),
        ("\x9b2Jgone", "gone"),
        ("over\rwritten", "over written"),
        ("bell\x07 and null\x00", "bell  and null "),
        ("\u202eright to left", " right to left"),
        ("half of a pair: \ud800", "half of a pair: ?"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
    ],
)
def test_what_a_terminal_obeys_is_taken_out(text: str, shown: str) -> None:
    assert redact(text) == shown


alike = st.text("ab= %&x\n", min_size=1, max_size=12)


@settings(deadline=None)
@given(sought=st.lists(alike, max_size=6), text=st.text("ab= %&x\n", max_size=30), data=st.data())
def test_many_secrets_are_masked_as_few_are(sought: list[str], text: str, data: st.DataObject) -> None:
    many = [*sought, *(f"an0ther-s3cret-{number}" for number in range(1000))]
    if sought:
        disguise = data.draw(st.sampled_from(list(DISGUISES.values())))
        text += disguise(data.draw(st.sampled_from(sought))) + data.draw(alike)
    assert redact(text, Secrets(lambda: many)) == redact(text, sought)


def test_a_secret_among_many_is_masked_in_every_disguise() -> None:
    many = Secrets(lambda: (f"s3cret<of/{number:05}>&more" for number in range(3000)))
    for disguise in DISGUISES.values():
        shown = redact(f"said: {disguise('s3cret<of/02999>&more')}", many)
        assert "***" in shown
        assert "2999" not in shown


def test_a_line_is_looked_at_as_often_among_many_secrets_as_among_more() -> None:
    def looks(number: int) -> int:
        many = Secrets(lambda: (f"{index:05}-s3cret-{index:05}" for index in range(number)))
        redact("the first line", many)
        calls = 0

        def count(frame: FrameType, event: str, argument: object) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            redact("GET /jobs/j/tasks 200 00007-s3cret-00007", many)
        finally:
            sys.setprofile(None)
        return calls

    assert looks(300) >= looks(3000)

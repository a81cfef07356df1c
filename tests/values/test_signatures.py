"""What counts as a SAS, a key or a password, whatever stands around it and however it was encoded on its way."""

from __future__ import annotations

import base64
import html
import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azure_batch_provider.values.redact import redact
from azure_batch_provider.values.signatures import bears_secret, expiry, signatures, without_rotating

HOST: Final = "https://files.blob.core.windows.net/in/"
ASKED: Final = "https://proxy/?u="


def _percent(text: str) -> str:
    return quote(text, safe="")


def _other_case(text: str) -> str:
    return quote(text, safe="").replace("%2F", "%2f").replace("%3D", "%3d").replace("%26", "%26")


def _go_json(text: str) -> str:
    return json.dumps(text).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _dotnet_json(text: str) -> str:
    return _go_json(text).replace("+", "\\u002B")


# As programs, shells and services write it: the text itself, and what a text of it is turned into.
ENCODINGS: Final[dict[str, Callable[[str], str]]] = {
    "as it is": lambda text: text,
    "percent": _percent,
    "percent in lower case": _other_case,
    "percent twice": lambda text: _percent(_percent(text)),
    "JSON": json.dumps,
    "JSON of Go": _go_json,
    "JSON of .NET": _dotnet_json,
    "JSON in JSON": lambda text: json.dumps(json.dumps({"url": text})),
    "HTML": html.escape,
}
SEPARATORS: Final = ["", " ", ";", ",", "|", "(", "'", '"', "\n", "\t", "=", "<", ">", "{", "[", ":"]
ENDS: Final = ["", " ", ";", ",", "|", ").Content", "'", '"', "\n", "\\n", ">", "}", "]", "#x", "`"]

signature_texts = st.binary(min_size=32, max_size=32).map(lambda data: base64.b64encode(data).decode())
moments = st.datetimes(min_value=datetime(1000, 1, 1)).map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
ordinary = st.text(st.sampled_from("abcxyz019 -./_"), max_size=12)


@st.composite
def minted(draw: st.DrawFn, purpose: list[tuple[str, str]], *, coded: bool) -> str:
    """The query of a SAS for one purpose, as it comes out anew each time."""
    times = [("sv", draw(st.sampled_from(["2022-11-02", "2024-05-04"]))), ("se", draw(moments))]
    if draw(st.booleans()):
        times.append(("st", draw(moments)))
    parts = draw(st.permutations([*purpose, *times, ("sig", draw(signature_texts))]))
    return "&".join(f"{name}={quote(value, safe='') if coded else value}" for name, value in parts)


@st.composite
def pairs_of_texts(draw: st.DrawFn) -> tuple[str, str, str, str]:
    """Two texts that differ only in how their SAS was minted, one of the two with something else changed, and the
    signature of the first."""
    purpose = [("sp", draw(st.sampled_from(["r", "rl", "racwdl"]))), ("sr", draw(st.sampled_from(["b", "c"])))]
    one, other = (draw(minted(purpose, coded=True)) for _ in range(2))
    alone = draw(st.booleans())
    path = draw(st.sampled_from(["a.csv", "b/c.zip", "x%20y"]))
    encode = ENCODINGS[draw(st.sampled_from(sorted(ENCODINGS)))]
    before, after = draw(ordinary) + draw(st.sampled_from(SEPARATORS)), draw(st.sampled_from(ENDS)) + draw(ordinary)
    # Letters right behind a signature would be a part of it.
    if after and (after[0].isalnum() or after[0] in "-._/=+%"):
        after = " " + after
    # And right before a token they would be a part of its name.
    if before and before[-1] in "abcxyz019_" and alone:
        before += " "
    start = "" if alone else f"{HOST}{path}?"
    first, second = (before + encode(start + query) + after for query in (one, other))
    changed = before + encode(start + other) + after + " more"
    signature = dict(part.split("=", 1) for part in one.split("&"))["sig"]
    return first, second, changed, signature


@settings(deadline=None)
@given(pairs_of_texts())
def test_a_sas_that_was_minted_again_is_the_same_and_what_surrounds_it_is_not(texts: tuple[str, str, str, str]) -> None:
    first, second, changed, _ = texts
    assert without_rotating(first) == without_rotating(second)
    assert without_rotating(first) != without_rotating(changed)


@settings(deadline=None)
@given(pairs_of_texts())
def test_a_sas_is_known_and_hidden_wherever_it_stands(texts: tuple[str, str, str, str]) -> None:
    first, _, _, signature = texts
    assert bears_secret(first)
    assert len(signatures(first)) == 1
    shown = redact(first)
    for code in (str, _percent, lambda text: text.replace("%", "%25")):
        assert code(signature) not in shown


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["a.csv", "b.csv", "c.csv"]), signature_texts), min_size=2, max_size=4),
    st.sampled_from([";", ",", "|", " ", "\n", "','", '","', ") ("]),
    st.data(),
)
def test_each_url_of_a_text_is_compared_by_itself(
    urls: list[tuple[str, str]], separator: str, data: st.DataObject
) -> None:
    def text(files: list[str], keys: list[str]) -> str:
        listed = (f"{HOST}{file}?sp=r&sr=b&sig={quote(key, safe='')}" for file, key in zip(files, keys, strict=True))
        return separator.join(listed)

    files, keys = [file for file, _ in urls], [key for _, key in urls]
    again = data.draw(st.lists(signature_texts, min_size=len(keys), max_size=len(keys)))
    assert without_rotating(text(files, keys)) == without_rotating(text(files, again))
    index = data.draw(st.integers(0, len(files) - 1))
    moved = [*files[:index], "d.csv", *files[index + 1 :]]
    assert without_rotating(text(files, keys)) != without_rotating(text(moved, again))


@settings(deadline=None)
@given(ordinary, ordinary)
def test_texts_without_a_sas_are_compared_as_they_stand(one: str, other: str) -> None:
    assert (without_rotating(one) == without_rotating(other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("run --sig=9", "run --sig=8"),
        ("design=1&se=2", "design=1&se=3"),
        ("https://host/a?se=2026-01-01&b=2", "https://host/a?se=2027-01-01&b=2"),
        ("https://a/a.csv?sp=r&sig=AAA%3D;https://a/b.csv?sp=r&sig=BBB%3D", "https://a/a.csv?sp=r&sig=AAA%3D;https://a/c.csv?sp=r&sig=BBB%3D"),
        ("powershell -Command (iwr https://a/s.ps1?sp=r&sig=CC).Content;Install-One", "powershell -Command (iwr https://a/s.ps1?sp=r&sig=CC).Content;Install-Two"),
        ("https://a/b?sp=r&rscd=attachment%3B%20filename%3Dx&sig=AA", "https://a/b?sp=r&rscd=attachment%3B%20filename%3Dy&sig=AA"),
        ("sp=r&sig=A&sr=c", "sp=rw&sig=A&sr=c"),
        ('{"sv":"1","sig":"abc","c":"d"}', '{"sv":"2","sig":"abd","c":"e"}'),
        ("AccountName=a;AccountKey=abcd==", "AccountName=a;AccountKey=dcba=="),
    ],
)  # fmt: skip
def test_what_is_not_a_part_that_rotates_is_the_programs_own_text(one: str, other: str) -> None:
    assert without_rotating(one) != without_rotating(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"sv":"1","sig":"abc","c":"d"}', '{"sv":"2","sig":"abd","c":"d"}'),
        ("SharedAccessSignature=sv=2024&sr=c&sig=abc;x=1", "SharedAccessSignature=sv=2025&sr=c&sig=abd;x=1"),
        ("https://a/b?sp=r&%73ig=x", "https://a/b?sp=r&%73ig=y"),
        ("https://a/b?sp=r&rscd=attachment%3B%20filename%3Dx&se=1&sig=AA", "https://a/b?sp=r&se=2&rscd=attachment%3B%20filename%3Dx&sig=BB"),
        (f"curl {ASKED}{_percent('a?sv=1&sig=abc&se=6')}&z=1", f"curl {ASKED}{_percent('a?sv=2&sig=xbc&se=7')}&z=1"),
    ],
)  # fmt: skip
def test_what_rotates_is_not_compared(one: str, other: str) -> None:
    assert without_rotating(one) == without_rotating(other)


@pytest.mark.parametrize(
    "text",
    [
        "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0",
        "AccountName=a;AccountKey = abc==",
        "sharedaccesssignature=sv",
        '{"AccountKey": "abc"}',
        "AZURE_STORAGE_ACCOUNT_KEY=abc",
        "https://user:pw@host/",
        "https%3A%2F%2Fuser%3Apw%40host",
        "(sig=x",
        "|sig=x",
        "%26sig%3Dx",
        '{"sig": "x"}',
        '{\\"sig\\":\\"x\\"}',
        "%73ig=x",
        "A" * 86 + "==",
    ],
)
def test_keys_passwords_and_signatures_are_secret(text: str) -> None:
    assert bears_secret(text)
    assert "***" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "design=1",
        "resign=now",
        "https://host/blob?sv=1&se=2",
        "git@host:a/b",
        "http://host:80/a@b",
        "echo user:x@y",
        "registry/a:b/c@sha256:00",
        "SharedAccessKeyName=n",
        "the signature=is here",
    ],
)
def test_ordinary_texts_are_not_secret(text: str) -> None:
    assert not bears_secret(text)


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=list(ENCODINGS))
def test_the_first_end_of_all_that_stand_in_a_text_counts(encode: Callable[[str], str]) -> None:
    ends = ["2031-01-01T00%3A00%3A00Z", "2030-01-01T00:00:00Z"]
    text = " ".join(encode(f"{HOST}a?sp=r&se={end}&sig=abc%3D") for end in ends)
    found = expiry(text)
    assert found is not None
    assert found.isoformat() == "2030-01-01T00:00:00+00:00"
    assert expiry("https://host/a?se=2030-01-01&b=1") is None
    assert expiry("https://host/a?si=policy&sig=abc") is None


@pytest.mark.parametrize(
    "piece", ["sig=a&", "{", "\\", "%25", "%2525", "://a:", "sv=1&", '{"sig":"a",', "s%", "&", "a:"]
)
def test_no_text_takes_more_than_its_length(piece: str) -> None:
    """Twice the text takes about twice as long, where a search that starts over and over would take four times."""

    def seconds(size: int) -> float:
        text = "sig=x " + piece * (size // len(piece))
        best = 60.0
        for _ in range(3):
            started = time.process_time()
            bears_secret(text)
            without_rotating(text)
            best = min(best, time.process_time() - started)
        return best

    assert seconds(60_000) < 8 * seconds(15_000) + 0.05

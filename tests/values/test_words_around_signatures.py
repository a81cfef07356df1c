"""The words of a program are compared wherever they stand: behind a signature, an end or a version of a SAS."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from azure_batch_provider.values.signatures import without_rotating


def _percent(text: str) -> str:
    return quote(text, safe="")


def _json(text: str) -> str:
    return json.dumps({"url": text}).replace("&", "\\u0026")


ENCODINGS: Final[tuple[Callable[[str], str], ...]] = (
    str,
    _percent,
    lambda text: _percent(_percent(text)),
    _json,
    html.escape,
    lambda text: json.dumps({"inner": _json(text)}),
    lambda text: _percent(_json(text)),
    lambda text: _json(f"https://proxy/?to={_percent(text)}&as=x"),
)
JOINTS: Final = [*";,| \n()'\"<>[]{}#`^*!~$@\\:", "::", "?", "&&", "%20", "%3B", "%0A", "\\n", "é", "…", "“"]
"""What joins words and URLs. A letter of the alphabet, `-` or `%2B` for example, would be a part of the signature."""

signatures: Final = st.binary(min_size=32, max_size=32).map(lambda data: base64.b64encode(data).decode())
words: Final = st.sampled_from(["", "x", "cp", "Install-One", "Install-Two"])
files: Final = st.sampled_from(["a.csv", "b/c.zip"])


@st.composite
def minted(draw: st.DrawFn) -> str:
    """What rotates of a SAS, in any order: a signature, an end, a start, a version."""
    day = "20{:02}-0{}-1{}T00:0{}:00Z".format(*(draw(st.integers(27, 60)), *draw(st.tuples(*[st.integers(1, 9)] * 3))))
    parts = [f"sig={_percent(draw(signatures))}", f"se={_percent(day)}", f"sv=20{draw(st.integers(15, 30))}-05-04"]
    parts += draw(st.sampled_from([[], ["skoid=5f3c1e2a-0b9d-4c7e-8a1f-2d3b4c5d6e7f"], [f"st={day[:10]}"]]))
    return "&".join(draw(st.permutations(parts)))


@settings(deadline=None)
@given(st.data())
def test_another_word_or_file_is_a_difference_and_another_signature_is_none(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 3))
    encode = data.draw(st.sampled_from(ENCODINGS))
    joints = data.draw(st.lists(st.sampled_from(JOINTS), min_size=count + 1, max_size=count + 1))
    named = data.draw(st.lists(files, min_size=count, max_size=count))
    said = data.draw(st.lists(words, min_size=count + 1, max_size=count + 1))

    def text(named: list[str], said: list[str], rotating: list[str]) -> str:
        urls = [
            encode(f"https://a.blob.core.windows.net/{file}?sp=r&sr=b&{part}")
            for file, part in zip(named, rotating, strict=True)
        ]
        return said[0] + "".join(f"{joints[i]}{url}{joints[i + 1]}{said[i + 1]}" for i, url in enumerate(urls))

    first, second = (data.draw(st.lists(minted(), min_size=count, max_size=count)) for _ in range(2))
    before = without_rotating(text(named, said, first))
    assert before == without_rotating(text(named, said, second))
    at = data.draw(st.integers(0, count - 1))
    assert before != without_rotating(text([*named[:at], "z.csv", *named[at + 1 :]], said, second))
    at = data.draw(st.integers(0, count))
    other = data.draw(words)
    assume(other != said[at])
    assert before != without_rotating(text(named, [*said[:at], other, *said[at + 1 :]], second))

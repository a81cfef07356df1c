from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from azure_batch_provider.values.needles import SHORTEST, Needles

texts = st.text("ab", max_size=14)


@given(st.lists(texts), st.text("ab", max_size=40))
def test_each_text_of_some_length_is_found_wherever_it_stands(sought: list[str], text: str) -> None:
    found = {item for item in sought if len(item) >= SHORTEST and item in text}
    needles = Needles(sought)
    assert set(needles.within(text)) == found
    assert needles.any_within(text) is bool(found)

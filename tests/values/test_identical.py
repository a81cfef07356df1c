from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from azure_batch_provider.values.identical import identical
from azure_batch_provider.values.unknown import UNKNOWN

LEAVES = st.sampled_from([None, True, False, 0, 1, -1, 1.0, "", "1", UNKNOWN])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
)


def letters(value: Any) -> str:
    """How a value is written, the names of objects in order."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}:{letters(item)}" for name, item in sorted(value.items())) + "}"
    return f"[{','.join(map(letters, value))}]" if isinstance(value, list) else repr(value)


@given(VALUES, VALUES)
def test_values_are_identical_that_are_written_the_same_and_known(one: Any, other: Any) -> None:
    for second in (other, copy.deepcopy(one), one):
        assert identical(one, second) is (letters(one) == letters(second) and "UNKNOWN" not in letters(one))

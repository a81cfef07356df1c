from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azure_batch_provider.values.parameters import (
    Combinations,
    Parameter,
    first_value,
    parameter,
    parameters,
    plain_value,
    size,
)
from azure_batch_provider.values.unknown import UNKNOWN

SMALL = st.integers(-150, 150)
STEPS = st.integers(-30, 30).filter(bool)


@settings(deadline=None)
@given(SMALL, SMALL, STEPS)
def test_a_range_includes_its_end_where_the_steps_reach_it(start: int, end: int, step: int) -> None:
    expected = [start + step * n for n in range(301) if min(start, end) <= start + step * n <= max(start, end)]
    if (end - start) * step < 0:
        expected = []
    found = parameter({"start": start, "end": end, "step": step})
    assert (list(found.values) if found else []) == expected
    if found:
        texts = [str(value) for value in expected]
        assert len(str(found.longest)) == max(map(len, texts))
        assert len(str(found.shortest)) == min(map(len, texts))


@pytest.mark.parametrize(
    ("declared", "values"),
    [
        ({"start": 1, "end": 3}, [1, 2, 3]),
        ({"start": 3, "end": 3}, [3]),
        ({"start": 0, "end": 10, "step": 4}, [0, 4, 8]),
        ({"start": 3, "end": 1, "step": -1}, [3, 2, 1]),
        ({"start": 3, "end": 1, "step": -1, "values": None}, [3, 2, 1]),
        ({"values": ["a", 1, True, False, 2.0, 0.5, "3.10", 3.10]}, ["a", 1, "true", "false", 2, "0.5", "3.10", "3.1"]),
    ],
)
def test_values_are_whole_numbers_or_texts(declared: dict[str, Any], values: list[Any]) -> None:
    found = parameter(declared)
    assert found is not None
    assert list(found.values) == values
    assert found.whole is all(isinstance(value, int) for value in values)
    assert first_value(declared) == values[0]
    assert size(declared) == len(values)


@pytest.mark.parametrize(
    "declared",
    [
        UNKNOWN,
        None,
        {},
        {"values": []},
        {"values": UNKNOWN},
        {"values": ["a", UNKNOWN]},
        {"values": [None]},
        {"values": ["a"], "start": 1},
        {"start": 1},
        {"start": 1, "end": UNKNOWN},
        {"start": 1, "end": 2, "step": 0},
        {"start": 1, "end": 2, "step": UNKNOWN},
        {"start": 2, "end": 1},
        {"start": True, "end": 2},
        {"start": "1", "end": 2},
        {"start": 0, "end": 2**70},
    ],
)
def test_what_is_unknown_or_not_right_is_no_parameter(declared: Any) -> None:
    assert parameter(declared) is None
    assert parameters({"a": declared, "b": {"values": [1]}})["a"] is None


def test_the_first_value_and_the_number_are_known_before_the_others() -> None:
    assert first_value({"values": ["a", UNKNOWN]}) == "a"
    assert size({"values": ["a", UNKNOWN]}) == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [(7.0, "7"), (-0.0, "0"), (2.0**52, "4503599627370496"), (1e300, "1e+300"), (0.00001, "1e-05"), (True, "true")],
)
def test_a_number_is_written_without_an_empty_fraction(value: Any, text: str) -> None:
    assert str(plain_value(value)) == text


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abcd"), st.lists(st.text(max_size=2) | st.integers(), min_size=1, max_size=4)))
def test_each_combination_has_an_index_and_the_first_name_varies_slowest(values: dict[str, list[Any]]) -> None:
    found = Combinations({name: Parameter(tuple(listed), False) for name, listed in values.items()})
    expected: list[tuple[Any, ...]] = [()]
    for name in sorted(values):
        expected = [(*before, value) for before in expected for value in values[name]]
    assert list(found) == expected
    assert found.count == len(expected)
    assert [found[index] for index in range(found.count)] == expected


def test_a_description_shows_whole_numbers_and_the_positions_of_all_else() -> None:
    found = Combinations(
        {"scene": Parameter(("hidden", "secret"), False), "frame": Parameter(range(10, 13), True)},
    )
    assert found.described(5) == "`frame` is 12, `scene` is its value 2 of 2"

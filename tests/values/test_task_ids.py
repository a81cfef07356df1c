from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azure_batch_provider.values.parameters import Combinations, combinations, parameters
from azure_batch_provider.values.task_ids import default_format, flaw, ids, usable
from azure_batch_provider.values.template import parse

NAMES = st.lists(st.text("ab1-_B", min_size=1, max_size=3), min_size=1, max_size=4)


def of(**declared: Any) -> Combinations:
    found = combinations(parameters(declared))
    assert found is not None
    return found


def numbers(start: int, end: int, step: int = 1) -> dict[str, int]:
    return {"start": start, "end": end, "step": step}


@pytest.mark.parametrize(
    ("declared", "format"),
    [
        ({"frame": numbers(1, 9)}, "{frame:01}"),
        ({"frame": numbers(1, 100)}, "{frame:03}"),
        ({"frame": numbers(-100, 5)}, "{frame:04}"),
        ({"frame": {"values": [1, 20.0, 3]}}, "{frame:02}"),
        ({"frame": {"values": [1, "20"]}}, "{frame}"),
        ({"rate": {"values": [0.1, 0.01]}}, "{rate:id}"),
        ({"rate": {"values": [1, 0.1]}, "layers": numbers(1, 20), "on": {"values": [True]}}, "{layers}-{on}-{rate:id}"),
        ({"scene": {"values": ["a"]}, "frame": numbers(1, 100)}, "{frame}-{scene}"),
    ],
)
def test_the_default_format_pads_a_single_parameter_of_whole_numbers(declared: dict[str, Any], format: str) -> None:
    assert default_format(of(**declared)) == format


@settings(deadline=None)
@given(st.integers(0, 2000), st.integers(1, 500), st.integers(1, 40))
def test_default_ids_sort_as_their_numbers_do(start: int, count: int, step: int) -> None:
    found = of(n=numbers(start, start + step * count, step))
    made = list(ids(parse(default_format(found)), found))
    assert made == sorted(made)
    assert [int(id) for id in made] == list(range(start, start + step * count + 1, step))


@settings(deadline=None)
@given(st.integers(-200, 200), st.integers(0, 300), st.integers(1, 64))
def test_padded_numbers_never_share_an_id(start: int, count: int, width: int) -> None:
    assert flaw(parse(f"{{n:0{width}}}"), of(n=numbers(start, start + count))) is None


@settings(deadline=None)
@given(
    NAMES, NAMES, st.sampled_from(["{a}-{b}", "{a}{b}", "x{b}_{a}", "{a}", "{b}{b}{b}", "{a} {b}", "{a}" + "x" * 60])
)
def test_a_flaw_is_found_exactly_where_the_service_would_refuse_an_id(a: list[str], b: list[str], format: str) -> None:
    found = of(a={"values": a}, b={"values": b})
    made = list(ids(parse(format), found))
    well_formed = all(
        0 < len(id) <= 64 and id.replace("-", "").replace("_", "").isalnum() for id in made if set(id) - set("-_")
    )
    unique = len({id.lower() for id in made}) == len(made)
    assert (flaw(parse(format), found) is None) == (well_formed and unique)


@pytest.mark.parametrize(
    ("format", "declared", "reason"),
    [
        (
            "{v}",
            {"v": {"values": ["a", "3.10"]}},
            "in place of which `{name:id}` puts `_` (where `v` is its value 2 of 2)",
        ),
        (
            "{v}",
            {"v": {"values": ["ä"]}},
            "makes an id with characters other than letters (A to Z), digits, hyphens and underscores",
        ),
        (
            "{v}",
            {"v": {"values": ["a\n"]}},
            "makes an id with characters other than letters (A to Z), digits, hyphens and underscores",
        ),
        (
            "{v:id}",
            {"v": {"values": ["a.b", "a_b"]}},
            "makes the same id (case does not count) where `v` is its value 1",
        ),
        ("t.{n}", {"n": numbers(1, 2)}, "digits, hyphens and underscores (where `n` is 1)"),
        ("{v}", {"v": {"values": ["a", ""]}}, "makes an empty id (where `v` is its value 2 of 2)"),
        ("{n:064}x", {"n": numbers(7, 9)}, "makes an id of 65 characters, at most 64 are allowed (where `n` is 7)"),
        (
            "{v}",
            {"v": {"values": ["Scene", "x", "scene"]}},
            "makes the same id (case does not count) where `v` is its value 1 of 3 and where `v` is its value 3 of 3",
        ),
        (
            "{a}-{b}",
            {"a": {"values": ["1", "1-2"]}, "b": {"values": ["2-3", "3"]}},
            "where `a` is its value 1 of 2, `b` is its value 1 of 2 and where `a` is its value 2 of 2, `b` is its",
        ),
        (
            "{n}",
            {"n": numbers(1, 2), "m": numbers(1, 2)},
            "must contain `{m}`, or else tasks that differ in nothing else",
        ),
        ("all", {"n": numbers(1, 2), "m": numbers(1, 1)}, "must contain `{n}`, or else"),
    ],
)
def test_a_flaw_names_the_combination_and_never_its_texts(format: str, declared: dict[str, Any], reason: str) -> None:
    found = flaw(parse(format), of(**declared))
    assert found is not None
    assert reason in found
    assert "cene" not in found


@pytest.mark.parametrize(
    ("kept", "is_usable"),
    [
        ("{n:02}", True),
        ("t-{n}", True),
        ("{n}-{n}", True),
        ("{m}", False),
        ("all", False),
        ("{n", False),
        ("{n}.", False),
        ("{n}{m}", False),
    ],
)
def test_a_format_is_usable_with_its_own_parameters_only(kept: str, is_usable: bool) -> None:
    assert usable(kept, of(n=numbers(1, 100))) is is_usable


def test_a_format_that_pads_is_not_usable_once_values_are_texts() -> None:
    assert not usable("{n:02}", of(n={"values": [1, "a"]}))

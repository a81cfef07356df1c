"""What travels between a program and its dynamic provider arrives as it was sent."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as some
from pulumi.output import Unknown

from azure_batch_provider.dynamic.hidden import closed, opened
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.unknown import UNKNOWN
from tests.marks import Secret, wrapped

SIGNED = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
NAMES = some.text("abcXYZ", min_size=1, max_size=4)
LEAVES = some.none() | some.booleans() | some.integers(-(2**31), 2**31) | some.text(max_size=5)
VALUES = some.recursive(
    LEAVES, lambda inner: some.lists(inner, max_size=3) | some.dictionaries(NAMES, inner, max_size=3)
)


@given(some.dictionaries(NAMES, VALUES, max_size=4))
def test_plain_values_survive_the_way_there_and_back(values: dict[str, Any]) -> None:
    there = {name: value for name, value in values.items() if value is not None}
    assert opened(closed(Inputs(there), {})).inputs.values == there


def test_whole_numbers_are_integers_and_others_are_not() -> None:
    found = opened({"a": 3.0, "b": [1.5, {"c": -1.0}], "d": True}).inputs.values
    assert found == {"a": 3, "b": [1.5, {"c": -1}], "d": True}
    assert isinstance(found["a"], int) and isinstance(found["b"][1]["c"], int)


def test_an_unknown_is_one_on_both_sides() -> None:
    found = opened({"a": {"b": [Unknown()]}}).inputs.values  # type: ignore[no-untyped-call]
    assert found["a"]["b"][0] is UNKNOWN
    assert isinstance(closed(Inputs(found), {})["a"]["b"][0], Unknown)


def test_hidden_properties_are_no_declared_ones() -> None:
    properties = opened(
        {
            "a": 1.0,
            "__provider": "x",
            "__urn": "urn",
            "__secrets": ["b"],
            "__preview": True,
            "__endpoint": "http://h",
            "__private": {"created": "now"},
        }
    )
    assert properties.inputs.values == {"a": 1}
    assert properties.private == {"created": "now"}
    assert (properties.urn, properties.marked, properties.preview) == ("urn", ["b"], True)
    assert properties.endpoint == "http://h"
    assert properties.kept == {"__urn": "urn", "__secrets": ["b"]}


def test_what_the_program_marked_is_secret_again() -> None:
    found = opened(
        {"env": [{"name": "A", "value": "v"}], "line": "l", "__secrets": ["env[0].value", "line", "no.such"]}
    )
    assert wrapped(found.inputs) == {"env": [{"name": "A", "value": Secret("v")}], "line": Secret("l")}
    assert closed(found.inputs, {})["line"] == {**SIGNED, "value": "l"}


@given(some.dictionaries(NAMES, VALUES, max_size=3), some.lists(some.text("abcXYZ.[]0123", max_size=6), max_size=3))
def test_marking_changes_no_value(values: dict[str, Any], paths: list[str]) -> None:
    assert opened({**values, "__secrets": paths}).inputs.values == values

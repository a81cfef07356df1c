from __future__ import annotations

import sys
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azure_batch_provider.models.sweep import Sweep
from azure_batch_provider.properties.sweep import Expansion, task_id_format
from azure_batch_provider.values.template import escaped
from azure_batch_provider.values.unknown import UNKNOWN
from tests.models.breaking import failures

TEXTS = st.text("ab.XY", min_size=1, max_size=2)
NUMBERS = st.integers(-15, 15)
RANGES = st.builds(
    lambda start, count, step: {"start": start, "end": start + (count - 1) * step, "step": step},
    NUMBERS,
    st.integers(1, 6),
    st.integers(-3, 3).filter(bool),
)
LISTS = st.lists(
    TEXTS | NUMBERS | st.booleans(),
    min_size=1,
    max_size=4,
    unique_by=lambda value: str(value).casefold().replace(".", "_"),
)
PARAMETERS = st.dictionaries(
    st.sampled_from("abc"), RANGES | LISTS.map(lambda listed: {"values": listed}), min_size=1, max_size=3
)


def frames(end: int, **more: Any) -> dict[str, Any]:
    return {
        "task": {"commandLine": "render {frame}"},
        "parameters": {"frame": {"start": 1, "end": end}},
        **more,
    }


def of(parameters: dict[str, Any], kept: str | None = None, literal: str = "") -> dict[str, Any]:
    names = "".join(f"{{{name}}}" for name in sorted(parameters))
    found = {
        "task": {
            "commandLine": f"run {escaped(literal)}{names}",
            "requiredSlots": 2,
            "environmentSettings": [{"name": "FIXED", "value": "{{}}"}, {"name": "NAMES", "value": names}],
            "constraints": {"maxWallClockTime": "PT1H"},
        },
        "parameters": parameters,
    }
    return {**found, "taskIdFormat": task_id_format(found, kept)}


def tasks(sweep: dict[str, Any]) -> dict[str, Any]:
    expansion = Expansion(sweep)
    return {id: expansion.body(id) for id in expansion}


def test_a_sweep_has_a_task_for_each_combination_in_the_order_of_names() -> None:
    expansion = Expansion(
        {
            "task": {
                "commandLine": "render -s {scene} -f {frame:03} --json '{{}}'",
                "displayName": "frame {frame}",
                "requiredSlots": 2,
                "dependsOn": {"taskIds": ["prepare-{scene}", "all"]},
                "constraints": {"maxWallClockTime": "PT1H"},
            },
            "parameters": {"scene": {"values": ["City", "sea"]}, "frame": {"start": 9, "end": 10}},
        }
    )
    assert list(expansion) == ["9-City", "9-sea", "10-City", "10-sea"]
    assert len(expansion) == 4
    assert expansion.body("9-CITY") == {
        "commandLine": "render -s City -f 009 --json '{}'",
        "displayName": "frame 9",
        "requiredSlots": 2,
        "dependsOn": {"taskIds": ["prepare-City", "all"]},
        "constraints": {"maxWallClockTime": "PT1H"},
    }
    assert "10-SEA" in expansion
    assert "10-" not in expansion
    assert 10 not in expansion
    assert expansion.combination("10-sea") == {"frame": 10, "scene": "sea"}
    assert expansion.described("10-sea") == "`frame` is 10, `scene` is its value 2 of 2"
    with pytest.raises(KeyError):
        expansion.body("11-sea")


def test_a_task_without_placeholders_is_the_same_for_all() -> None:
    sweep = frames(2, task={"commandLine": "render {{}}"}, taskIdFormat="f{frame}")
    assert tasks(sweep) == {"f1": {"commandLine": "render {}"}, "f2": {"commandLine": "render {}"}}


def test_a_body_changes_no_other_body() -> None:
    expansion = Expansion(of({"a": {"start": 1, "end": 3}}))
    first = expansion.body("1")
    first["commandLine"] = first["environmentSettings"][1]["value"] = "changed"
    assert expansion.body("1")["commandLine"] == "run 1"
    assert expansion.body("2")["environmentSettings"] == [
        {"name": "FIXED", "value": "{}"},
        {"name": "NAMES", "value": "2"},
    ]


@settings(deadline=None)
@given(PARAMETERS, st.text("{}$x ", max_size=8))
def test_ids_are_unique_and_bodies_say_their_combination(parameters: dict[str, Any], literal: str) -> None:
    sweep = of(parameters, literal=literal)
    if failures(Sweep, sweep):  # values with hyphens, between hyphens
        assert list(failures(Sweep, sweep)) == ["taskIdFormat"]
        return
    expansion = Expansion(sweep)
    ids = list(expansion)
    assert len({id.casefold() for id in ids}) == len(expansion) == len(ids)
    combinations = set()
    for id in ids:
        assert id in expansion
        values = expansion.combination(id)
        combinations.add(tuple(values.values()))
        text = "".join(str(values[name]) for name in sorted(values))
        assert expansion.body(id)["commandLine"] == f"run {literal}{text}"
        assert expansion.body(id)["environmentSettings"][1]["value"] == text
    assert len(combinations) == len(ids)


def _extended(declared: dict[str, Any], more: list[Any]) -> dict[str, Any]:
    if "values" in declared:
        known = {str(value).casefold() for value in declared["values"]}
        return {"values": [*(value for value in more if str(value).casefold() not in known), *declared["values"]]}
    return {
        **declared,
        "end": declared["end"] + 7 * declared["step"],
        "start": declared["start"] - 12 * declared["step"],
    }


@settings(deadline=None)
@given(PARAMETERS, st.data())
def test_what_is_added_to_a_sweep_changes_no_other_task(parameters: dict[str, Any], data: st.DataObject) -> None:
    before = of(parameters)
    name = data.draw(st.sampled_from(sorted(parameters)))
    whole = all(isinstance(value, int) for value in parameters[name].get("values", ()))
    more: list[Any] = data.draw(st.lists(NUMBERS, unique=True) if whole else LISTS)
    after = of({**parameters, name: _extended(parameters[name], more)}, kept=before["taskIdFormat"])
    if failures(Sweep, before) or failures(Sweep, after):
        return
    old, new = tasks(before), tasks(after)
    assert {id: new.get(id) for id in old} == old


def test_a_range_that_grows_keeps_the_ids_that_it_had() -> None:
    assert task_id_format(frames(99), None) == "{frame:02}"
    assert task_id_format(frames(100), None) == "{frame:03}"
    assert task_id_format(frames(100), "{frame:02}") == "{frame:02}"
    assert list(Expansion(frames(100, taskIdFormat="{frame:02}")))[97:] == ["98", "99", "100"]


@pytest.mark.parametrize(
    ("sweep", "kept", "format"),
    [
        (frames(9, taskIdFormat="f{frame}"), "{frame:02}", "f{frame}"),
        (frames(9, taskIdFormat=UNKNOWN), "{frame:02}", UNKNOWN),
        (frames(9), "f{frame}", "f{frame}"),
        (frames(9), "{scene}", "{frame:01}"),
        (frames(9), "{frame}-{scene}", "{frame:01}"),
        (frames(9), "f.{frame}", "{frame:01}"),
        (frames(9), "{frame", "{frame:01}"),
        (frames(9, parameters={"v": {"values": ["a", 1]}}), "{v:02}", "{v}"),
        (frames(9, parameters={"v": {"values": ["a.b", 1]}}), "{v}", "{v:id}"),
        (frames(9, parameters={"v": {"values": ["a", 1]}}), "{v:id}", "{v:id}"),
        (frames(9, parameters={"a": {"values": ["1-1", 1]}, "b": {"values": [1, "1-1"]}}), "{a}_{b}", "{a}_{b}"),
        (frames(9, parameters={"a": {"values": ["1-1", 1]}, "b": {"values": [1, "1-1"]}}), "{a}{b}", "{a}{b}"),
        (frames(9, parameters={"a": {"values": [11, 1]}, "b": {"values": [1, 11]}}), "{a}{b}", "{a}-{b}"),
        (frames(9, parameters={"frame": {"start": 1, "end": UNKNOWN}}), None, UNKNOWN),
        (frames(9, parameters={"frame": {"start": 1, "end": UNKNOWN}}), "{frame:02}", "{frame:02}"),
        (frames(9, parameters={"frame": {"start": 1, "end": UNKNOWN}}), "{scene}", UNKNOWN),
        (frames(9, parameters={"a": UNKNOWN, "b": UNKNOWN}), None, UNKNOWN),
        (frames(9, parameters={"a": UNKNOWN, "b": UNKNOWN}), "{a}{b}", "{a}{b}"),
        (frames(9, parameters=UNKNOWN), "{frame:02}", UNKNOWN),
        (frames(9, parameters={}), None, UNKNOWN),
        ({}, None, UNKNOWN),
        (frames(9, parameters={"a": {"start": 0, "end": 2**31}, "b": {"start": 0, "end": 2**31}}), "{a}{b}", "{a}-{b}"),
    ],
)
def test_a_format_stays_while_it_can(sweep: dict[str, Any], kept: str | None, format: Any) -> None:
    assert task_id_format(sweep, kept) == format


def test_the_order_in_which_parameters_are_written_means_nothing() -> None:
    one = {"a": {"values": ["x", "y"]}, "b": {"start": 1, "end": 2}}
    assert list(tasks(of(one)).items()) == list(tasks(of(dict(reversed(one.items())))).items())


@pytest.mark.skipif(sys.gettrace() is not None, reason="what watches every line takes memory of its own")
def test_a_task_takes_three_hundred_bytes_at_most() -> None:
    tracemalloc.start()
    try:
        expansion = Expansion(frames(30_000))
        assert "30000" in expansion
        assert expansion.body("09999") == {"commandLine": "render 9999"}
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 300 * len(expansion)

"""What an operation comes to know of tasks that depend on each other."""

from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider.lifecycle.dependents import Dependents
from azure_batch_provider.values.unknown import UNKNOWN


@pytest.mark.parametrize(
    ("depends_on", "task", "waits"),
    [
        ({"taskIds": ["a", "B"]}, "b", True),
        ({"taskIds": ["a"]}, "ab", False),
        ({"taskIds": [UNKNOWN, "b"]}, "b", True),
        ({"taskIds": UNKNOWN}, "b", False),
        ({"taskIdRanges": [{"start": 1, "end": 3}, {"start": 7, "end": 9}]}, "008", True),
        ({"taskIdRanges": [{"start": 1, "end": 3}]}, "4", False),
        ({"taskIdRanges": [{"start": 1, "end": 3}]}, "t2", False),
        ({"taskIdRanges": [{"start": 1, "end": 3}]}, "\u0662", False),
        ({"taskIdRanges": [{"start": UNKNOWN, "end": 3}]}, "2", False),
        ({"taskIdRanges": [UNKNOWN]}, "2", False),
        (UNKNOWN, "2", False),
        (None, "2", False),
    ],
)
def test_ids_and_ranges_name_tasks_as_the_service_reads_them(depends_on: Any, task: str, waits: bool) -> None:
    known = Dependents()
    known.waits("j", "x", depends_on)
    assert known.again("J", task) == (["x"] if waits else [])
    assert known.again_all("J", ["other", task]) == (["x"] if waits else [])


def test_each_pair_is_told_once_whichever_of_the_two_comes_first() -> None:
    known = Dependents()
    assert known.waits("j", "x", {"taskIds": ["a"]}) == []
    assert known.again("j", "a") == ["x"]
    assert known.waits("j", "X", {"taskIds": ["a"]}) == []
    assert known.waits("j", "y", {"taskIds": ["A"]}) == ["a"]
    assert known.again("j", "a") == []
    assert known.waits("other", "y", {"taskIds": ["a"]}) == []
    assert known.waits("j", "a", {"taskIds": ["a"]}) == []


def test_of_many_tasks_each_dependent_is_told_once() -> None:
    known = Dependents()
    known.waits("j", "x", {"taskIds": ["a", "b"]})
    known.waits("j", "A", {"taskIds": ["b"]})
    assert known.again_all("J", ["a", "B"]) == ["x"]
    assert known.waits("j", "X", {"taskIds": ["a"]}) == []
    assert known.waits("j", "y", {"taskIds": ["b", "c"]}) == ["B"]
    assert known.waits("j", "y", {"taskIds": ["b"]}) == []
    assert known.again_all("j", ["c"]) == []
    assert known.again_all("j", ["b"]) == ["x", "A", "y"]

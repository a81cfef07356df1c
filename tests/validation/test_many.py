"""What is wrong in thousands of places is found in time that grows with their number, and no faster."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

import pytest

from azure_batch_provider.models.base import API_2025
from azure_batch_provider.models.task_collection import TaskCollection
from azure_batch_provider.validation.check import Findings, check

BODY: Final[dict[str, Any]] = {
    "commandLine": "run",
    "environmentSettings": [{"name": "A", "value": "1"}],
    "constraints": {"maxWallClockTime": "PT1H"},
}
FAULTS: Final[dict[str, dict[str, Any]]] = {
    "a misspelt property": {"comandLine": "x"},
    "a wrong type": {"displayName": 5},
    "nothing given": {"commandLine": None},
    "an empty text": {"commandLine": ""},
    "a long text": {"displayName": "x" * 1025},
    "no duration": {"constraints": {"maxWallClockTime": "1h"}},
    "a nameless variable": {"environmentSettings": [{"value": "1"}, {"value": 2}]},
    "a broken rule": {"dependsOn": {"taskIdRanges": [{"start": 5, "end": 1}]}},
}


def counted(tasks: dict[Any, Any]) -> tuple[int, Findings]:
    """How many calls a check makes, those of built-in functions included, and what it finds."""
    calls = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        found = check(TaskCollection, {"jobId": "j", "tasks": tasks}, API_2025)
    finally:
        sys.setprofile(None)
    return calls, found


def named(form: str) -> Callable[[int], Any]:
    return form.format


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        *((named("t{}"), [fault]) for fault in FAULTS.values()),
        (named("t{}"), list(FAULTS.values())),
        (named("t {}"), [{}]),
        (named("t" * 65 + "{}"), [{}]),
        (int, [{}]),
    ],
    ids=[*FAULTS, "all of these", "ids with blanks", "long ids", "numbers for ids"],
)
def test_ten_times_the_faults_take_ten_times_the_work(name: Callable[[int], Any], faults: list[dict[str, Any]]) -> None:
    def tasks(number: int) -> dict[Any, Any]:
        return {name(i): {**BODY, **faults[i % len(faults)]} for i in range(number)}

    counted(tasks(1))  # what is made once for all
    (few, of_few), (many, of_many) = counted(tasks(48)), counted(tasks(480))
    assert len(of_many.violations) == 10 * len(of_few.violations) or name is int
    assert of_few.violations
    assert many < 11 * few


def test_failures_come_in_the_order_of_what_numbers_count() -> None:
    huge = "9" * 40
    names = ["t10", "t9", "t1", f"a{huge}", "t9b", "t9a", "B"]
    found = check(TaskCollection, {"jobId": "j", "tasks": {name: {"commandLine": 1} for name in names}}, API_2025)
    assert [failure.path[1] for failure in found.violations] == ["B", f"a{huge}", "t1", "t9", "t9a", "t9b", "t10"]

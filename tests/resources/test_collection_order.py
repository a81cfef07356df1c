"""What is wrong with a collection does not depend on the order of its map: the engine hands one over in any."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from azure_batch_provider.models.base import API_2025
from azure_batch_provider.models.task_collection import TaskCollection
from azure_batch_provider.resources.collection_check import inspected
from azure_batch_provider.validation.check import check

RANGED = {"commandLine": "x", "dependsOn": {"taskIdRanges": [{"start": 1, "end": 2}]}}


def in_any_order(*names: str) -> list[dict[str, Any]]:
    return [{"jobId": "j", "tasks": dict.fromkeys(order, RANGED)} for order in permutations(names)]


def test_of_ids_that_are_one_number_the_longer_ones_are_wrong() -> None:
    for inputs in in_any_order("1", "01", "001"):
        assert [(one.path, one.reason) for one in inspected(inputs).violations] == [
            (("tasks", id), f"makes the ids 1 and {id}, which are one number, and `taskIdRanges` go by numbers")
            for id in ("01", "001")
        ]


def test_of_ids_that_differ_in_case_the_same_are_wrong() -> None:
    for inputs in in_any_order("id", "ID", "Id"):
        found = check(TaskCollection, inputs, API_2025).violations
        assert [(one.path, one.reason) for one in found] == [
            (("tasks", id), "is the id `ID` again: case does not tell ids apart") for id in ("Id", "id")
        ]

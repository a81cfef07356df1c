"""What is sent: in the API's names and spelling, and what takes a property back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from azure_batch_provider import registry
from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.job import Job
from azure_batch_provider.models.scalars import Id
from azure_batch_provider.models.task import Task
from azure_batch_provider.properties.read_back import project, undeclared
from azure_batch_provider.properties.request_body import LARGEST, body, patch, too_large
from azure_batch_provider.values.unknown import UNKNOWN


class Part(Model):
    partId: Id = prop("Id.", required=True, wire_name="id")


class Whole(Model):
    wholeId: Id = prop("Id.", required=True, wire_name="id")
    parts: list[Part] | None = prop("Parts.", key="partId")
    named: dict[str, Part] | None = prop("Parts by name.")
    settings: dict[str, Any] | None = prop("Free JSON.")


def test_the_apis_names_stand_for_the_models_at_any_depth() -> None:
    declared: dict[str, Any] = {
        "wholeId": "w",
        "parts": [{"partId": "a"}, {"partId": "b"}],
        "named": {"c": {"partId": "c"}},
    }
    sent = body(Whole, declared)
    assert sent == {"id": "w", "parts": [{"id": "a"}, {"id": "b"}], "named": {"c": {"id": "c"}}}
    shown = {**sent, "parts": [{"id": "B"}, {"id": "A"}]}
    assert project(Whole, declared, shown) == declared
    assert project(Whole, {"wholeId": "w"}, {**shown, "named": None}) == {
        "wholeId": "w",
        "parts": [{"partId": "B"}, {"partId": "A"}],
    }
    assert undeclared(Whole, {"id": "w", "parts": [{"id": "a"}]}) == {"wholeId": "w", "parts": [{"partId": "a"}]}


def test_nulls_are_left_out_at_any_depth_and_lists_keep_theirs() -> None:
    declared = {"wholeId": "w", "parts": None, "settings": {"a": None, "b": {"c": None, "d": [None, {"e": None}]}}}
    assert body(Whole, declared) == {"id": "w", "settings": {"b": {"d": [None, {}]}}}


def test_a_patch_takes_back_what_is_no_longer_declared() -> None:
    names = ("priority", "maxParallelTasks", "allowTaskPreemption", "constraints", "metadata", "onAllTasksComplete")
    assert patch(
        Job, {"onAllTasksComplete": "TerminateJob", "priority": None, "displayName": "not asked for"}, names
    ) == {
        "priority": 0,
        "maxParallelTasks": -1,
        "allowTaskPreemption": False,
        "constraints": {"maxWallClockTime": "P10675199DT2H48M5.4775807S", "maxTaskRetryCount": 0},
        "metadata": [],
        "onAllTasksComplete": "terminatejob",
    }


def of_task(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return body(Task, inputs)


def test_a_request_that_is_too_large_is_refused_with_the_remedy() -> None:
    files = [{"httpUrl": f"https://example.com/{'x' * 1000}/{n}", "filePath": f"{n}"} for n in range(1000)]
    task: dict[str, Any] = {"jobId": "j", "taskId": "t", "commandLine": "run"}
    found = too_large({**task, "resourceFiles": files}, of_task)
    assert found is not None
    assert "application packages" in found
    assert str(LARGEST) in found
    assert too_large({**task, "resourceFiles": files[:900]}, of_task) is None


def test_the_size_of_a_request_is_counted_in_bytes_and_without_what_is_not_sent() -> None:
    used = len(json.dumps({"id": "t", "commandLine": ""}, separators=(",", ":")))
    task: dict[str, Any] = {"jobId": "j" * 64, "taskId": "t", "triggers": ["x" * 9999, UNKNOWN]}
    for text, fits in [("x" * (LARGEST - used), True), ("x" * (LARGEST - used + 1), False)]:
        assert (too_large({**task, "commandLine": text}, of_task) is None) is fits
    assert too_large({**task, "commandLine": "ü" * (LARGEST // 2 + 1)}, of_task) is not None


def test_no_request_is_built_for_its_size_where_the_inputs_are_small() -> None:
    assert too_large({"commandLine": "run"}, lambda inputs: pytest.fail("built")) is None


@pytest.mark.parametrize("token", registry.RESOURCES)
def test_what_can_change_in_place_is_a_property(token: str) -> None:
    model = registry.model(token)
    assert model.mutable <= set(model.properties())
    assert not [name for name in model.mutable if model.requires_replace(name)]

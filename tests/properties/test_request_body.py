"""What is sent: in the API's names and spelling, and what takes a property back."""

from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider import registry
from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.job import Job
from azure_batch_provider.models.scalars import Id
from azure_batch_provider.properties.read_back import project, undeclared
from azure_batch_provider.properties.request_body import body, patch


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


@pytest.mark.parametrize("token", registry.RESOURCES)
def test_what_can_change_in_place_is_a_property(token: str) -> None:
    model = registry.model(token)
    assert model.mutable <= set(model.properties())
    assert not [name for name in model.mutable if model.requires_replace(name)]

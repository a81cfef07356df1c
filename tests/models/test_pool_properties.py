from __future__ import annotations

from typing import Any

import pytest

from azure_batch_provider.models.base import API_2024, API_2025
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.values.unknown import UNKNOWN
from tests.models.breaking import failures, paths, put, warned
from tests.models.full_bodies import FULL_POOL_PROPERTIES

MODERN = {
    name: value
    for name, value in FULL_POOL_PROPERTIES.items()
    if name not in ("certificateReferences", "targetNodeCommunicationMode")
}


def test_every_property_is_accepted_by_the_api_version_that_knows_it() -> None:
    assert set(FULL_POOL_PROPERTIES) == set(PoolProperties.properties())
    assert failures(PoolProperties, FULL_POOL_PROPERTIES, API_2024) == {}
    assert failures(PoolProperties, MODERN, API_2025) == {}
    assert warned(PoolProperties, FULL_POOL_PROPERTIES, API_2024) == {}


def test_what_only_the_older_api_version_knows_is_refused_by_name_with_the_newer() -> None:
    found = failures(PoolProperties, FULL_POOL_PROPERTIES, API_2025)
    assert list(found) == ["certificateReferences", "targetNodeCommunicationMode"]
    assert all(API_2024 in reason and API_2025 in reason for reason in found.values())


def test_what_only_the_older_api_version_knows_may_be_null_with_the_newer() -> None:
    assert failures(PoolProperties, {"poolId": "p", "certificateReferences": None}, API_2025) == {}


def test_an_empty_list_counts_as_given_to_an_api_version_that_does_not_know_it() -> None:
    assert list(failures(PoolProperties, {"poolId": "p", "certificateReferences": []})) == ["certificateReferences"]


def test_the_documented_sample_is_accepted_without_a_warning() -> None:
    body = {
        "poolId": "poolId",
        "startTask": {"commandLine": "/bin/bash -c 'echo start task'"},
        "applicationPackageReferences": [],
        "metadata": [],
    }
    assert failures(PoolProperties, body) == {}
    assert warned(PoolProperties, body) == {}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"poolId": None}, "poolId", "is required"),
    ({"poolId": "a b"}, "poolId", "letters (A to Z), digits, hyphens and underscores"),
    ({"poolId": "p" * 65}, "poolId", "at most 64"),
    ({"startTask": {}}, "startTask.commandLine", "is required"),
    (
        {"startTask": {"commandLine": "x", "maxTaskRetryCount": -2}},
        "startTask.maxTaskRetryCount",
        "must be at least -1",
    ),
    ({"startTask": {"commandLine": "x", "waitForSuccess": "yes"}}, "startTask.waitForSuccess", "must be true or false"),
    ({"startTask": {"commandLine": "x", "requiredSlots": 1}}, "startTask.requiredSlots", "not a property of startTask"),
    ({"metadata": [{"name": "a"}]}, "metadata[0].value", "is required"),
    ({"metadata": [{"name": "", "value": ""}]}, "metadata[0].name", "must not be empty"),
    ({"metadata": {"team": "video"}}, "metadata", "must be a list of objects, each with its own `name`"),
    (
        {"applicationPackageReferences": [{"applicationId": "a", "version": "1"}] * 11},
        "applicationPackageReferences",
        "has 11 items, at most 10",
    ),
    ({"takeOver": "true"}, "takeOver", "must be true or false, not a string: write it without quotes"),
    ({"deletionPolicy": "delete"}, "deletionPolicy", "must be one of `clear`, `retain`, `restore`"),
    ({"id": "p"}, "id", "did you mean `poolId`?"),
]


@pytest.mark.parametrize(("more", "path", "reason"), REFUSED)
def test_pool_properties_that_break_a_rule_are_refused_at_that_property(
    more: dict[str, Any], path: str, reason: str
) -> None:
    found = failures(PoolProperties, {"poolId": "p", **more})
    assert list(found) == [path]
    assert reason in found[path]


@pytest.mark.parametrize(
    ("more", "path", "reason"),
    [
        ({"thumbprint": None}, "thumbprint", "is required"),
        ({"thumbprintAlgorithm": "sha256"}, "thumbprintAlgorithm", "must be sha1"),
        ({"storeLocation": "machine"}, "storeLocation", "`currentuser`, `localmachine`"),
        ({"visibility": ["task", "all"]}, "visibility[1]", "`starttask`, `task`, `remoteuser`"),
    ],
)
def test_a_certificate_reference_that_breaks_a_rule_is_refused(more: dict[str, Any], path: str, reason: str) -> None:
    body = {"poolId": "p", "certificateReferences": [{"thumbprint": "AB", "thumbprintAlgorithm": "sha1", **more}]}
    found = failures(PoolProperties, body, API_2024)
    assert list(found) == [f"certificateReferences[0].{path}"]
    assert reason in found[f"certificateReferences[0].{path}"]


def test_a_list_that_is_too_long_and_a_wrong_item_in_it_are_told_together() -> None:
    references = [{"applicationId": "a"}] * 10 + [{"applicationId": 5}]
    found = failures(PoolProperties, {"poolId": "p", "applicationPackageReferences": references})
    assert list(found) == ["applicationPackageReferences", "applicationPackageReferences[10].applicationId"]


@pytest.mark.parametrize(
    ("start_task", "path"),
    [
        ({"commandLine": "apt-get update; apt-get install -y ffmpeg"}, "startTask.commandLine"),
        ({"commandLine": "x", "maxTaskRetryCount": -1}, "startTask.maxTaskRetryCount"),
    ],
)
def test_a_doubtful_start_task_is_warned_about(start_task: dict[str, Any], path: str) -> None:
    body = {"poolId": "p", "startTask": start_task}
    assert failures(PoolProperties, body) == {}
    assert list(warned(PoolProperties, body)) == [path]


@pytest.mark.parametrize("path", paths(FULL_POOL_PROPERTIES), ids=str)
def test_a_value_that_is_not_known_yet_breaks_no_rule_and_raises_no_doubt(path: tuple[str | int, ...]) -> None:
    body = put(FULL_POOL_PROPERTIES, path, UNKNOWN)
    assert failures(PoolProperties, body, API_2024) == {}
    assert warned(PoolProperties, body, API_2024) == {}


def test_only_another_pool_replaces_pool_properties() -> None:
    assert [name for name in PoolProperties.properties() if PoolProperties.requires_replace(name)] == ["poolId"]

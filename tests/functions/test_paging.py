"""Lists come page by page, all of them unless `maxResults` bounds them, and no request asks for more than that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.batch.jobs_of_tasks import JOB, fill
from tests.emulator_process import V2025, EmulatorProcess
from tests.properties.provider import Provider, serving

COUNT = 1050


@pytest.fixture(scope="module")
def many(emulator_process: EmulatorProcess) -> EmulatorProcess:
    """An account whose job has more tasks than a page holds."""
    emulator_process.reset()
    fill(emulator_process, COUNT)
    return emulator_process


@pytest.fixture(scope="module")
def asking(many: EmulatorProcess) -> Iterator[Provider]:
    with serving(many, V2025) as provider:
        yield provider


@pytest.mark.parametrize(
    ("asked", "count", "more", "pages"),
    [
        ({}, COUNT, False, [None] * 2),
        ({"maxResults": 3}, 3, True, ["3"]),
        ({"maxResults": 1000}, 1000, True, ["1000"]),
        ({"maxResults": 1020}, 1020, True, ["1000"] * 2),
        ({"maxResults": 9999}, COUNT, False, ["1000"] * 2),
        ({"filter": "startswith(id,'t0100')", "maxResults": 9}, 9, True, ["9"]),
        ({"filter": "startswith(id,'t0100')", "maxResults": 10}, 10, False, ["10"]),
    ],
)
def test_as_many_pages_as_are_needed(
    many: EmulatorProcess, asking: Provider, asked: dict[str, Any], count: int, more: bool, pages: list[Any]
) -> None:
    many.clear_requests()
    found, failures = asking.invoke("getTasks", {"jobId": JOB, **asked})
    assert failures == []
    assert len(found["tasks"]) == len(set(found["taskIds"])) == count
    assert found["hasMore"] is more
    requests = many.requests()
    assert [entry["query"].get("maxresults") for entry in requests] == pages
    assert {entry["query"].get("$filter") for entry in requests} == {asked.get("filter")}

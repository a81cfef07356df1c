"""Lists come page by page, all of them unless `maxResults` bounds them, and no request asks for more than that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.batch.jobs_of_tasks import JOB, fill
from tests.emulator_process import V2025, EmulatorProcess
from tests.functions.conftest import Invoke
from tests.properties.provider import Provider, serving
from tests.resources.conftest import POOL

COUNT = 2050


@pytest.fixture(scope="module")
def many() -> Iterator[EmulatorProcess]:
    """An account whose job has more tasks than two pages hold."""
    with EmulatorProcess() as emulator:
        fill(emulator, COUNT)
        yield emulator


@pytest.fixture(scope="module")
def asking(many: EmulatorProcess) -> Iterator[Provider]:
    with serving(many, V2025) as provider:
        yield provider


@pytest.mark.parametrize(
    ("asked", "count", "more", "pages"),
    [
        ({}, COUNT, False, [None] * 3),
        ({"maxResults": 3}, 3, True, ["3"]),
        ({"maxResults": 1000}, 1000, True, ["1000"]),
        ({"maxResults": 1500}, 1500, True, ["1000"] * 2),
        ({"maxResults": COUNT}, COUNT, False, ["1000"] * 3),
        ({"maxResults": 9999}, COUNT, False, ["1000"] * 3),
        ({"filter": "startswith(id,'t01')"}, 1000, False, [None]),
        ({"filter": "id eq 't00007'", "maxResults": 1}, 1, False, ["1"]),
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


def test_counts_of_nodes_come_ten_pools_a_page(emulator: EmulatorProcess, invoke: Invoke) -> None:
    for number in range(12):
        emulator.post("/pools", {**POOL, "id": f"p{number:02}"})
    emulator.clear_requests()
    assert len(invoke("getNodeCounts")["pools"]) == 13
    assert len(emulator.requests()) == 2
    found = invoke("getNodeCounts", maxResults=11)
    assert (len(found["pools"]), found["hasMore"]) == (11, True)

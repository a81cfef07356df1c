from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator.parts import MACHINE, POOL_INFO
from tests.emulator_process import EmulatorProcess

PAST, FUTURE = "Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
POOL = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE}
CONDITIONAL: list[tuple[str, str, Any]] = [
    ("GET", "/pools/p1", None),
    ("HEAD", "/pools/p1", None),
    ("PATCH", "/pools/p1", {"metadata": []}),
    ("DELETE", "/pools/p1", None),
    ("GET", "/jobs/j1", None),
    ("PATCH", "/jobs/j1", {"priority": 1}),
    ("PUT", "/jobs/j1", {"poolInfo": POOL_INFO}),
    ("DELETE", "/jobs/j1", None),
    ("POST", "/jobs/j1/disable", {"disableTasks": "wait"}),
    ("POST", "/jobs/j1/enable", None),
    ("POST", "/jobs/j1/terminate", None),
    ("GET", "/jobs/j1/tasks/t1", None),
    ("PUT", "/jobs/j1/tasks/t1", {}),
    ("DELETE", "/jobs/j1/tasks/t1", None),
    ("POST", "/jobs/j1/tasks/t1/terminate", None),
    ("POST", "/jobs/j1/tasks/t1/reactivate", None),
]
UNCONDITIONAL: list[tuple[str, str, Any]] = [
    ("POST", "/pools", {**POOL, "id": "p2"}),
    ("GET", "/pools", None),
    ("POST", "/pools/p1/updateproperties", {"metadata": [], "applicationPackageReferences": []}),
    ("POST", "/jobs", {"id": "j2", "poolInfo": POOL_INFO}),
    ("GET", "/jobs", None),
    ("GET", "/jobs/j1/taskcounts", None),
    ("POST", "/jobs/j1/tasks", {"id": "t2", "commandLine": "x"}),
    ("GET", "/jobs/j1/tasks", None),
    ("POST", "/jobs/j1/addtaskcollection", {"value": [{"id": "t3", "commandLine": "x"}]}),
]


@pytest.fixture(autouse=True)
def _account(emulator: EmulatorProcess) -> Iterator[None]:
    emulator.post("/pools", POOL)
    emulator.post("/jobs", {"id": "j1", "poolInfo": POOL_INFO})
    emulator.post("/jobs/j1/tasks", {"id": "t1", "commandLine": "x"})
    yield


def _name(case: tuple[str, str, Any]) -> str:
    return f"{case[0]} {case[1]}"


@pytest.mark.parametrize("case", CONDITIONAL, ids=_name)
def test_a_failed_condition_stops_what_honours_conditions(
    emulator: EmulatorProcess, case: tuple[str, str, Any]
) -> None:
    method, path, body = case
    target = (
        path.removesuffix("/disable").removesuffix("/enable").removesuffix("/terminate").removesuffix("/reactivate")
    )
    before = emulator.call("GET", target)
    unread = 304 if method in ("GET", "HEAD") else 412
    for headers, status in (
        ({"If-Match": "0x1"}, 412),
        ({"If-None-Match": before.headers["ETag"]}, unread),
        ({"If-None-Match": "*"}, unread),
        ({"If-Modified-Since": FUTURE}, unread),
        ({"If-Unmodified-Since": PAST}, 412),
    ):
        reply = emulator.call(method, path, body, headers=headers)
        assert (headers, reply.status) == (headers, status)
        if reply.body is not None:
            assert reply.body["code"] == "ConditionNotMet"
    after = emulator.call("GET", target)
    assert (after.body["state"], after.headers["ETag"]) == (before.body["state"], before.headers["ETag"])


@pytest.mark.parametrize("headers", [{"If-Match": "0x1"}, {"If-None-Match": "*"}, {"If-Modified-Since": FUTURE}])
@pytest.mark.parametrize("case", UNCONDITIONAL, ids=_name)
def test_a_condition_is_ignored_or_refused_where_there_are_none(
    emulator: EmulatorProcess, case: tuple[str, str, Any], headers: dict[str, str]
) -> None:
    method, path, body = case
    emulator.switch("unsupported-conditions", "refuse")
    reply = emulator.call(method, path, body, headers=headers)
    assert (reply.status, reply.body["code"]) == (400, "UnsupportedHeader")
    emulator.switch("unsupported-conditions", "ignore")
    assert 200 <= emulator.call(method, path, body, headers=headers).status < 300


@pytest.mark.parametrize("form", ["{}", '"{}"', 'W/"{}"', '"0x1", "{}"', "*"])
def test_an_etag_matches_in_every_form_that_clients_send(emulator: EmulatorProcess, form: str) -> None:
    etag = emulator.call("GET", "/jobs/j1").headers["ETag"]
    assert emulator.call("PATCH", "/jobs/j1", {"priority": 1}, headers={"If-Match": form.format(etag)}).status == 200


def test_a_met_condition_lets_everything_through(emulator: EmulatorProcess) -> None:
    etag = emulator.call("GET", "/jobs/j1").headers["ETag"]
    for headers in (
        {"If-Match": etag},
        {"If-None-Match": "0x1"},
        {"If-Modified-Since": PAST},
        {"If-Unmodified-Since": FUTURE},
        {"If-Match": etag, "If-Unmodified-Since": FUTURE},
        {"If-None-Match": "0x1", "If-Modified-Since": PAST},
    ):
        assert emulator.call("GET", "/jobs/j1", headers=headers).status == 200


def test_the_second_of_the_last_change_is_no_later_than_itself(emulator: EmulatorProcess) -> None:
    modified = emulator.call("GET", "/jobs/j1").headers["Last-Modified"]
    assert emulator.call("GET", "/jobs/j1", headers={"If-Modified-Since": modified}).status == 304
    assert emulator.call("GET", "/jobs/j1", headers={"If-Unmodified-Since": modified}).status == 200


def test_conditions_that_contradict_each_other_are_refused(emulator: EmulatorProcess) -> None:
    for headers in (
        {"If-Match": "*", "If-None-Match": "0x1"},
        {"If-Match": "*", "If-Modified-Since": PAST},
        {"If-Modified-Since": PAST, "If-Unmodified-Since": FUTURE},
    ):
        reply = emulator.call("GET", "/jobs/j1", headers=headers)
        assert (reply.status, reply.body["code"]) == (400, "MultipleConditionHeadersNotSupported")


def test_a_condition_on_what_is_not_there_is_not_found(emulator: EmulatorProcess) -> None:
    assert emulator.call("PATCH", "/jobs/none", {"priority": 1}, headers={"If-Match": "*"}).status == 404

"""Answers of the right form and any other content: a function answers what its model describes, or ends in words."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azure_batch_provider import registry
from azure_batch_provider.models.attribute import FieldType
from azure_batch_provider.models.base import Model
from tests.emulator_process import V2025
from tests.go_between import GoBetween, answer
from tests.properties.provider import Provider, serving
from tests.resources.test_hostile_answers import ANYTHING

VALUES: dict[str, Any] = {"integer": 7, "boolean": True}
PLACES: dict[str, tuple[dict[str, Any], str]] = {
    "getPool": ({"poolId": "x"}, "/pools/x"),
    "getPools": ({}, "/pools"),
    "getJob": ({"jobId": "x"}, "/jobs/x"),
    "getJobs": ({}, "/jobs"),
    "getJobSchedule": ({"jobScheduleId": "x"}, "/jobschedules/x"),
    "getJobTaskCounts": ({"jobId": "x"}, "/jobs/x/taskcounts"),
    "getTask": ({"jobId": "j", "taskId": "x"}, "/jobs/j/tasks/x"),
    "getTasks": ({"jobId": "x"}, "/jobs/x/tasks"),
    "getTaskFile": ({"jobId": "x", "taskId": "t"}, "/jobs/x/tasks/t/files"),
    "getNodes": ({"poolId": "x"}, "/pools/x/nodes"),
    "getNodeCounts": ({}, "/nodecounts"),
    "getSupportedImages": ({}, "/supportedimages"),
    "getApplications": ({}, "/applications"),
}
FILE = {"name": "stdout.txt", "isDirectory": False, "properties": {"contentLength": "4", "lastModified": "then"}}


class Endpoint:
    """As much of an emulator as a provider is configured with."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint, self.account, self.key = endpoint, "a", "a2V5"


@pytest.fixture(scope="module")
def between() -> Iterator[GoBetween]:
    with GoBetween("http://127.0.0.1:1") as found:
        yield found


@pytest.fixture(scope="module")
def asking(between: GoBetween) -> Iterator[Provider]:
    with serving(Endpoint(between.endpoint), V2025) as provider:  # type: ignore[arg-type]
        yield provider


def test_every_function_is_tried() -> None:
    assert {f"azure-batch:index:{name}" for name in PLACES} == set(registry.FUNCTIONS)


def full(field_type: FieldType) -> Any:
    """What a service would say, with every property."""
    if field_type.model is not None:
        fields = field_type.model.properties().values()
        return {field.wire_name: full(field.type) for field in fields if field.traits.in_body}
    if field_type.item is not None:
        return [full(field_type.item)]
    assert field_type.scalar is not None
    return VALUES.get(field_type.scalar.json or "", "x")


def body_of(name: str) -> dict[str, Any]:
    """A right answer, with more in it than is asked for."""
    if name == "getTaskFile":
        return {"value": [copy.deepcopy(FILE)]}
    result = registry.result(f"azure-batch:index:{name}")
    fields = result.properties()
    item = next((prop.type.item for prop in fields.values() if prop.type.item and prop.type.item.model), None)
    if item is None or "hasMore" not in fields:
        return {**full(FieldType("object", model=result)), "commandLine": "secret"}
    return {"value": [{**full(item), "commandLine": "secret"}]}


def serve(between: GoBetween, name: str, body: Any) -> None:
    between.faithful()
    between.instead("GET", PLACES[name][1], answer("200 OK", json.dumps(body).encode()))
    if name == "getNodes":
        between.instead("GET", "/pools/x", answer("200 OK", json.dumps({"id": "x", "lastModified": "x"}).encode()))
    between.instead("GET", "/jobs/x/tasks/t/files/stdout.txt", answer("200 OK", b"text"))


def is_described(model: type[Model], value: Any) -> None:
    """Nothing else than what a model has, each of its type, and all that it requires."""
    fields = model.properties()
    assert set(value) <= set(fields)
    assert {name for name, field in fields.items() if field.required} <= set(value)
    for name, item in value.items():
        inner = fields[name].type
        for one in item if inner.item is not None else [item]:
            kind = inner.item or inner
            if kind.model is not None:
                is_described(kind.model, one)
            else:
                assert type(one) is {"integer": int, "boolean": bool}.get((kind.scalar and kind.scalar.json) or "", str)


@pytest.mark.parametrize("name", PLACES)
def test_a_right_answer_is_shown_in_full_and_nothing_beside_it(between: GoBetween, asking: Provider, name: str) -> None:
    serve(between, name, body_of(name))
    found, failures = asking.invoke(name, PLACES[name][0])
    assert failures == [] and "secret" not in str(found)
    is_described(registry.result(f"azure-batch:index:{name}"), found)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from places(value[key])


@pytest.mark.parametrize("name", PLACES)
@settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_else_an_answer_says_the_function_ends_in_words(
    between: GoBetween, asking: Provider, name: str, data: st.DataObject
) -> None:
    body = body_of(name)
    for _ in range(data.draw(st.integers(1, 2))):
        found = list(places(body))
        if found:
            holder, key = data.draw(st.sampled_from(found))
            holder[key] = data.draw(ANYTHING)
    serve(between, name, body)
    try:
        result, failures = asking.invoke(name, PLACES[name][0])
    except grpc.RpcError as error:
        assert error.code() is grpc.StatusCode.UNKNOWN, str(error)
        return
    assert failures == []
    is_described(registry.result(f"azure-batch:index:{name}"), result)

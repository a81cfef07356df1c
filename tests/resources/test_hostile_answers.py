"""Answers of the right id and any other content: every verb ends in words, and no exception of Python's gets out."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azure_batch_provider import registry
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.config.resolve import configuration
from azure_batch_provider.engine.state import written
from azure_batch_provider.engine.wire import encode
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.http.errors import RequestError
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.lifecycle.results import InitFailed, State
from azure_batch_provider.values.refusal import Refused
from tests.generated.bodies import bodies
from tests.go_between import GoBetween, answer

VERSION = "2025-06-01"
IDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "Job": ("jobs/j", {"jobId": "j"}, "/jobs/j"),
    "JobSchedule": ("jobschedules/s", {"jobScheduleId": "s"}, "/jobschedules/s"),
    "Task": ("jobs/j/tasks/t", {"jobId": "j", "taskId": "t"}, "/jobs/j/tasks/t"),
    "Pool": ("pools/p", {"poolId": "p"}, "/pools/p"),
    "PoolProperties": ("pools/p", {"poolId": "p"}, "/pools/p"),
}
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def between() -> Iterator[GoBetween]:
    with GoBetween("http://127.0.0.1:1") as found:
        yield found


@st.composite
def distorted(draw: st.DrawFn, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Valid inputs, and what a server shows of them with something at any depth replaced by something else."""
    model = registry.model(f"azure-batch:index:{kind}")
    inputs = draw(bodies(model, VERSION))
    shown = json.loads(json.dumps({name: value for name, value in inputs.items() if value is not None}))
    shown |= draw(st.dictionaries(st.sampled_from(["state", "creationTime", "executionInfo", "eTag", "url"]), ANYTHING))
    for _ in range(draw(st.integers(1, 3))):
        _distort(draw, shown)
    return inputs, shown


def _distort(draw: st.DrawFn, value: Any) -> None:
    while True:
        keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        if not isinstance(value[key], (dict, list)) or draw(st.booleans()):
            value[key] = draw(ANYTHING)
            return
        value = value[key]


@pytest.mark.parametrize("kind", IDS)
@pytest.mark.parametrize("verb", ["read", "import", "update", "create", "delete"])
@settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_else_an_answer_says_the_verb_ends_in_words(
    between: GoBetween, kind: str, verb: str, data: st.DataObject
) -> None:
    id, own, path = IDS[kind]
    inputs, shown = data.draw(distorted(kind))
    inputs = {**inputs, **own}
    steady = {"allocationState": "steady"} if kind == "Pool" else {}
    body = json.dumps({**shown, **steady, "id": path.rsplit("/", 1)[-1]}).encode()
    between.faithful()
    between.instead("GET", path, answer("200 OK", body))
    exists = {"code": f"{kind}Exists", "message": {"value": "There is one."}}
    refusal = answer("409 Conflict", json.dumps(exists).encode())
    gone = answer("404 Not Found", b'{"code": "PoolNotFound"}')
    for parent, write in (
        ("/jobs", refusal),
        ("/jobschedules", refusal),
        ("/jobs/j/tasks", refusal),
        ("/pools", refusal),
        *(
            (f"/pools/p/{action}", refusal)
            for action in ("resize", "stopresize", "enableautoscale", "disableautoscale")
        ),
        ("/pools/p/updateproperties", gone),
    ):
        between.instead("POST", parent, write)
    for method in ("PATCH", "DELETE"):
        between.instead(method, path, answer("409 Conflict", b'{"code": "OperationInvalidForCurrentState"}'))
    # What is asked beside it is answered at once: nothing here is about a service that cannot be reached.
    for listed in (f"{path}/jobs", f"{path}/nodes", "/nodecounts", "/jobschedules", "/jobs"):
        between.instead("GET", listed, answer("200 OK", json.dumps({"value": [shown]}).encode()))
    if kind == "Task":
        between.instead("GET", "/jobs/j", answer("200 OK", json.dumps({**shown, "id": "j"}).encode()))
    given = configuration(
        {"endpoint": between.endpoint, "accountName": "a", "accountKey": "a2V5", "requestTimeout": "PT5S"}, {}
    )
    session = Session(given, BatchClient.connect)
    said: list[str] = []
    call = Call("urn", "name", "type", lambda level, urn, text: said.append(text), Deadline(5))
    lifecycle = registry.lifecycle(f"azure-batch:index:{kind}", session, call)
    state = lifecycle.state(id, inputs, {"created": "2026-01-01T00:00:00Z"})
    try:
        with contextlib.suppress(RequestError, Refused, InitFailed):
            if verb == "read":
                found = lifecycle.read(state)
            elif verb == "import":
                found = lifecycle.read(State(id, {}, {}, {}))
            elif verb == "update":
                found = lifecycle.update(state, inputs)
            elif verb == "create":
                found = lifecycle.create(inputs)
            else:
                found = None
                lifecycle.delete(state)
            if found is not None:
                for told in written(lifecycle.model, found, rehearses=False):
                    encode(told).SerializeToString()
    finally:
        session.close()
    "".join(said).encode()

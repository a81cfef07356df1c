"""What every resource does the same way, as far as it needs no service."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azure_batch_provider import registry
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.config.resolve import Configuration, configuration
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.models.task import Task
from azure_batch_provider.properties import request_body
from azure_batch_provider.properties.request_body import body
from azure_batch_provider.validation import check as validation
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.unknown import UNKNOWN

A, B, C = ({"name": name, "value": "1"} for name in "ABC")
NAMELESS = {"name": UNKNOWN, "value": "1"}
FILE = {"httpUrl": "https://h/f", "filePath": "f"}
JOB: dict[str, Any] = {"jobId": "j", "poolInfo": {"poolId": "p"}}
TASK: dict[str, Any] = {"jobId": "j", "taskId": "t", "commandLine": "run"}
POOL: dict[str, Any] = {"poolId": "p"}
REQUIRED = {"Job": JOB, "Task": TASK, "PoolProperties": POOL}


def different(kind: str, declared: dict[str, Any], server: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Paths at which what is declared, with what must be, is certainly not what the server has."""
    required = REQUIRED[kind]
    lifecycle = registry.lifecycle(f"azure-batch:index:{kind}", Session(SETTINGS, unconnected), CALL)
    shown = {**body(lifecycle.model, required), **server}
    return [item.path for item in lifecycle.different({**required, **declared}, shown)]


def unconnected(settings: Configuration) -> BatchClient:
    raise AssertionError(f"nothing here asks {settings.endpoint} anything")


CALL = Call("urn", "name", "type", lambda level, urn, text: None, Deadline())
SETTINGS = configuration({"endpoint": "http://127.0.0.1:1", "accountName": "a", "accountKey": "a2V5"}, {})


@pytest.mark.parametrize(
    ("kind", "declared", "server"),
    [
        ("Task", {"commandLine": UNKNOWN}, {}),
        ("Task", {"displayName": UNKNOWN}, {}),
        ("Task", {"userIdentity": {"autoUser": {"scope": UNKNOWN}}}, {"userIdentity": {"autoUser": {"scope": "task"}}}),
        ("Task", {"resourceFiles": [UNKNOWN]}, {"resourceFiles": [FILE]}),
        ("Task", {"resourceFiles": [{**FILE, "httpUrl": UNKNOWN}]}, {"resourceFiles": [FILE]}),
        ("Task", {"environmentSettings": UNKNOWN}, {"environmentSettings": [A]}),
        ("Task", {"environmentSettings": UNKNOWN}, {}),
        ("Task", {"environmentSettings": [{"name": "A", "value": UNKNOWN}]}, {"environmentSettings": [A]}),
        ("Task", {"environmentSettings": [NAMELESS]}, {"environmentSettings": [A]}),
        ("Task", {"environmentSettings": [NAMELESS, B]}, {"environmentSettings": [B, A]}),
        (
            "Task",
            {"environmentSettings": [NAMELESS, {"name": "B", "value": UNKNOWN}]},
            {"environmentSettings": [B, A]},
        ),
        ("Task", {"dependsOn": {"taskIds": [UNKNOWN, "b"]}}, {"dependsOn": {"taskIds": ["a", "b"]}}),
        ("Job", {"priority": UNKNOWN, "poolInfo": {"poolId": UNKNOWN}}, {"priority": 9}),
        ("PoolProperties", {"startTask": UNKNOWN, "metadata": [UNKNOWN]}, {"metadata": [A]}),
    ],
)
def test_what_is_not_known_yet_may_be_what_the_server_has(
    kind: str, declared: dict[str, Any], server: dict[str, Any]
) -> None:
    assert different(kind, declared, server) == []


@pytest.mark.parametrize(
    ("kind", "declared", "server", "paths"),
    [
        ("Task", {"commandLine": UNKNOWN, "displayName": "x"}, {"displayName": "y"}, [("displayName",)]),
        ("Task", {"commandLine": UNKNOWN}, {"displayName": "y"}, [("displayName",)]),
        (
            "Task",
            {"environmentSettings": [{"name": "A", "value": UNKNOWN}]},
            {"environmentSettings": [A, B]},
            [("environmentSettings", 1)],
        ),
        (
            "Task",
            {"environmentSettings": [{"name": "A", "value": UNKNOWN}]},
            {"environmentSettings": [B]},
            [("environmentSettings", 0)],
        ),
        (
            "Task",
            {"environmentSettings": [NAMELESS, C]},
            {"environmentSettings": [A]},
            [("environmentSettings", 1)],
        ),
        (
            "Task",
            {"resourceFiles": [{**FILE, "httpUrl": UNKNOWN}]},
            {"resourceFiles": [FILE, FILE]},
            [("resourceFiles", 1)],
        ),
        ("PoolProperties", {"startTask": {"commandLine": UNKNOWN}}, {}, [("startTask",)]),
    ],
)
def test_what_no_unknown_value_can_explain_is_a_difference(
    kind: str, declared: dict[str, Any], server: dict[str, Any], paths: list[tuple[Any, ...]]
) -> None:
    assert different(kind, declared, server) == paths


def test_a_value_is_validated_once_walked_once_and_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counted(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def call(*args: Any, **options: Any) -> Any:
            calls.append(name)
            return original(*args, **options)

        monkeypatch.setattr(owner, name, call)

    counted(validation, "is_right")
    for name in ("model_validate", "rules", "warnings"):
        counted(Task, name)
    for name in ("_size", "converted"):
        counted(request_body, name)
    lifecycle = registry.lifecycle("azure-batch:index:Task", Session(SETTINGS, unconnected), CALL)
    checked = lifecycle.check({}, Inputs(dict(TASK)))
    assert (checked.inputs, checked.failures) == (TASK, [])
    # No body is built to be measured.
    assert calls == ["is_right", "rules", "warnings", "_size"]


def test_a_request_that_is_too_large_is_a_failure_of_the_whole() -> None:
    lifecycle = registry.lifecycle("azure-batch:index:Task", Session(SETTINGS, unconnected), CALL)
    (failure,) = lifecycle.check({}, Inputs({**TASK, "commandLine": "x" * request_body.LARGEST})).failures
    assert failure[0] == ""
    assert failure[1].startswith("the request would have ")


@pytest.mark.parametrize("kind", REQUIRED)
@settings(max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_request_that_is_too_large_is_told_with_whatever_else_is_wrong(kind: str, data: st.DataObject) -> None:
    names = list(registry.model(f"azure-batch:index:{kind}").properties())
    wrong = data.draw(
        st.dictionaries(st.sampled_from(names), st.sampled_from([[], {}, 1, [1], {"a": [None]}, "x" * 2**20]))
    )
    inputs = {**REQUIRED[kind], "metadata": [{"name": "n", "value": "x" * 2**20}], **wrong}
    lifecycle = registry.lifecycle(f"azure-batch:index:{kind}", Session(SETTINGS, unconnected), CALL)
    reasons = [reason for _, reason in lifecycle.check({}, Inputs(inputs)).failures]
    sent = len(json.dumps(lifecycle.request(inputs)))
    assert any("bytes, and the service takes at most" in reason for reason in reasons) is (sent > 2**20)


BODY: dict[str, Any] = {"commandLine": "run", "environmentSettings": [{"name": "A", "value": "1"}]}


def checked(tasks: dict[str, Any]) -> tuple[list[tuple[str, str]], list[str]]:
    """The failures, and the warnings, of a collection of these tasks."""
    said: list[str] = []
    call = Call("urn", "name", "type", lambda level, urn, text: said.append(text), Deadline())
    lifecycle = registry.lifecycle("azure-batch:index:TaskCollection", Session(SETTINGS, unconnected), call)
    return lifecycle.check({}, Inputs({"jobId": "j", "tasks": tasks})).failures, said


def test_of_many_failures_the_first_are_told_and_how_many_more_there_are() -> None:
    failures, _ = checked({f"t{number}": {**BODY, "requiredSlots": "1"} for number in range(5000)})
    assert [reason.split()[0] for _, reason in failures[:20]] == [f"`tasks.t{n}.requiredSlots`" for n in range(20)]
    assert failures[20:] == [("", "4,980 more failures are not shown")]
    assert checked({f"t{number}": {} for number in range(21)})[0][20:] == [("", "1 more failure is not shown")]
    assert len(checked({f"t{number}": {} for number in range(20)})[0]) == 20


def test_of_many_warnings_the_first_are_told_and_how_many_more_there_are() -> None:
    failures, said = checked({f"t{number}": {**BODY, "commandLine": "a && b"} for number in range(30)})
    assert failures == []
    assert [text.split(":")[0] for text in said[:20]] == [f"tasks.t{number}.commandLine" for number in range(20)]
    assert said[20:] == ["10 more warnings are not shown"]

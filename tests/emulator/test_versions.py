from __future__ import annotations

from typing import Any

import pytest

from batch_emulator.protocol.versions import OLDER
from tests.emulator.parts import MACHINE, POOL_INFO, values_of
from tests.emulator_process import V2024, EmulatorProcess

POOL: dict[str, Any] = {"id": "p1", "vmSize": "a", "virtualMachineConfiguration": MACHINE}


@pytest.mark.parametrize("version", OLDER)
def test_an_older_version_is_answered_as_the_one_that_it_agrees_with(emulator: EmulatorProcess, version: str) -> None:
    sent = {**POOL, "targetNodeCommunicationMode": "classic", "certificateReferences": []}
    emulator.post("/pools", sent, version)
    emulator.settle()
    assert emulator.get("/pools/p1", version) == emulator.get("/pools/p1", V2024)
    certificates = emulator.call("GET", "/certificates", api_version=version)
    assert (certificates.status, certificates.body["value"]) == (200, [])
    for path in ("/pools", "/pools/p1", "/pools/none"):
        told = emulator.call("GET", path, api_version=version).headers["Content-Type"]
        assert told == "application/json;odata=minimalmetadata"
    newer = {**POOL, "id": "p2", "taskSchedulingPolicy": {"nodeFillType": "pack", "jobDefaultOrder": "none"}}
    assert emulator.call("POST", "/pools", newer, version).body["code"] == "UnsupportedProperty"


@pytest.mark.parametrize("version", ["2024-07-01", "2024-02-01", "2017-09-01.6.0", "2024-08-01.20.0", "2025-06-01 "])
def test_a_version_that_was_never_published_or_is_no_longer_served_is_refused(
    emulator: EmulatorProcess, version: str
) -> None:
    reply = emulator.call("GET", "/pools", api_version=version)
    assert (reply.status, reply.body["code"]) == (400, "UnsupportedRequestVersion")
    assert values_of(reply.body)["QueryParameterValue"] == version


def _sent_as_text(emulator: EmulatorProcess) -> list[int]:
    """The answers to bodies whose numbers and booleans are texts, as the Azure CLI sends them."""
    settings = {"targetDedicatedNodes": "1", "enableInterNodeCommunication": "True", "taskSlotsPerNode": "2"}
    job = {"id": "j1", "poolInfo": POOL_INFO, "priority": "-5", "constraints": {"maxTaskRetryCount": "-1"}}
    return [
        emulator.call("POST", "/pools", {**POOL, **settings}).status,
        emulator.call("POST", "/jobs", job).status,
        emulator.call("PATCH", "/jobs/j1", {"maxParallelTasks": "7"}).status,
    ]


def test_a_number_or_a_boolean_that_is_sent_as_text_is_taken_for_what_it_says(emulator: EmulatorProcess) -> None:
    assert _sent_as_text(emulator) == [201, 201, 200]
    pool, job = emulator.get("/pools/p1"), emulator.get("/jobs/j1")
    assert (pool["targetDedicatedNodes"], pool["enableInterNodeCommunication"], pool["taskSlotsPerNode"]) == (
        1,
        True,
        2,
    )
    assert (job["priority"], job["constraints"]["maxTaskRetryCount"], job["maxParallelTasks"]) == (-5, -1, 7)


def test_a_switch_refuses_numbers_and_booleans_that_are_sent_as_text(emulator: EmulatorProcess) -> None:
    emulator.switch("scalars-as-text", "refuse")
    assert _sent_as_text(emulator) == [400, 400, 400]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("targetDedicatedNodes", ""),
        ("targetDedicatedNodes", "one"),
        ("targetDedicatedNodes", "1.0"),
        ("targetDedicatedNodes", " 1"),
        ("targetDedicatedNodes", "\u0661"),
        ("targetDedicatedNodes", "1" * 5000),
        ("targetDedicatedNodes", "-1"),
        ("targetDedicatedNodes", "true"),
        ("enableInterNodeCommunication", "yes"),
        ("enableInterNodeCommunication", "1"),
        ("displayName", 5),
        ("displayName", True),
    ],
)
def test_a_text_that_says_no_number_or_boolean_is_refused_and_a_number_is_not_a_text(
    emulator: EmulatorProcess, name: str, value: Any
) -> None:
    reply = emulator.call("POST", "/pools", {**POOL, name: value})
    assert (reply.status, reply.body["code"]) == (400, "InvalidPropertyValue")
    assert values_of(reply.body)["PropertyName"] == name

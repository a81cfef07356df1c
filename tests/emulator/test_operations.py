from __future__ import annotations

import re
from pathlib import Path

import azure.batch
import pytest

from batch_emulator.operations.routes import find
from batch_emulator.operations.table import OPERATIONS, Operation
from batch_emulator.protocol.versions import BOTH
from tests.emulator_process import V2024, V2025, EmulatorProcess


def _path(operation: Operation) -> str:
    filled = re.sub(r"\{\*\w+\}", "stdout.txt", operation.path)
    return re.sub(r"\{\w+\}", "x", filled)


def test_every_operation_is_served_in_each_of_its_versions(emulator: EmulatorProcess) -> None:
    assert len(OPERATIONS) > 76
    for operation in OPERATIONS:
        for version in operation.versions:
            reply = emulator.call(operation.method, _path(operation), api_version=version)
            assert reply.status not in (405, 500, 501), operation.name


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/pools/p1/explode", "/jobs/j1/tasks/t1/x/y", "/certificates", "/_emulator"]
)
def test_a_path_that_the_service_does_not_have_is_named(emulator: EmulatorProcess, path: str) -> None:
    reply = emulator.call("GET", path, api_version=V2025)
    assert (reply.status, reply.body["code"]) == (501, "NotImplemented")
    assert f"GET {path}" in reply.body["message"]["value"]


def test_certificates_belong_to_the_older_version(emulator: EmulatorProcess) -> None:
    assert emulator.call("GET", "/certificates", api_version=V2024).status == 200
    assert emulator.call("GET", "/certificates", api_version=V2025).status == 501


@pytest.mark.parametrize(("method", "path"), [("PUT", "/pools/p1"), ("DELETE", "/pools"), ("GET", "/jobs/j1/disable")])
def test_a_verb_that_a_path_does_not_have_is_refused(emulator: EmulatorProcess, method: str, path: str) -> None:
    reply = emulator.call(method, path)
    assert (reply.status, reply.body["code"]) == (405, "UnsupportedHttpVerb")


def test_an_operation_is_named_before_its_api_version_is_checked(emulator: EmulatorProcess) -> None:
    reply = emulator.call("GET", "/pools/p1/explode", api_version="1999-01-01")
    assert (reply.status, reply.body["code"]) == (501, "NotImplemented")


def test_every_operation_of_microsoft_s_client_is_known() -> None:
    source = (Path(azure.batch.__file__).parent / "_operations" / "_operations.py").read_text()
    builders = re.findall(r'_url = "(/[^"]*)".*?HttpRequest\(\s*method="(\w+)"', source, re.DOTALL)
    assert len(builders) > 70
    for path, method in builders:
        match = find(method, re.sub(r"\{\w+\}", "x", path), V2025)
        assert match is not None and match.operation is not None, (method, path)


def test_no_two_operations_share_a_name_or_a_route() -> None:
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
    assert len({(operation.method, operation.path) for operation in OPERATIONS}) == len(OPERATIONS)
    assert all(set(operation.versions) <= set(BOTH) for operation in OPERATIONS)


def test_a_path_is_signed_as_encoded_and_read_decoded(emulator: EmulatorProcess) -> None:
    reply = emulator.call("GET", "/jobs/schedule%3Ajob-1")
    assert (reply.status, reply.body["code"]) == (404, "JobNotFound")
    assert emulator.requests()[-1]["path"] == "/jobs/schedule:job-1"

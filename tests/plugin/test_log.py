"""What a plugin says to its engine is there before the answer it belongs to, and slows no answer that needs none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2_grpc

from azure_batch_provider.plugin.instances import Instances
from azure_batch_provider.plugin.servicer import Servicer
from tests.emulator_process import V2025, EmulatorProcess
from tests.engine.listening import Engine, listening
from tests.plugin.test_instances import connection, plugin
from tests.properties.entities import JOB
from tests.properties.provider import Provider

TASK: Final = {"jobId": "jobId", "taskId": "t", "commandLine": "true"}
WARNED: Final = {**TASK, "authenticationTokenSettings": {"access": ["job"]}}


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatorProcess]:
    with EmulatorProcess() as emulator:
        yield emulator


@pytest.fixture
def account(process: EmulatorProcess) -> EmulatorProcess:
    process.reset()
    process.post("/jobs", JOB)
    return process


@pytest.fixture
def engine() -> Iterator[Engine]:
    with listening() as engine:
        yield engine


@pytest.fixture
def channel(engine: Engine) -> Iterator[grpc.Channel]:
    with plugin(engine.address) as port, connection(port) as channel:
        yield channel
        engine.takes.set()


@pytest.fixture
def provider(account: EmulatorProcess, channel: grpc.Channel) -> Provider:
    return Provider(channel, account, V2025)


def test_a_warning_is_there_before_the_answer(engine: Engine, provider: Provider) -> None:
    provider.check("Task", WARNED)
    assert any("is a retired feature" in line for line in engine.lines)


def test_the_requests_of_a_call_that_fails_are_there_before_the_failure(engine: Engine, provider: Provider) -> None:
    with pytest.raises(grpc.RpcError, match="JobNotFound"):
        provider.create("Task", {**TASK, "jobId": "missing"})
    assert any("GET /jobs/missing 404" in line for line in engine.lines)


def test_the_place_of_a_fault_of_ours_is_there_before_the_failure(
    engine: Engine, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("azure_batch_provider.lifecycle.entity.Entity.read", broken)
    with pytest.raises(grpc.RpcError):
        provider.read("Task", "jobs/jobId/tasks/t")
    assert any("in broken" in line for line in engine.lines)


def test_after_a_cancel_everything_is_there(engine: Engine, provider: Provider, channel: grpc.Channel) -> None:
    provider.create("Task", TASK)
    provider_pb2_grpc.ResourceProviderStub(channel).Cancel(Empty())
    assert any("POST /jobs/jobId/tasks 201" in line for line in engine.lines)


def test_an_engine_that_takes_no_lines_does_not_slow_what_works(engine: Engine, provider: Provider) -> None:
    engine.takes.clear()
    started = time.monotonic()
    for number in range(20):
        provider.create("Task", {**TASK, "taskId": f"t{number}"})
    assert time.monotonic() - started < 4.0  # less than the log's patience with one line
    assert engine.lines == []
    engine.takes.set()
    provider.check("Task", WARNED)
    assert sum("POST /jobs/jobId/tasks 201" in line for line in engine.lines) == 20


def test_an_engine_that_is_gone_holds_up_no_call(account: EmulatorProcess) -> None:
    with listening() as engine:
        address = engine.address
    with plugin(address) as port, connection(port) as channel:
        provider = Provider(channel, account, V2025)
        started = time.monotonic()
        for number in range(10):
            provider.check("Task", WARNED)
            provider.create("Task", {**TASK, "taskId": f"t{number}"})
        assert time.monotonic() - started < 4.0


def test_the_end_of_an_instance_and_of_a_process_says_what_is_left(engine: Engine) -> None:
    instances = Instances(None)
    instances.begin("first", engine.address)
    instances.of("first").log("debug", "", "of one that is cancelled")
    instances.of("first").cancelled.set()
    instances.begin("second", engine.address)
    assert engine.lines == ["of one that is cancelled"]
    instances.of("second").log("debug", "", "of one that is not")
    instances.close()
    assert engine.lines[1:] == ["of one that is not"]

    servicer = Servicer(lambda: "0.0.0", engine.address)
    servicer._instances.of("any").log("debug", "", "of the only one")
    servicer.close()
    assert engine.lines[2:] == ["of the only one"]

"""An emulated account, and lifecycles on it without a front door."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from azure_batch_provider import registry
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.config.resolve import configuration
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.lifecycle.verbs import Lifecycle
from tests.emulator_process import EmulatorProcess

POOL: dict[str, Any] = {
    "id": "pool",
    "vmSize": "standard_d2s_v3",
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
    },
    "targetDedicatedNodes": 0,
}
MakeLifecycle = Callable[[str], Lifecycle]
Operation = Callable[[str, str], Lifecycle]
Begin = Callable[..., Operation]


@pytest.fixture
def emulator(emulator_process: EmulatorProcess) -> EmulatorProcess:
    """An account with a pool, `pool`, and a job, `job`."""
    emulator_process.reset()
    emulator_process.post("/pools", POOL)
    emulator_process.post("/jobs", {"id": "job", "poolInfo": {"poolId": "pool"}})
    emulator_process.clear_requests()
    return emulator_process


@pytest.fixture
def lifecycle(emulator: EmulatorProcess, call: Call) -> Iterator[MakeLifecycle]:
    """`lifecycle("Task")`, all of one operation of the engine."""
    values = {"endpoint": emulator.endpoint, "accountName": emulator.account, "accountKey": emulator.key}
    session = Session(configuration({**values, "requestTimeout": "2"}, {}), BatchClient.connect)
    yield lambda kind: registry.lifecycle(f"azure-batch:index:{kind}", session, call)
    session.close()


@pytest.fixture
def call() -> Call:
    said: list[tuple[str, str]] = []
    return Call(
        urn="urn:pulumi:dev::p::azure-batch:index:It::it",
        name="it",
        type="azure-batch:index:It",
        log=lambda level, urn, text: said.append((level, text)),
        deadline=Deadline(),
    )


@pytest.fixture
def operation(emulator: EmulatorProcess) -> Iterator[Begin]:
    """`operation()("Task", "name")`: a resource in an operation of the engine, each with a memory of its own. With
    `said=[...]` it notes what the user is told, and with `clock=...` and `sleep=...` it lives in a time of the
    test's."""
    values = {"endpoint": emulator.endpoint, "accountName": emulator.account, "accountKey": emulator.key}
    sessions: list[Session] = []

    def begin(
        *,
        preview: bool = False,
        said: list[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Operation:
        session = Session(configuration({**values, "requestTimeout": "2"}, {}), BatchClient.connect)
        sessions.append(session)

        def resource(kind: str, name: str) -> Lifecycle:
            token = f"azure-batch:index:{kind}"
            call = Call(
                urn=f"urn:pulumi:dev::p::{token}::{name}",
                name=name,
                type=token,
                log=lambda level, urn, text: None if said is None else said.append(text),
                deadline=Deadline(clock=clock, sleep=sleep),
                preview=preview,
            )
            return registry.lifecycle(token, session, call)

        return resource

    yield begin
    for session in sessions:
        session.close()

"""One process that several engines attach to: each of their providers is one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from azure_batch_provider.plugin.instances import Instances
from azure_batch_provider.plugin.servicer import Servicer
from azure_batch_provider.values.refusal import Refused
from tests.e2e.conftest import POOL
from tests.emulator_process import V2025, EmulatorProcess
from tests.properties.provider import Provider

ENGINE: Final = "127.0.0.1:1"
Accounts = tuple[EmulatorProcess, EmulatorProcess]
JOB: Final = {"jobId": "jobId", "poolInfo": {"poolId": "poolId"}}


@contextmanager
def plugin(engine_address: str | None = None) -> Iterator[int]:
    """A plugin in this process; its port."""
    server = grpc.server(ThreadPoolExecutor(4))
    servicer: Any = Servicer(lambda: "0.0.0", engine_address)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port
    server.stop(None).wait()


def connection(port: int) -> grpc.Channel:
    """A connection that no other channel of this process shares."""
    return grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.use_local_subchannel_pool", 1)])


@pytest.fixture(scope="module")
def emulators() -> Iterator[Accounts]:
    with EmulatorProcess() as first, EmulatorProcess() as second:
        yield first, second


@pytest.fixture
def accounts(emulators: Accounts) -> Accounts:
    for emulator in emulators:
        emulator.reset()
    return emulators


def test_two_accounts_of_one_process_stay_two(accounts: Accounts) -> None:
    with plugin() as port, connection(port) as one, connection(port) as other:
        first, second = (Provider(at, account, V2025) for at, account in zip((one, other), accounts, strict=True))
        accounts[0].post("/pools", POOL)
        first.create("Job", JOB)
        assert first.read("Job", "jobs/jobId") is not None
        assert second.read("Job", "jobs/jobId") is None


def test_an_engine_that_cancels_cancels_nobody_else(accounts: Accounts) -> None:
    with plugin() as port, connection(port) as one, connection(port) as other:
        first, second = (Provider(at, accounts[0], V2025) for at in (one, other))
        provider_pb2_grpc.ResourceProviderStub(one).Cancel(Empty())
        with pytest.raises(grpc.RpcError, match="the engine no longer waits"):
            first.read("Job", "jobs/jobId")
        assert second.read("Job", "jobs/jobId") is None


def test_a_connection_without_a_handshake_is_refused_and_told_why() -> None:
    with plugin() as port, connection(port) as channel:
        with pytest.raises(
            grpc.RpcError, match=r"does not know the connection ipv4:127\.0\.0\.1:.*Run the command again"
        ):
            provider_pb2_grpc.ResourceProviderStub(channel).Configure(provider_pb2.ConfigureRequest())


def test_the_process_of_an_engine_is_one_provider_on_whatever_connection(accounts: Accounts) -> None:
    with plugin(ENGINE) as port:
        with connection(port) as channel:
            Provider(channel, accounts[0], V2025)
        with connection(port) as channel:  # as gRPC connects again after half an hour without a call
            read = provider_pb2.ReadRequest(id="jobs/jobId", urn="urn:pulumi:dev::p::azure-batch:index:Job::j")
            assert provider_pb2_grpc.ResourceProviderStub(channel).Read(read).id == ""


def test_what_was_cancelled_is_forgotten_at_the_next_handshake() -> None:
    instances = Instances(None)
    for number in range(100):
        instances.begin(f"peer {number}", ENGINE)
        instances.of(f"peer {number}").cancelled.set()
        assert len(instances) == 1
    instances.begin("peer", ENGINE)
    with pytest.raises(Refused, match="connection-unknown"):
        instances.of("peer 99")


def test_a_connection_that_has_the_address_of_an_older_one_begins_again() -> None:
    instances = Instances(None)
    instances.begin("peer", ENGINE)
    before = instances.of("peer")
    instances.begin("peer", ENGINE)
    assert instances.of("peer") is not before
    assert len(instances) == 1

"""The floor gives back what it was given, and asks for the reads that a provider which looks for drift asks for."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from bench.stack import FLOOR

URN = "urn:pulumi:dev::bench::azure-batch:index:Task::frame"


@pytest.fixture
def floor() -> Iterator[Any]:
    process = subprocess.Popen([FLOOR / "pulumi-resource-azure-batch"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process, grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
        process.terminate()


def test_it_echoes_and_is_read_before_each_update(floor: Any) -> None:
    given, other = struct_pb2.Struct(), struct_pb2.Struct()
    given.update({"jobId": "nightly", "environmentSettings": [{"name": "FRAME", "value": "1"}]})
    other.update({"jobId": "another"})
    assert floor.Check(provider_pb2.CheckRequest(urn=URN, news=given)).inputs == given
    made = floor.Create(provider_pb2.CreateRequest(urn=URN, properties=given))
    assert (made.id, made.properties, made.refresh_before_update) == ("frame", given, True)
    read = floor.Read(provider_pb2.ReadRequest(urn=URN, id="frame", inputs=given, properties=given))
    assert (read.id, read.inputs, read.properties, read.refresh_before_update) == ("frame", given, given, True)
    none, some = provider_pb2.DiffResponse.DIFF_NONE, provider_pb2.DiffResponse.DIFF_SOME
    for news, changes in ((given, none), (other, some)):
        assert floor.Diff(provider_pb2.DiffRequest(urn=URN, old_inputs=given, news=news)).changes == changes

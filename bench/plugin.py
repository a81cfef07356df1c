"""The plugin as a process that is called directly, without an engine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from azure_batch_provider import registry
from bench.stack import memory

PLUGIN = Path(sys.executable).with_name("azure-batch-provider")
NOBODY = {"AZURE_BATCH_ENDPOINT": "http://127.0.0.1:9", "AZURE_BATCH_ACCOUNT": "a", "AZURE_BATCH_ACCESS_KEY": "AAAA"}
"""An account at an endpoint where nobody listens."""
_LARGEST = 400 * 1024 * 1024
_OPTIONS = (("grpc.max_receive_message_length", _LARGEST), ("grpc.max_send_message_length", _LARGEST))
_TICKS = os.sysconf("SC_CLK_TCK")


class Plugin:
    """A plugin process that has answered its first call. `seconds` is how long that took.

    `account` are the variables by which it finds its account.
    """

    def __init__(self, account: Mapping[str, str] = NOBODY) -> None:
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [str(PLUGIN), "serve"],
            env={**os.environ, **account},
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        port = self.process.stdout.readline().strip()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=_OPTIONS)
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(self.channel)
        self.stub.Handshake(provider_pb2.ProviderHandshakeRequest(), wait_for_ready=True)
        self.seconds = time.perf_counter() - began

    def __enter__(self) -> Plugin:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.channel.close()
        self.process.terminate()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def memory(self, kind: str = "VmRSS") -> float:
        """MB: `VmRSS` now, `VmHWM` at most so far."""
        return memory(self.process.pid, kind)

    def cpu(self) -> float:
        """Seconds of processor time that it has used, in steps of a hundredth."""
        # The name in parentheses may have spaces; the 14th and 15th field of the line count.
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def configure(self, **args: str) -> None:
        self.stub.Configure(provider_pb2.ConfigureRequest(args=struct(args), acceptSecrets=True))

    def check(self, kind: str, inputs: Mapping[str, Any]) -> Any:
        """The inputs as Check gives them back, as the engine hands them on."""
        answer = self.stub.Check(provider_pb2.CheckRequest(urn=urn(kind), news=struct(inputs)))
        if answer.failures:
            raise AssertionError(f"Check refuses what is measured: {answer.failures}")
        return answer.inputs

    def load_everything(self) -> None:
        """Check one resource of each type and read one, where nobody listens."""
        self.configure(requestTimeout="1")
        for resource in registry.RESOURCES.values():
            self.stub.Check(provider_pb2.CheckRequest(urn=urn(resource.name), news=struct_pb2.Struct()))
        try:
            self.stub.Read(provider_pb2.ReadRequest(urn=urn("Job"), id="jobs/x"))
        except grpc.RpcError:
            pass
        else:
            raise AssertionError("something listens on the discard port")


def urn(kind: str) -> str:
    return f"urn:pulumi:dev::bench::azure-batch:index:{kind}::x"


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    found = struct_pb2.Struct()
    found.update(values)
    return found


def bare_import() -> float:
    """Seconds of a bare import of what any Python plugin needs."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import pulumi, grpc"], check=True)
    return time.perf_counter() - began

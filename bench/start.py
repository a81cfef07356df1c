"""How long the plugin takes from its start to its first answer, beside `import pulumi, grpc` in the same run; and what
memory it holds at rest, before and after it has loaded all that it needs.

Run: .venv/bin/python bench/start.py [ROUNDS]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from azure_batch_provider import registry

PLUGIN = Path(sys.executable).with_name("pulumi-resource-azure-batch")
URN = "urn:pulumi:dev::bench::azure-batch:index:{}::x"


class Plugin:
    """A plugin process that has answered its first call, and the seconds that took."""

    def __init__(self) -> None:
        began = time.perf_counter()
        self.process = subprocess.Popen([str(PLUGIN)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        port = self.process.stdout.readline().strip()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(self.channel)
        self.stub.Handshake(provider_pb2.ProviderHandshakeRequest(), wait_for_ready=True)
        self.seconds = time.perf_counter() - began

    def memory(self) -> float:
        """Resident set in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def load_everything(self) -> None:
        """Check one resource of each type and read one, against an endpoint where nobody listens."""
        args = struct_pb2.Struct()
        args.update({"endpoint": "http://127.0.0.1:9", "accountName": "a", "accountKey": "AAAA", "requestTimeout": "1"})
        self.stub.Configure(provider_pb2.ConfigureRequest(args=args, acceptSecrets=True))
        for resource in registry.RESOURCES.values():
            self.stub.Check(provider_pb2.CheckRequest(urn=URN.format(resource.name), news=struct_pb2.Struct()))
        try:
            self.stub.Read(provider_pb2.ReadRequest(urn=URN.format("Job"), id="jobs/x"))
        except grpc.RpcError:
            pass
        else:
            raise AssertionError("something listens on the discard port")

    def end(self) -> None:
        self.channel.close()
        self.process.terminate()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


def baseline() -> float:
    """Seconds of a bare import of what any Python plugin needs."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import pulumi, grpc"], check=True)
    return time.perf_counter() - began


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    bare, started, rest, loaded = [], [], [], []
    for _ in range(rounds):
        bare.append(baseline())
        plugin = Plugin()
        started.append(plugin.seconds)
        rest.append(plugin.memory())
        plugin.load_everything()
        loaded.append(plugin.memory())
        plugin.end()
    ratio = statistics.median(started) / statistics.median(bare)
    print(f"import pulumi, grpc           {statistics.median(bare):.3f} s (median of {rounds})")
    print(f"plugin start to first answer  {statistics.median(started):.3f} s, ratio {ratio:.2f}")
    print(
        f"memory at rest                {statistics.median(rest):.0f} MB; with everything loaded {max(loaded):.0f} MB"
    )


if __name__ == "__main__":
    main()

"""The provider's gRPC server in this process, and the engine's side of a few calls to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from azure_batch_provider import registry
from azure_batch_provider.engine import wire
from azure_batch_provider.models.base import Model
from azure_batch_provider.plugin.server import OPTIONS
from azure_batch_provider.plugin.servicer import Servicer
from tests.emulator_process import EmulatorProcess
from tests.marks import marked, wrapped

MODELS: Final[Mapping[str, type[Model]]] = {
    resource.name: registry.model(resource.token) for resource in registry.RESOURCES.values()
}
_KINDS: Final = {0: "add", 1: "add", 2: "delete", 3: "delete", 4: "update", 5: "update"}


@dataclass(frozen=True)
class Seen:
    """What a call answered about a resource: values may be `Secret`."""

    id: str
    inputs: dict[str, Any]
    properties: dict[str, Any]


@dataclass(frozen=True)
class Planned:
    """A Diff: property path to kind of change, and the top-level properties that need a new entity."""

    changes: dict[str, str] = field(default_factory=dict)
    replaces: frozenset[str] = frozenset()


class Provider:
    """A configured provider as the engine sees it; `kind` is `Task`, `Job` or `PoolProperties`."""

    def __init__(self, channel: grpc.Channel, emulator: EmulatorProcess, version: str) -> None:
        self.version = version
        self._stub = provider_pb2_grpc.ResourceProviderStub(channel)
        self._stub.Handshake(provider_pb2.ProviderHandshakeRequest())
        names = {"endpoint": emulator.endpoint, "accountName": emulator.account, "accountKey": emulator.key}
        arguments = encode({**names, "apiVersion": version})
        self._stub.Configure(provider_pb2.ConfigureRequest(args=arguments, acceptSecrets=True))

    def check(self, kind: str, news: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Checked inputs, and the failures as (property, reason)."""
        reply = self._stub.Check(provider_pb2.CheckRequest(urn=_urn(kind), news=encode(news)))
        return decode(reply.inputs), [(failure.property, failure.reason) for failure in reply.failures]

    def diff(
        self, kind: str, id: str, old: Mapping[str, Any], new: Mapping[str, Any], state: Mapping[str, Any] | None = None
    ) -> Planned:
        """From old inputs to new ones; `state` are the old properties where they are more than the inputs."""
        reply = self._stub.Diff(
            provider_pb2.DiffRequest(
                id=id, urn=_urn(kind), old_inputs=encode(old), olds=encode(state or old), news=encode(new)
            )
        )
        found = {path: _KINDS[diff.kind] for path, diff in reply.detailedDiff.items()}
        assert bool(found) is (reply.changes == provider_pb2.DiffResponse.DIFF_SOME)
        return Planned(found, frozenset(reply.replaces))

    def create(self, kind: str, inputs: Mapping[str, Any]) -> Seen:
        reply = self._stub.Create(provider_pb2.CreateRequest(urn=_urn(kind), properties=encode(inputs)))
        return Seen(reply.id, dict(inputs), decode(reply.properties))

    def read(self, kind: str, id: str, seen: Seen | None = None) -> Seen | None:
        """What is there, None when it is gone; an import without `seen`."""
        reply = self._stub.Read(
            provider_pb2.ReadRequest(
                id=id,
                urn=_urn(kind),
                inputs=encode(seen.inputs if seen else {}),
                properties=encode(seen.properties if seen else {}),
            )
        )
        return Seen(reply.id, decode(reply.inputs), decode(reply.properties)) if reply.id else None

    def update(self, kind: str, seen: Seen, news: Mapping[str, Any]) -> Seen:
        reply = self._stub.Update(
            provider_pb2.UpdateRequest(
                id=seen.id,
                urn=_urn(kind),
                olds=encode(seen.properties),
                old_inputs=encode(seen.inputs),
                news=encode(news),
            )
        )
        return Seen(seen.id, dict(news), decode(reply.properties))

    def invoke(
        self, function: str, asked: Mapping[str, Any], *, preview: bool = False
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """What `getTask` and the like answer, and the failures as (property, reason)."""
        request = provider_pb2.InvokeRequest(tok=f"azure-batch:index:{function}", args=encode(asked), preview=preview)
        reply = self._stub.Invoke(request)
        return decode(getattr(reply, "return")), [(failure.property, failure.reason) for failure in reply.failures]


def encode(values: Mapping[str, Any]) -> Any:
    """The struct of values that may be `Secret`."""
    return wire.encode(marked(values))


def decode(struct: Any) -> dict[str, Any]:
    """The values of a struct, `Secret` where they are."""
    return wrapped(wire.decode(struct))


def _urn(kind: str) -> str:
    return f"urn:pulumi:dev::generated::azure-batch:index:{kind}::it"


@contextmanager
def serving(emulator: EmulatorProcess, version: str) -> Iterator[Provider]:
    """A provider of its own, configured for the emulator's account and an api-version."""
    server = grpc.server(ThreadPoolExecutor(4), options=OPTIONS)
    servicer: Any = Servicer(lambda: "0.0.0")
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=OPTIONS) as channel:
        yield Provider(channel, emulator, version)
    server.stop(None).wait()

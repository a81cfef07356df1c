"""The engine's log: what a provider says to its user. Says nothing, rather than fail, when no engine listens."""

from __future__ import annotations

import threading
from typing import Any, Final

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from azure_batch_provider.lifecycle.context import Level
from azure_batch_provider.values.redact import redact

_SEVERITIES: Final = {
    "debug": engine_pb2.DEBUG,
    "info": engine_pb2.INFO,
    "warning": engine_pb2.WARNING,
    "status": engine_pb2.INFO,
}
_PATIENCE: Final = 5.0
"""Seconds that a log line may take: an engine that is gone must not hold up a call."""


class EngineLog:
    """Sends lines to the engine that started the plugin, or that attached to it."""

    def __init__(self, address: str | None) -> None:
        self._lock = threading.Lock()
        self._address: str | None = None
        self._channel: grpc.Channel | None = None
        self._stub: Any = None
        if address:
            self.attach(address)

    def attach(self, address: str) -> None:
        """Talk to this engine from now on (`host:port`)."""
        with self._lock:
            if address and address != self._address:
                self._address = address
                self._channel = grpc.insecure_channel(address)
                self._stub = engine_pb2_grpc.EngineStub(self._channel)

    def close(self) -> None:
        """Say nothing any more."""
        with self._lock:
            if self._channel is not None:
                self._channel.close()
            self._channel = self._stub = None

    def __call__(self, level: Level, urn: str, text: str) -> None:
        with self._lock:
            stub = self._stub
        if stub is None:
            return
        line = engine_pb2.LogRequest(
            severity=_SEVERITIES[level], message=redact(text), urn=urn, ephemeral=level == "status"
        )
        try:
            stub.Log(line, timeout=_PATIENCE)
        except grpc.RpcError:
            return

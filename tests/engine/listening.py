"""As much of an engine as its log needs: a gRPC server that takes lines, as fast as a test wants it to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc


class Engine(engine_pb2_grpc.EngineServicer):
    """Keeps the messages that it is sent.

    Attributes:
        takes: while it is cleared, a message is received and not answered.
        received: set at the first message.
    """

    def __init__(self) -> None:
        self.address = ""
        self.messages: list[Any] = []
        self.takes = threading.Event()
        self.takes.set()
        self.received = threading.Event()

    def Log(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.received.set()
        self.takes.wait()
        self.messages.append(request)
        return empty_pb2.Empty()

    @property
    def lines(self) -> list[str]:
        return [line for message in self.messages for line in message.message.splitlines()]


@contextmanager
def listening() -> Iterator[Engine]:
    """An engine in this process."""
    engine = Engine()
    server = grpc.server(ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    engine.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield engine
    finally:
        engine.takes.set()
        server.stop(None).wait()

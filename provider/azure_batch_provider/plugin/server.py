"""The plugin's process: a gRPC server that announces its port, and ends when its engine is gone."""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, cast

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from azure_batch_provider.plugin.servicer import Servicer

THREADS: Final = 128
"""Calls at once. The engine asks 4 x cores at a time unless `--parallel` says more; what waits is served later."""

# What Pulumi's own Python server sets: state can be large, and a call may wait its turn for long.
OPTIONS: Final = (
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
    ("grpc.max_send_message_length", 400 * 1024 * 1024),
    ("grpc.server_max_unrequested_time_in_server", 30 * 60),
)
_GRACE: Final = 5.0


def serve(engine_address: str | None) -> None:
    """Serve until a signal ends the process, or what started it is gone; without an address for engines that attach."""
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # SIGINT is how the engine ends its plugins; a Ctrl-C in the terminal does not reach their process group.
        signal.signal(number, lambda *_: over.set())
    server = grpc.server(ThreadPoolExecutor(THREADS, thread_name_prefix="call"), options=OPTIONS)
    servicer = Servicer(version, engine_address)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(cast(Any, servicer), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Thread(target=servicer.load, name="loading", daemon=True).start()
    parent = os.getppid()
    while not over.wait(1.0):
        if os.getppid() != parent:
            # The engine was killed: nobody will ever ask for what the calls in flight find out.
            os._exit(0)
    server.stop(_GRACE).wait()
    servicer.close()
    # Threads that still wait for the service must not keep the process.
    os._exit(0)


def version() -> str:
    """The version of the installed distribution."""
    from importlib.metadata import version as installed

    return installed("azure-batch-provider")

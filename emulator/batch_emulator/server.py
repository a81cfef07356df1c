"""The listening socket, uvicorn around the application, and the words that say it is ready."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import Emulator

HOST = "127.0.0.1"
BACKLOG = 512
KEEP_ALIVE = 120
GRACE = 2


class PortError(Exception):
    """The port cannot be listened on; the text says why."""


class Connection(H11Protocol):
    """Lets the application close the connection without an answer, by `scope["state"]["abort"]`."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, "abort": transport.abort}


class Server(uvicorn.Server):
    """Calls `ready` when it listens, and ends without an error on SIGTERM and SIGINT."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        former = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)


def listen(port: int) -> socket.socket:
    """A socket on loopback; port 0 picks one. Raises PortError."""
    # asyncio switches Nagle's algorithm off only where the protocol is named: without that each answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PortError(f"cannot listen on {HOST}:{port}: {error.strerror}") from error
    return listener


def serve(
    emulator: Emulator,
    listener: socket.socket,
    ready: Callable[[], None],
    certificate: Path | None = None,
    private_key: Path | None = None,
) -> None:
    """Serves until a signal ends it. With a certificate, speaks TLS and nothing else."""
    config = uvicorn.Config(
        emulator,
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
        backlog=BACKLOG,
        ssl_certfile=certificate,
        ssl_keyfile=private_key,
    )
    Server(config, ready).run(sockets=[listener])

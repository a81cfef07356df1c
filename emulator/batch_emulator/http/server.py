"""The listening socket, uvicorn around the application, and the words that say it is ready."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import uvicorn

from batch_emulator.http.app import Emulator
from batch_emulator.http.connection import Connection
from batch_emulator.http.diagnostics import quieten

BACKLOG = 512
GRACE = 2


class ListenError(Exception):
    """The address or the port cannot be listened on; the text says why."""


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


def listen(host: str, port: int) -> socket.socket:
    """A socket on an address of this machine; port 0 picks one. Raises ListenError."""
    listener: socket.socket | None = None
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # asyncio switches Nagle's algorithm off only where the protocol is named: without that each answer takes 40 ms.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        if listener is not None:
            listener.close()
        reason = error.strerror if isinstance(error, OSError) else "not the name of a host"
        raise ListenError(f"cannot listen on {host}:{port}: {reason}") from error
    return listener


def url(scheme: str, listener: socket.socket) -> str:
    """Where this machine reaches it: by loopback where it listens on all addresses."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def serve(
    emulator: Emulator,
    listeners: list[socket.socket],
    ready: Callable[[], None],
    certificate: Path | None = None,
    private_key: Path | None = None,
) -> None:
    """Serves until a signal ends it. With a certificate, speaks TLS and nothing else."""
    config = uvicorn.Config(
        emulator,
        http=partial(Connection, emulator, lambda: emulator.patience),  # type: ignore[arg-type]
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
        backlog=BACKLOG,
        ssl_certfile=certificate,
        ssl_keyfile=private_key,
    )
    quieten("asyncio", "uvicorn", "uvicorn.error")
    Server(config, ready).run(sockets=listeners)

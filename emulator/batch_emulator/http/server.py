"""The listening socket, uvicorn around the application, and the words that say it is ready."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from batch_emulator.http.app import Emulator
from batch_emulator.http.diagnostics import quieten

BACKLOG = 512
KEEP_ALIVE = 120
GRACE = 2
LARGEST_HEAD = 64 * 1024
_TOGETHER = 64 * 1024
"""Bytes of an answer beyond which it is not held back for the rest."""


class ListenError(Exception):
    """The address or the port cannot be listened on; the text says why."""


class _Joined:
    """A transport that sends together what is written in one turn of the loop: an answer's head and its body."""

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if data and not self._written:
            self._loop.call_soon(self._send)
        self._written += data
        if len(self._written) > _TOGETHER:
            self._send()

    def _send(self) -> None:
        if self._written:
            self._transport.write(self._written)
            self._written = bytearray()

    def close(self) -> None:
        self._send()
        self._transport.close()

    def abort(self) -> None:
        self._send()
        self._transport.abort()


class Connection(H11Protocol):
    """Lets the application close the connection without an answer, by `scope["state"]["abort"]`.

    A request that has not come whole in the time that `patience` gives is answered with 408, and a connection on which
    none has begun by then is closed; so is one on which the rest of a refused body does not end.
    """

    def __init__(self, *args: Any, patience: Callable[[], float | None], **more: Any) -> None:
        super().__init__(*args, **more)
        self._patience = patience
        self._deadline: asyncio.TimerHandle | None = None
        self._answered = False

    def connection_made(self, transport: Any) -> None:
        joined: Any = _Joined(transport, self.loop)
        super().connection_made(joined)
        self.app_state = {**self.app_state, "abort": joined.abort}
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        self._answered = True
        super().on_response_complete()
        self._watch()

    def handle_events(self) -> None:
        """What is not HTTP is answered with 400; where an answer has gone out already, none can follow."""
        try:
            super().handle_events()
        except h11.ProtocolError:
            self.transport.abort()

    def _is_due(self) -> bool:
        """Whether the rest of a request is to come. Between two of them, keep-alive has its own limit."""
        if self.conn.their_state is h11.IDLE:
            return not self._answered or bool(self.conn.trailing_data[0])
        return self.conn.their_state is h11.SEND_BODY

    def _watch(self) -> None:
        if self.transport.is_closing() or not self._is_due():
            self._forget_deadline()
        elif self._deadline is None and (seconds := self._patience()) is not None:
            self._deadline = self.loop.call_later(seconds, self._time_out)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _time_out(self) -> None:
        """Nothing is answered where nothing was asked, or the answer has gone out."""
        self._deadline = None
        begun = self.conn.trailing_data[0] or self.conn.their_state is h11.SEND_BODY
        if not begun or self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        text = b"The request did not come to its end in time."
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(text))), ("Connection", "close")]
        for event in (h11.Response(status_code=408, headers=headers), h11.Data(data=text), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


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
    listener: socket.socket,
    ready: Callable[[], None],
    certificate: Path | None = None,
    private_key: Path | None = None,
) -> None:
    """Serves until a signal ends it. With a certificate, speaks TLS and nothing else."""
    config = uvicorn.Config(
        emulator,
        http=partial(Connection, patience=lambda: emulator.patience),  # type: ignore[arg-type]
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
        backlog=BACKLOG,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        ssl_certfile=certificate,
        ssl_keyfile=private_key,
    )
    quieten("asyncio", "uvicorn", "uvicorn.error")
    Server(config, ready).run(sockets=[listener])

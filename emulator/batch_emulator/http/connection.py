"""One connection: its requests, one after the other, and how long it waits for them. What is HTTP, h11 decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import h11
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from batch_emulator.http.diagnostics import report
from batch_emulator.http.exchange import Exchange, head

KEEP_ALIVE = 120
LARGEST_HEAD = 64 * 1024


class Connection(asyncio.Protocol):
    """Lets the application close the connection without an answer, by `scope["state"]["abort"]`.

    A request that has not come whole in the time that `patience` gives is answered with 408, and a connection on which
    none has begun by then is closed; so is one on which the rest of a refused body does not end.
    """

    _transport: asyncio.Transport

    def __init__(self, app: ASGIApp, patience: Callable[[], float | None], server_state: ServerState, **_: Any) -> None:
        self._app = app
        self._patience = patience
        self._server = server_state
        self._loop = asyncio.get_running_loop()
        self._reader = h11.Connection(h11.SERVER, LARGEST_HEAD)
        """Reads one request; the next has another."""
        self._exchange: Exchange | None = None
        """From the head of a request until it has come to its end and is answered."""
        self._deadline: asyncio.TimerHandle | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._latest: float | None = None
        """When the latest answer went out."""
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._addresses = {
            "scheme": "https" if transport.get_extra_info("sslcontext") else "http",
            "server": transport.get_extra_info("sockname")[:2],
            "client": peer and peer[:2],
        }
        self._server.connections.add(self)  # type: ignore[arg-type]
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self._forget_deadline()
        if self._idle is not None:
            self._idle.cancel()
        self._writable.set()
        if self._exchange is not None:
            self._exchange.lose()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self._reader.receive_data(data)
        if self._exchange is not None and self._exchange.read:
            self._transport.pause_reading()
        else:
            self._read()
            self._watch()

    def _read(self) -> None:
        """What has come, until the end of a request that is not answered yet. What is not HTTP is refused."""
        try:
            while True:
                event = self._reader.next_event()
                if isinstance(event, h11.Request):
                    self._exchange = self._begin(event)
                elif self._exchange is not None and isinstance(event, h11.Data):
                    self._exchange.feed(event.data)
                elif self._exchange is not None and isinstance(event, h11.EndOfMessage):
                    self._exchange.end()
                    if not self._exchange.answered:
                        return
                    self._next()
                else:
                    return
        except h11.RemoteProtocolError:
            self._refuse(400, b"Invalid HTTP request received.")

    def _begin(self, request: h11.Request) -> Exchange:
        expects = self._reader.they_are_waiting_for_100_continue
        exchange = Exchange(self._transport, self._writable, self._answered, request, expects)
        task = self._loop.create_task(self._answer(exchange))
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)
        return exchange

    async def _answer(self, exchange: Exchange) -> None:
        try:
            await self._app(exchange.scope(self._addresses), exchange.receive, exchange.send)
        except Exception as error:
            report(error)
            self._refuse(500, b"Internal Server Error")

    def _answered(self) -> None:
        assert self._exchange is not None
        if not self._exchange.keep_alive:
            self._transport.close()
            return
        self._latest = self._loop.time()
        self._transport.resume_reading()
        if self._exchange.read:
            self._next()
            self._read()
        self._watch()
        if self._idle is None:
            self._idle = self._loop.call_later(KEEP_ALIVE, self._close_idle)

    def _next(self) -> None:
        """On to the next request, of which something may have come already."""
        rest, _ = self._reader.trailing_data
        self._exchange = None
        self._reader = h11.Connection(h11.SERVER, LARGEST_HEAD)
        if rest:
            self._reader.receive_data(rest)

    def _close_idle(self) -> None:
        """A timer for each answer would cost more than one that looks when the latest was."""
        self._idle = None
        if self._exchange is None and self._latest is not None:
            left = self._latest + KEEP_ALIVE - self._loop.time()
            if left > 0:
                self._idle = self._loop.call_later(left, self._close_idle)
            else:
                self._transport.close()

    def _refuse(self, status: int, text: bytes) -> None:
        """Ends the connection, with an answer unless one has begun already."""
        if self._exchange is not None and self._exchange.begun:
            self._transport.abort()
        elif not self._transport.is_closing():
            headers = [(b"Content-Type", b"text/plain; charset=utf-8"), (b"Content-Length", b"%d" % len(text))]
            self._transport.write(head(status, [*headers, (b"Connection", b"close")]) + text)
            self._transport.close()

    def _is_begun(self) -> bool:
        """Whether a part of a request is there, and its end is not."""
        return bool(self._reader.trailing_data[0]) if self._exchange is None else not self._exchange.read

    def _watch(self) -> None:
        """For the rest of a request, or the first. Between two of them, keep-alive has its own limit."""
        awaited = self._is_begun() or (self._exchange is None and self._latest is None)
        if self._transport.is_closing() or not awaited:
            self._forget_deadline()
        elif self._deadline is None and (seconds := self._patience()) is not None:
            self._deadline = self._loop.call_later(seconds, self._time_out)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _time_out(self) -> None:
        """Nothing is answered where nothing was asked."""
        self._deadline = None
        if self._is_begun():
            self._refuse(408, b"The request did not come to its end in time.")
        else:
            self._transport.abort()

    def shutdown(self) -> None:
        """As the server ends: after the answer that is under way."""
        if self._exchange is None or self._exchange.answered:
            self._transport.close()
        else:
            self._exchange.keep_alive = False

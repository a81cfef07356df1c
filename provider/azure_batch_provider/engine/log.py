"""The engine's log: what a provider says to its user. Says nothing, rather than fail, when no engine listens.

A call does not wait for the engine to take a line: one thread sends them in order, and debug lines many at a time. What
a user must have read before an answer, `flush` waits for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
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
"""Seconds that the engine has to take a line: one that is gone must not hold up an answer."""
_LAG: Final = 0.1
"""Seconds that debug lines wait for more of them: sending costs far more than a line."""
MOST: Final = 10_000
"""Lines that may wait; while there are as many, further debug and status lines are only counted."""

_Line = tuple[Level, str, str]


class EngineLog:
    """Sends lines to the engine that started the plugin, or that attached to it."""

    def __init__(self, address: str | None) -> None:
        self._changed = threading.Condition()
        self._address: str | None = None
        self._channel: grpc.Channel | None = None
        self._stub: Any = None
        self._waiting: list[_Line] = []
        self._left_out = 0
        # Lines are numbered: the last one given, the last that is not a debug line, the last that was sent or lost.
        self._given = self._urgent = self._done = 0
        self._hurry = False
        self._answers = True
        if address:
            self.attach(address)

    def attach(self, address: str) -> None:
        """Talk to this engine from now on (`host:port`)."""
        with self._changed:
            if address and address != self._address:
                if self._stub is None:
                    threading.Thread(target=self._send, name="engine log", daemon=True).start()
                self._address = address
                self._channel = grpc.insecure_channel(address)
                self._stub = engine_pb2_grpc.EngineStub(self._channel)

    def flush(self, *, debug: bool = True) -> None:
        """Return when the engine has what was said until now, debug lines included or not, or takes nothing."""
        with self._changed:
            last = self._given if debug else self._urgent
            if self._done < last:
                self._hurry = True
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._done >= last or not self._answers, _PATIENCE)

    def close(self) -> None:
        """Say nothing any more, after what was said until now."""
        self.flush()
        with self._changed:
            if self._channel is not None:
                self._channel.close()
            self._channel = self._stub = None
            self._changed.notify_all()

    def __call__(self, level: Level, urn: str, text: str) -> None:
        with self._changed:
            if self._stub is None:
                return
            if level in ("debug", "status") and len(self._waiting) >= MOST:
                self._left_out += 1
                return
            self._waiting.append((level, urn, text))
            self._given += 1
            if level != "debug":
                self._urgent = self._given
                self._hurry = True
            if self._hurry or len(self._waiting) == 1:
                self._changed.notify_all()

    def _send(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stub is None)
                self._changed.wait_for(lambda: self._hurry or self._stub is None, _LAG)
                lines, self._waiting = self._waiting, []
                last, stub, self._hurry = self._given, self._stub, False
                if self._left_out:
                    lines.append(
                        ("debug", "", f"Lines left out, since the engine took them too slowly: {self._left_out:,}")
                    )
                    self._left_out = 0
            if stub is None:
                return
            for request in _requests(lines):
                try:
                    stub.Log(request, timeout=_PATIENCE)
                    self._answers = True
                except (grpc.RpcError, ValueError):  # ValueError: the channel was closed
                    self._answers = False
            with self._changed:
                self._done = last
                self._changed.notify_all()


def _requests(lines: Iterable[_Line]) -> Iterator[engine_pb2.LogRequest]:
    """One for each line, except that debug lines of one URN that follow each other are one message."""
    for (level, urn), group in groupby(lines, key=itemgetter(0, 1)):
        texts = [redact(text) for _, _, text in group]
        for message in ["\n".join(texts)] if level == "debug" else texts:
            yield engine_pb2.LogRequest(
                severity=_SEVERITIES[level], message=message, urn=urn, ephemeral=level == "status"
            )

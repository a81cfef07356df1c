"""The provider instances of a process: what one engine configured is not seen by the calls of another."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from azure_batch_provider.engine.log import EngineLog
from azure_batch_provider.lifecycle import refusals

if TYPE_CHECKING:
    from azure_batch_provider.lifecycle.context import Session


class Instance:
    """One provider of a program: the engine that it answers to, and what that engine has told it.

    Attributes:
        session: None until it is configured.
        cancelled: set when its engine waits for no more answers.
    """

    def __init__(self, engine_address: str | None) -> None:
        self.log = EngineLog(engine_address)
        self.session: Session | None = None
        self.cancelled = threading.Event()

    def configure(self, session: Session) -> None:
        """Serve by this configuration from now on."""
        if self.session is not None:
            self.session.close()
        self.cancelled.clear()
        self.session = session

    def close(self) -> None:
        if self.session is not None:
            self.session.close()
        self.log.close()


class Instances:
    """The instances of a process.

    An engine starts a process for each of its providers, which is then one instance, on whatever connection it is
    called: gRPC connects again when a connection was idle for half an hour. To a process that runs already, engines
    attach (`PULUMI_DEBUG_PROVIDERS`), several and for several providers each: then a connection is an instance, from
    its handshake until it is cancelled, which the engine does at the end of every operation.
    """

    def __init__(self, engine_address: str | None) -> None:
        self._only = Instance(engine_address) if engine_address else None
        self._by_peer: dict[str, Instance] = {}
        self._lock = threading.Lock()

    def begin(self, peer: str, engine_address: str) -> None:
        """An engine shakes hands on a connection; instances that have come to their end are dropped."""
        if self._only is not None:
            self._only.log.attach(engine_address)
            return
        with self._lock:
            # A cancelled one is kept until now, so that calls after a Ctrl-C are told that they were cancelled.
            ended = [known for known, it in self._by_peer.items() if known == peer or it.cancelled.is_set()]
            dropped = [self._by_peer.pop(known) for known in ended]
            self._by_peer[peer] = Instance(engine_address)
        for instance in dropped:
            instance.close()

    def of(self, peer: str) -> Instance:
        """The instance that is called on a connection.

        Raises:
            Refused
        """
        if self._only is not None:
            return self._only
        with self._lock:
            if peer not in self._by_peer:
                raise refusals.CONNECTION_UNKNOWN(peer=peer)
            return self._by_peer[peer]

    def close(self) -> None:
        """The process ends."""
        for instance in (self._only, *self._by_peer.values()):
            if instance is not None:
                instance.close()

    def __len__(self) -> int:
        return len(self._by_peer) if self._only is None else 1

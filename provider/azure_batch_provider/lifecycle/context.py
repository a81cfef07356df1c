"""One call of a front door, and what all calls of a process share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.lifecycle import refusals
from azure_batch_provider.lifecycle.dependents import Dependents
from azure_batch_provider.lifecycle.ledger import Ledger
from azure_batch_provider.values.paths import Path

if TYPE_CHECKING:
    from azure_batch_provider.arm.client import ArmClient
    from azure_batch_provider.batch.client import BatchClient
    from azure_batch_provider.config.resolve import Configuration

Level = Literal["debug", "info", "warning", "status"]


class Log(Protocol):
    """Where the user reads: `status` lines replace each other while something is waited for."""

    def __call__(self, level: Level, urn: str, text: str) -> None: ...


@dataclass(frozen=True)
class Naming:
    """The engine's request on automatic names: `propose` and `enforce` come with a name, `disable` forbids them."""

    mode: Literal["propose", "enforce", "disable"]
    proposed: str = ""


@dataclass(frozen=True)
class Call:
    """What a verb knows of the call it serves.

    Attributes:
        urn, name, type: of the resource.
        deadline: the user's timeout for the operation, and whether anybody still waits.
        preview: nothing may be written.
        naming: the engine's wish on automatic names, if it has one.
        imports: whether this front door can import what is there already.
        remembers: whether this front door keeps what a failed operation remembers.
        hides: whether the value at a path must not be named to anybody.
    """

    urn: str
    name: str
    type: str
    log: Log
    deadline: Deadline
    preview: bool = False
    naming: Naming | None = None
    imports: bool = True
    remembers: bool = True
    hides: Callable[[Path], bool] = lambda path: False

    def __post_init__(self) -> None:
        self.deadline.reports_to(_without_repeats(self.status))

    def debug(self, text: str) -> None:
        self.log("debug", self.urn, text)

    def info(self, text: str) -> None:
        self.log("info", self.urn, text)

    def warn(self, text: str) -> None:
        self.log("warning", self.urn, text)

    def status(self, text: str) -> None:
        self.log("status", self.urn, text)


def _without_repeats(listener: Callable[[str], None]) -> Callable[[str], None]:
    """Requests that are in flight together wait for the same, and each of them says so."""
    last: list[str] = []

    def listen(text: str) -> None:
        if last != [text]:
            last[:] = [text]
            listener(text)

    return listen


@dataclass
class Session:
    """A configured provider: its configuration, its one client, its ledger of this operation."""

    configuration: Configuration
    connect: Callable[[Configuration], BatchClient]
    ledger: Ledger = field(default_factory=Ledger)
    dependents: Dependents = field(default_factory=Dependents)
    log: Callable[[str], None] = field(default=lambda text: None)
    _client: BatchClient | None = None
    _arm: ArmClient | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def client(self) -> BatchClient:
        """Made when first needed, so that a preview that asks the service nothing loads no HTTP library."""
        with self._lock:
            if self._client is None:
                self._client = self.connect(self.configuration)
            return self._client

    @property
    def arm(self) -> ArmClient:
        """The client for Azure Resource Manager, made when first needed.

        Raises:
            Refused: no account is configured there, or what the client takes is not installed.
            AuthenticationError: there is no identity to sign in with.
        """
        from azure_batch_provider.arm.client import INSTALLING, ArmClient, is_installed

        with self._lock:
            if self._arm is None:
                if self.configuration.account_id is None:
                    raise refusals.ACCOUNT_ID_MISSING()
                if not is_installed():
                    raise refusals.PACKAGES_NOT_INSTALLED(command=INSTALLING)
                self._arm = ArmClient(self.configuration, self.configuration.account_id, self.log)
            return self._arm

    @property
    def live(self) -> bool:
        """Whether the engine is to read what is there before each update."""
        return self.configuration.drift_detection == "live"

    @property
    def rehearses(self) -> bool:
        """Whether all of it happens in a copy of the account."""
        return self.configuration.rehearsal is not None

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None
            if self._arm is not None:
                self._arm.close()
                self._arm = None

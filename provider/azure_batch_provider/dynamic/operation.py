"""One operation of the engine (a preview, an up, a refresh, a destroy), as its dynamic provider process lives it.

The engine starts one process for each operation and configures every provider class in it, with the same
configuration: they share one session, so that one class remembers what another has done.
"""

from __future__ import annotations

import atexit
import os
import re
import sys
import threading
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from azure_batch_provider.config import resolve
from azure_batch_provider.engine.log import EngineLog
from azure_batch_provider.lifecycle.context import Level, Session
from azure_batch_provider.values.redact import redact

if TYPE_CHECKING:
    from azure_batch_provider.batch.client import BatchClient
    from azure_batch_provider.lifecycle.results import State

_ADDRESS: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\]):\d+")
_NAMESPACE: Final = "azure-batch:"


class Operation:
    """The configured session, where to tell the user something, and how each resource was last seen.

    `seen` holds what the service has shown of an id in this operation, until this process writes to it: the engine may
    ask for the difference of one resource several times.
    """

    def __init__(self, configuration: resolve.Configuration, engine: EngineLog | None) -> None:
        self._engine = engine
        self.session = Session(configuration, self._connect)
        self.seen: dict[str, State] = {}

    @property
    def configuration(self) -> resolve.Configuration:
        return self.session.configuration

    @property
    def live(self) -> bool:
        """Whether each difference is taken against the server."""
        return self.configuration.drift_detection == "live"

    def log(self, level: Level, urn: str, text: str) -> None:
        """Tell the user; without an engine's address on standard error, which the engine shows as well."""
        if self._engine is not None:
            self._engine(level, urn, text)
        elif level in ("info", "warning"):
            print(redact(f"{level}: {text}"), file=sys.stderr, flush=True)

    def flush(self, *, debug: bool = True) -> None:
        """See `EngineLog.flush`."""
        if self._engine is not None:
            self._engine.flush(debug=debug)

    def _connect(self, configuration: resolve.Configuration) -> BatchClient:
        from azure_batch_provider.batch.client import BatchClient

        return BatchClient.connect(
            configuration,
            log=lambda text: self.log("debug", "", text),
            user_agent=f"azure-batch-provider/{version('azure-batch-provider')} (dynamic)",
        )


_operations: Final[dict[resolve.Configuration, Operation]] = {}
_lock: Final = threading.Lock()


def operation(stack: Mapping[str, Any]) -> Operation:
    """The operation of this process, for the configuration of a stack (full key to value) and the environment.

    Raises:
        ConfigurationError: with all reasons.
    """
    given = {key[len(_NAMESPACE) :]: value for key, value in stack.items() if key.startswith(_NAMESPACE)}
    configuration = resolve.configuration(given, os.environ)
    with _lock:
        if configuration not in _operations:
            _operations[configuration] = Operation(configuration, _engine_log())
        return _operations[configuration]


def _engine_log() -> EngineLog | None:
    """The log of the engine that started this process: its address is the first argument, as it is for any plugin."""
    address = next((text for text in sys.argv[1:] if _ADDRESS.fullmatch(text)), None)
    if address is None:
        return None
    log = EngineLog(address)
    atexit.register(log.close)
    return log

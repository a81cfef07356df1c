"""The emulator's service without its server: requests in, JSON out, for tests of very many of them."""

from __future__ import annotations

import json
from typing import Any

from batch_emulator.operations.dispatch import Service
from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.json_body import Body
from batch_emulator.protocol.request import Request
from batch_emulator.simulation.loop import Loop
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.journal import MemoryJournal
from batch_emulator.state.switches import Switches
from batch_emulator.testing.control import PREFIX, Control
from batch_emulator.testing.faults import Faults
from batch_emulator.testing.requests_log import RequestsLog
from tests.emulator_process import MEDIA_TYPE, V2025

_JSON = [(b"content-type", MEDIA_TYPE.encode())]


class InProcess:
    """An empty account of its own. Its clock stands, and begins at `ticks`."""

    def __init__(self, ticks: int, **switches: str) -> None:
        self._account = SimulatedAccount(MemoryJournal(), Switches(switches))
        self._account.clock.restore({"frozen": ticks})
        faults = Faults()
        self._service = Service(self._account, faults)
        self._control = Control(self._account, RequestsLog(), faults, ())
        self._loop = Loop(self._account)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and the body of the answer, of a refusal its code."""
        sent = Body(b"" if body is None else json.dumps(body).encode())
        scope = {"method": method, "raw_path": path.encode(), "scheme": "http", "server": ("localhost", 80)}
        request = Request({**scope, "query_string": f"api-version={V2025}".encode(), "headers": _JSON})
        request.read()

        def answer() -> tuple[int, Any]:
            try:
                if path.startswith(PREFIX):
                    found = self._control.answer(method, path, sent)
                else:
                    found = self._service.answer(request, sent, "r")
            except ServiceError as error:
                return error.status, error.code
            return found.status, json.loads(found.body) if isinstance(found.body, bytes) else found.body

        return self._loop.run(answer)

    def get(self, path: str) -> Any:
        status, body = self.call("GET", path)
        assert status == 200, (path, body)
        return body

    def done(self, method: str, path: str, body: Any = None) -> bool:
        """Whether it was done, or refused as what is not possible now."""
        status, answer = self.call(method, path, body)
        assert status < 300 or status == 409, (method, path, body, answer)
        return status < 300

    def load_again(self) -> None:
        """As at a start: what is kept in memory only is made from what is stored."""
        self._account.store.changed = None
        self._loop.run(lambda: None)

"""The service: finds the operation of a request and runs its handler.

Requests were authenticated before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batch_emulator.operations.queries import API_VERSION, api_version, check_content_type, check_headers, check_query
from batch_emulator.operations.routes import find
from batch_emulator.operations.table import Operation
from batch_emulator.protocol.conditions import HEADERS as CONDITIONS
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import ServiceError, invalid_body
from batch_emulator.protocol.json_body import Body
from batch_emulator.protocol.request import Request
from batch_emulator.protocol.versions import dialect
from batch_emulator.protocol.wire import Answer, Call
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.ids import folded
from batch_emulator.testing.faults import Faults


class Service:
    def __init__(self, account: SimulatedAccount, faults: Faults) -> None:
        self._account = account
        self._faults = faults

    def answer(self, request: Request, body: Body, request_id: str) -> Answer:
        """Raises ServiceError for whatever is not a success."""
        query = {folded(name): value for name, value in request.query.items()}
        operation, ids = self._operation(request.method, request.path, query)
        version = api_version(query)
        switches = self._account.switches
        check_headers(request.headers)
        check_query(operation, request.query, version, switches)
        self._check_conditions(operation, request.headers)
        call = Call(
            request.method,
            request.path,
            request.base,
            query,
            request.query,
            request.headers,
            self._body(operation, request.headers, body),
            Context(version, switches, request.base),
            request_id,
            ids,
            bool(operation.conditional),
            self._faults.for_task,
        )
        if request.method in ("GET", "HEAD"):
            self._account.shown(tasks=request.path.startswith("/job"))
        return operation.handler(self._account, call)

    def _operation(self, method: str, path: str, query: Mapping[str, str]) -> tuple[Operation, dict[str, str]]:
        match = find(method, path, dialect(query.get(API_VERSION, "")))
        if match is None:
            raise ServiceError(
                "NotImplemented", text=f"The service has no operation {method} {path} that is known here."
            )
        if match.operation is None:
            raise ServiceError("UnsupportedHttpVerb", text=f"{path} does not know the HTTP verb {method}.")
        return match.operation, match.ids

    def _check_conditions(self, operation: Operation, headers: Mapping[str, str]) -> None:
        if self._account.switches.text("unsupported-conditions") == "ignore":
            return
        for name in CONDITIONS:
            if name in headers and name not in operation.conditional:
                raise ServiceError("UnsupportedHeader", [("HeaderName", name)])

    def _body(self, operation: Operation, headers: Mapping[str, str], body: Body) -> Any:
        if operation.body == "none" or (operation.body == "optional" and not body):
            return None
        check_content_type(headers, self._account.switches)
        value = body.value()
        if value is None:
            raise invalid_body("The body is empty.")
        return value

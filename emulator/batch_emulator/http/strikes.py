"""What a fault that a test has ordered does to a request: refuses it, delays it, cuts it off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Receive, Scope

from batch_emulator.http.file_response import FileResponse
from batch_emulator.protocol.request import Request
from batch_emulator.state.switches import Switches
from batch_emulator.testing.control import Control
from batch_emulator.testing.faults import Fault, Faults


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class Forgotten(Dropped):
    """The account was reset while the request was held back: it belongs to what is no more."""


async def drop(scope: Scope, receive: Receive) -> None:
    """Closes the connection without a byte."""
    scope["state"]["abort"]()
    while (await receive())["type"] != "http.disconnect":
        pass


class Strikes:
    def __init__(
        self, faults: Faults, switches: Switches, control: Control, named: Callable[[Request], str | None]
    ) -> None:
        """`named` gives the name of the operation that a request asks for."""
        self._named = named
        self._faults = faults
        self._switches = switches
        self._control = control

    def of(self, request: Request) -> Fault | None:
        if not self._faults:
            return None
        return self._faults.for_request(request.method, request.path, self._named(request))

    async def before(self, fault: Fault) -> None:
        """What comes before the request is handled. Raises Dropped, or ServiceError for a refusal."""
        if fault.when == "before":
            await self._strike(fault)

    async def after(self, fault: Fault, response: Response) -> None:
        """What comes when the change is made. Raises likewise; the response is not sent then."""
        try:
            if fault.drop == "after":
                raise Dropped
            if fault.when == "after":
                await self._strike(fault)
        except BaseException:
            if isinstance(response, FileResponse):
                response.close()
            raise

    async def _strike(self, fault: Fault) -> None:
        if fault.delay:
            resets = self._control.resets
            await asyncio.sleep(fault.delay)
            if self._control.resets != resets:
                raise Forgotten
        if fault.drop == "before":
            raise Dropped
        error = fault.error(self._switches.integer("throttle-retry-after"))
        if error is not None and fault.drop is None:
            raise error

"""The emulator as an ASGI application: reads a request, authenticates it, has it answered, and writes the answer.

Nothing that a client can send fails here: it is answered, with a refusal if need be. A bug of ours is answered with 500
`InternalError`, and its place in the code goes to standard error.
"""

from __future__ import annotations

import asyncio
import string
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import quote

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from batch_emulator.http.access_log import AccessLog
from batch_emulator.http.auth import Authenticator, Credentials
from batch_emulator.http.diagnostics import report, say
from batch_emulator.http.file_response import FileResponse
from batch_emulator.http.hosts import Hosts
from batch_emulator.http.strikes import Dropped, Forgotten, Strikes, drop
from batch_emulator.management import service as management
from batch_emulator.management import wire as management_wire
from batch_emulator.operations.dispatch import Service
from batch_emulator.operations.queries import API_VERSION
from batch_emulator.operations.routes import operation_name
from batch_emulator.operations.table import OPERATIONS
from batch_emulator.pages.addresses import owns
from batch_emulator.pages.site import Site
from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.json_body import Body
from batch_emulator.protocol.request import Request
from batch_emulator.protocol.versions import OLDER
from batch_emulator.protocol.wire import FIXED_HEADERS, JSON, OLDER_JSON, Answer, encode, failed
from batch_emulator.simulation.loop import Loop
from batch_emulator.simulation.machine import SimulatedAccount
from batch_emulator.state.clock import format_time
from batch_emulator.state.journal import StorageError
from batch_emulator.testing.control import PREFIX, Control
from batch_emulator.testing.faults import Faults
from batch_emulator.testing.requests_log import RequestsLog

LARGEST_BODY = 1_048_576
_LONGEST_WAIT = 3600.0
_WAIT_TO_WRITE = 1.0
"""Seconds until it is tried again to write what could not be written."""
_AS_IT_IS = string.punctuation + " "
_WITH_BODY = ("POST", "PUT", "PATCH")


class Emulator:
    def __init__(
        self,
        account: SimulatedAccount,
        credentials: Credentials,
        hosts: Hosts,
        access_log: bool = False,
        managed: int | None = None,
    ) -> None:
        """`managed` is the port of the resource manager."""
        self._managed = managed
        self._account = account
        account.name = credentials.account
        self._hosts = hosts
        self._authenticator = Authenticator(credentials, account.switches, account.task_tokens)
        self._log = RequestsLog()
        self._faults = Faults()
        self._service = Service(account, self._faults)
        self._control = Control(
            account, self._log, self._faults, [operation.name for operation in (*OPERATIONS, *management.OPERATIONS)]
        )
        self._strikes = Strikes(self._faults, account.switches, self._control, self._named)
        self._site = Site(account, self._log, self._faults)
        self._access_log = AccessLog(access_log)
        self._loop = Loop(account)
        self._unwritable = ""
        self._committing = False
        """Whether a commit is about to be made."""
        self._timer: asyncio.TimerHandle | None = None

    def wait(self) -> None:
        """For what the clock moves by itself, as the next piece of work of the loop."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        seconds = self._account.idle_seconds()
        if seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(min(seconds, _LONGEST_WAIT), self._tick)

    def perform(self, work: Callable[[], None]) -> None:
        """A piece of work that no request has brought, such as the end of a command. Raises StorageError."""
        self._loop.run(work)
        self.wait()

    def _tick(self) -> None:
        try:
            self._loop.run(lambda: None)
        except StorageError as error:
            self._not_kept(error)
            self._timer = asyncio.get_running_loop().call_later(_WAIT_TO_WRITE, self._tick)
        except Exception as error:
            report(error)
        else:
            self.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError("the emulator speaks HTTP only")
        try:
            response = await self._respond(scope, receive)
        except ClientDisconnect:
            return
        except Dropped:
            await drop(scope, receive)
            return
        except Exception as error:
            report(error)
            response = Response(b"", 500)
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        """Answers, and notes the request in the log. Raises Dropped when there is to be no answer."""
        started = self._access_log.started()
        request_id = str(uuid.uuid4())
        request = Request(scope)
        body = Body()
        response: Response | None = None
        forgotten = False
        try:
            request.read()
            self._hosts.check(request)
            if self._is_managed(request):
                self._authenticator.check_managed(request)
                body = await _read(receive, request)
                response = await self._answer(request, body, request_id)
                return response
            if owns(request.path):
                response = self._page(request)
                return response
            self._authenticator.check(request, control=self._is_control(request))
            body = await _read(receive, request)
            response = await self._answer(request, body, request_id)
        except ServiceError as error:
            response = self._refusal(error, request, request_id)
        except StorageError as error:
            response = self._refusal(self._not_kept(error), request, request_id)
        except Forgotten:
            forgotten = True
            raise
        except (ClientDisconnect, Dropped):
            raise
        except Exception as error:
            report(error)
            response = self._refusal(ServiceError("InternalError"), request, request_id)
        finally:
            if not forgotten:
                self._note(request, body, response.status_code if response is not None else None, request_id, started)
        return response

    @property
    def patience(self) -> float | None:
        """Seconds within which a request must have come, None when there is no limit."""
        return self._account.switches.number("request-seconds") or None

    def page_address(self, endpoint: str) -> str:
        """Of the page for people, with the token that lets them in."""
        return self._site.admission.address(endpoint)

    def _page(self, request: Request) -> Response:
        page = self._loop.run(lambda: self._site.answer(request))
        return Response(page.html, page.status, page.headers)

    def _note(self, request: Request, body: Body, status: int | None, request_id: str, started: float) -> None:
        operation = None if self._is_control(request) else self._named(request)
        if not self._is_control(request):
            now = format_time(self._account.clock.now())
            self._log.note(request, body, status, request_id, operation, now)
        self._access_log.note(request, status, started, operation)

    async def _answer(self, request: Request, body: Body, request_id: str) -> Response:
        """Nothing is answered before what it changed is committed, and that includes states that a refusal moved.

        Nothing is committed before its answer is made: there is no change that the caller does not learn of.
        """
        fault = None if self._is_control(request) else self._strikes.of(request)
        if fault is not None:
            await self._strikes.before(fault)
        response = self._loop.do(lambda: self._handle(request, body, request_id))
        await self._commit()
        self._unwritable = ""
        self.wait()
        if fault is not None:
            await self._strikes.after(fault, response)
        return response

    async def _commit(self) -> None:
        """Together with all that came at the same time: one commit costs what many do. Raises StorageError."""
        if not self._loop.uncommitted:
            self._loop.commit()
            return
        done: asyncio.Future[StorageError | None] = asyncio.get_running_loop().create_future()
        self._loop.when_committed(lambda error: None if done.done() else done.set_result(error))
        if not self._committing:
            self._committing = True
            asyncio.get_running_loop().call_soon(self._commit_all)
        error = await done
        if error is not None:
            raise error

    def _commit_all(self) -> None:
        """After those that are under way have done their work."""
        self._committing = False
        try:
            self._loop.commit()
        except StorageError:
            pass  # those who wait were told
        except Exception as error:
            report(error)

    def _handle(self, request: Request, body: Body, request_id: str) -> Response:
        try:
            if self._is_managed(request):
                return _managed_response(request, management.answer(self._account, request, body), request_id)
            if self._is_control(request):
                answer = self._control.answer(request.method, request.path, body)
            else:
                answer = self._service.answer(request, body, request_id)
            return _response(request, answer, request_id)
        except ServiceError as error:
            return self._refusal(error, request, request_id)

    def _refusal(self, error: ServiceError, request: Request, request_id: str) -> Response:
        request.refusal = error.code
        time = format_time(self._account.clock.now())
        if self._is_managed(request):
            return _managed_response(
                request, management_wire.failed(error, request_id=request_id, time=time), request_id
            )
        answer = failed(error, base=request.base, request_id=request_id, time=time)
        return _response(request, replace(answer, body=None) if request.method == "HEAD" else answer, request_id)

    def _is_managed(self, request: Request) -> bool:
        return request.port == self._managed

    def _is_control(self, request: Request) -> bool:
        return request.path.startswith(PREFIX) and not self._is_managed(request)

    def _named(self, request: Request) -> str | None:
        """The name of the operation that it asks for, None when it is none of the service's."""
        find = management.operation_name if self._is_managed(request) else operation_name
        return find(request.method, request.path)

    def _not_kept(self, error: StorageError) -> ServiceError:
        """Nothing of the request is left. It is said once on standard error until something can be written again."""
        if self._unwritable != str(error):
            self._unwritable = str(error)
            say(str(error))
        return ServiceError("ServerBusy", text=f"The emulator {error}. Nothing was changed.")


async def _read(receive: Receive, request: Request) -> Body:
    """What is too large is refused as soon as that is known. The connection then drops the rest, so that a caller who
    sends it all reads the refusal.
    """
    if request.method in _WITH_BODY and not {"content-length", "transfer-encoding"} & set(request.headers):
        raise ServiceError("MissingContentLengthHeader")
    # A length that is not a number of bytes does not come this far.
    _check_length(int(request.headers.get("content-length", "0")))
    content, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        content += message.get("body", b"")
        _check_length(len(content))
        more = message.get("more_body", False)
    return Body(bytes(content))


def _check_length(length: int) -> None:
    if length > LARGEST_BODY:
        raise ServiceError("RequestBodyTooLarge", [("MaxLimit", str(LARGEST_BODY))])


def _response(request: Request, answer: Answer, request_id: str) -> Response:
    headers = request.headers
    sent = {**FIXED_HEADERS, "request-id": request_id, **{name: _line(text) for name, text in answer.headers.items()}}
    if headers.get("return-client-request-id", "").strip().lower() == "true" and "client-request-id" in headers:
        sent["client-request-id"] = headers["client-request-id"]
    if answer.content is not None:
        return _spelled(FileResponse(answer.content, answer.status, sent), sent)
    content = b"" if answer.body is None else encode(answer.body)
    if answer.body is not None:
        sent["Content-Type"] = OLDER_JSON if request.query.get(API_VERSION) in OLDER else JSON
    if content or answer.status == 204 or (request.method == "HEAD" and answer.status != 304):
        sent.setdefault("Content-Length", str(len(content)))
    return _spelled(Response(content, answer.status), sent)


def _managed_response(request: Request, answer: Answer, request_id: str) -> Response:
    content = b"" if answer.body is None else encode(answer.body)
    sent = management_wire.headers(answer, request.headers, request_id)
    if answer.body is not None:
        sent["Content-Type"] = management_wire.JSON
    sent["Content-Length"] = str(len(content))
    return _spelled(Response(content, answer.status), sent)


def _spelled(response: Response, headers: Mapping[str, str]) -> Response:
    """With these headers and no other, as the service spells them: Java's client finds them by that."""
    response.raw_headers = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return response


def _line(text: str) -> str:
    """As a header can have it: an address may hold a name in any letters."""
    return text if text.isascii() and text.isprintable() else quote(text, safe=_AS_IT_IS)

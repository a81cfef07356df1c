"""The emulator as an ASGI application: reads a request, lets it in or not, has it answered, and writes the answer.

A bug of ours is answered with 500 `InternalError`, and its place in the code goes to standard error, without the text
of the exception: that could hold what the caller sent.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .account import Account
from .auth import Credentials, Gate
from .clock import format_time
from .control import PREFIX, Control
from .errors import ServiceError
from .faults import Fault, Faults
from .requests_log import RequestsLog
from .service import Service, parse_json
from .shared_key import SignedRequest
from .wire import FIXED_HEADERS, JSON, Answer, encode, failed

LARGEST_BODY = 1_048_576
_MOST_READ = 16 * LARGEST_BODY
_WITH_BODY = ("POST", "PUT", "PATCH")


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class Emulator:
    def __init__(self, account: Account, credentials: Credentials) -> None:
        self._account = account
        self._gate = Gate(credentials, account.switches)
        self._log = RequestsLog()
        self._faults = Faults()
        self._service = Service(account, self._faults)
        self._control = Control(account, self._log, self._faults)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError("the emulator speaks HTTP only")
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        except Dropped:
            await _drop(scope, receive)
            return
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        """Answers, and notes the request in the log. Raises Dropped when there is to be no answer."""
        request_id = str(uuid.uuid4())
        path = request.scope["path"]
        sent = dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]}
        control = path.startswith(PREFIX)
        body = b""
        status: int | None = None
        admitted = False
        try:
            self._check(request, headers, control)
            admitted = True
            body = await _read(request, headers)
            answer = await self._answer(request, sent, headers, body, request_id, control)
            status = answer.status
        except ServiceError as error:
            answer = self._failed(error, request, headers, request_id)
            status = answer.status
        except (ClientDisconnect, Dropped):
            raise
        except Exception as error:
            _report(error)
            self._account.store.recover()
            answer = self._failed(ServiceError("InternalError"), request, headers, request_id)
            status = answer.status
        finally:
            if not control:
                noted = _parsed(body) if admitted else None
                self._log.note(request.method, path, sent, headers, noted, status, request_id)
        return _response(request.method, answer, headers, request_id)

    def _check(self, request: Request, headers: Mapping[str, str], control: bool) -> None:
        raw_path = request.scope["raw_path"].decode("latin-1")
        query = request.scope["query_string"].decode("latin-1")
        self._gate.check(SignedRequest(request.method, raw_path, query, headers), control=control)

    async def _answer(
        self,
        request: Request,
        sent: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
        request_id: str,
        control: bool,
    ) -> Answer:
        """Nothing is answered before what it changed is committed, and that includes states that a refusal moved."""
        path = request.scope["path"]
        fault = None if control else self._faults.for_request(request.method, path)
        if fault is not None:
            await self._strike(fault)
        try:
            if control:
                answer = self._control.answer(request.method, path, parse_json(body))
            else:
                base = _base(request, headers)
                answer = self._service.answer(request.method, path, base, sent, headers, body, request_id)
        except ServiceError as error:
            answer = self._failed(error, request, headers, request_id)
        self._account.store.commit()
        if fault is not None and fault.drop == "after":
            raise Dropped
        return answer

    async def _strike(self, fault: Fault) -> None:
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.drop == "before":
            raise Dropped
        error = fault.error(self._account.switches.whole("throttle-retry-after"))
        if error is not None and fault.drop is None:
            raise error

    def _failed(self, error: ServiceError, request: Request, headers: Mapping[str, str], request_id: str) -> Answer:
        time = format_time(self._account.clock.now())
        answer = failed(error, base=_base(request, headers), request_id=request_id, time=time)
        return replace(answer, body=None) if request.method == "HEAD" else answer


def _base(request: Request, headers: Mapping[str, str]) -> str:
    host, port = request.scope["server"]
    return f"{request.scope['scheme']}://{headers.get('host') or f'{host}:{port}'}"


async def _read(request: Request, headers: Mapping[str, str]) -> bytes:
    """The body, read to its end even when it is too large, so that the caller reads the refusal."""
    if request.method in _WITH_BODY and not {"content-length", "transfer-encoding"} & set(headers):
        raise ServiceError("MissingContentLengthHeader")
    chunks: list[bytes] = []
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length <= LARGEST_BODY:
            chunks.append(chunk)
        elif length > _MOST_READ:
            break
    if length > LARGEST_BODY:
        raise ServiceError("RequestBodyTooLarge", [("MaxLimit", str(LARGEST_BODY))])
    return b"".join(chunks)


def _parsed(body: bytes) -> Any:
    try:
        return parse_json(body)
    except ServiceError:
        return None


def _response(method: str, answer: Answer, headers: Mapping[str, str], request_id: str) -> Response:
    sent = {**FIXED_HEADERS, "request-id": request_id, **answer.headers}
    if headers.get("return-client-request-id", "").strip().lower() == "true" and "client-request-id" in headers:
        sent["client-request-id"] = headers["client-request-id"]
    content = b"" if answer.body is None else encode(answer.body)
    if answer.body is not None:
        sent["Content-Type"] = JSON
    response = Response(content, answer.status, sent)
    if not content and answer.status != 204 and method != "HEAD":
        del response.headers["content-length"]
    elif not content and answer.status == 204:
        response.headers["content-length"] = "0"
    return response


def _report(error: Exception) -> None:
    frames = "".join(traceback.format_tb(error.__traceback__))
    print(f"The emulator failed with {type(error).__name__}:\n{frames}", file=sys.stderr, flush=True)


async def _drop(scope: Scope, receive: Receive) -> None:
    """Closes the connection without a byte."""
    scope["state"]["abort"]()
    while (await receive())["type"] != "http.disconnect":
        pass

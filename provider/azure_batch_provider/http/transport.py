"""One REST call: sign, send, retry, and turn whatever comes back into a `Reply` or a `RequestError`.

The only module that imports requests for the service. Knows HTTP and the conventions that all operations of the service
share (https://learn.microsoft.com/rest/api/batchservice/); knows no operation.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import requests
from requests.adapters import HTTPAdapter

from azure_batch_provider.http import content
from azure_batch_provider.http.auth import Auth
from azure_batch_provider.http.bounded import Workers
from azure_batch_provider.http.deadline import SLICE, Deadline
from azure_batch_provider.http.errors import (
    UNCERTAIN_STATUSES,
    AuthenticationError,
    Cancelled,
    ProtocolError,
    RequestError,
    ServiceError,
    TimedOut,
    TransportError,
    from_requests,
    redact,
)
from azure_batch_provider.http.throttle import Slowdown, Throttle
from azure_batch_provider.values.endpoint import Endpoint, parse_endpoint

MEDIA_TYPE: Final = "application/json; odata=minimalmetadata"
SERVER_TIMEOUT: Final = 30
"""The most that the service spends on one request, in seconds, whatever it is told."""
CONNECT_TIMEOUT: Final = 10.0
GRACE: Final = 15.0
"""Seconds for the way there and back, on top of what the service may spend."""
FIRST_BACKOFF: Final = 0.5
LONGEST_BACKOFF: Final = 30.0
ATTEMPTS_WITHOUT_ANSWER: Final = 4
"""A host that cannot be reached is given up after this many attempts (some four seconds), long before the deadline."""
_CHUNK: Final = 1 << 16
_LONGEST_DATE: Final = 64


@dataclass(frozen=True)
class Reply:
    """A successful answer; `body` is the parsed JSON, None when there was none. Header names have no case."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Transport:
    """A pooled connection to one account. Called by many threads at once.

    Args:
        endpoint: the account's URL, with or without scheme.
        auth: signs each attempt.
        api_version: sent with each request.
        request_timeout: seconds for one call of `request`, over all its attempts.
        max_concurrency: how many requests are in flight at most.
        log: takes one line for each attempt, without secrets.
        user_agent: how the provider presents itself.
        clock, sleep: the time of calls that come without a deadline.

    Raises:
        AuthenticationError: the credentials would go over plain http to another machine.
        TransportError: the environment names certificates that are not there.
        ValueError: the endpoint is not one.
    """

    def __init__(
        self,
        endpoint: str,
        auth: Auth,
        *,
        api_version: str,
        request_timeout: float,
        max_concurrency: int,
        log: Callable[[str], None] | None = None,
        user_agent: str = "azure-batch-provider",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.endpoint: Endpoint = parse_endpoint(endpoint)
        _refuse_plain_http(self.endpoint, auth)
        self._auth = auth
        self._api_version = api_version
        self._timeout_name = "timeout" if api_version.startswith("2024") else "timeOut"
        self._request_timeout = request_timeout
        self._log = log or _discard
        self._user_agent = user_agent
        self._clock = clock
        self._sleep = sleep
        self._throttle = Throttle()
        self._workers = Workers()
        self._slots = threading.BoundedSemaphore(max_concurrency)
        self._session = requests.Session()
        self._session.mount(
            f"{self.endpoint.scheme}://", HTTPAdapter(pool_connections=1, pool_maxsize=max_concurrency, max_retries=0)
        )
        environment = self._session.merge_environment_settings(self.endpoint.url, {}, None, None, None)
        # What goes to this machine never goes through a proxy, which would see a plain http request and its signature.
        self._proxies = {} if self.endpoint.is_loopback else dict(environment["proxies"])
        self._verify: bool | str = True if environment["verify"] is None else environment["verify"]
        if self.endpoint.scheme == "https" and isinstance(self._verify, str) and not Path(self._verify).exists():
            raise TransportError(
                f"REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names {self._verify}, which is not there.",
                sent=False,
                retryable=False,
            )

    def close(self) -> None:
        self._workers.close()
        self._session.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        gone: Collection[str] = (),
        deadline: Deadline | None = None,
    ) -> Reply:
        """Send a request, and again where that can help, until there is an answer or the time is over.

        All attempts of one call have the same client-request-id, so that they are found together in a log; each
        attempt has a request-id of its own. `path` is percent-encoded and starts with a slash. `gone` are the codes by
        which a 404 says that what was asked for does not exist.

        Raises:
            ServiceError: the service answered with an error, and retrying did not help or cannot.
            TransportError: there was none; `sent` says whether the request may have been carried out.
            TimedOut: (a TransportError) the deadline passed before the request could be sent.
            ProtocolError: what came back is not the answer to this request.
            AuthenticationError: there is nothing to sign it with.
            Cancelled: the deadline's caller is gone; `sent` as above.
        """
        budget = (deadline or Deadline(clock=self._clock, sleep=self._sleep)).at_most(self._request_timeout)
        call = _Call(
            method, path, dict(query or {}), _payload(body), dict(headers or {}), frozenset(gone), str(uuid.uuid4())
        )
        slowdown = Slowdown(budget)

        def behind_others() -> None:
            if self._throttle.is_closed(budget):
                slowdown()

        failure: ServiceError | TransportError | None = None
        told: ServiceError | None = None
        while True:
            try:
                with _Slot(self._slots, budget, meanwhile=behind_others):
                    self._throttle.admit(budget, slowdown)
                    call.attempts += 1
                    reply = self._attempt(call, budget)
            except Cancelled as stopped:
                stopped.sent = call.uncertain
                raise
            except TimedOut as error:
                # What went wrong before tells more than that the time is over.
                raise failure or TimedOut(f"{method} {path} was not sent. {error}") from None
            except (ServiceError, TransportError) as error:
                failure = error
            else:
                self._throttle.succeeded()
                return reply
            call.note(failure)
            delay = self._delay(failure, call.attempts)
            if isinstance(failure, ServiceError):
                told = failure
                if failure.throttled:
                    self._throttle.throttled(min(delay, budget.remaining()), budget)
                elif not failure.retryable:
                    self._throttle.succeeded()
            if not _worth_retrying(failure, call.attempts) or delay >= budget.remaining():
                if told is not None and told is not failure:
                    # An attempt that was cut short tells less than what the service said before.
                    call.note(told)
                    raise told from None
                raise failure
            self._log(f"{method} {path} again in {delay:.1f} s client-request-id={call.client_request_id}")
            try:
                throttled = isinstance(failure, ServiceError) and failure.throttled
                budget.wait(delay, slowdown if throttled else None)
            except Cancelled as stopped:
                stopped.sent = call.uncertain
                raise

    def _attempt(self, call: _Call, budget: Deadline) -> Reply:
        exchange = _Exchange()
        started = time.monotonic()
        try:
            response, received = self._workers.bounded(
                lambda: self._exchange(call, budget, exchange), budget, exchange.give_up
            )
        except Cancelled:
            call.uncertain = call.uncertain or exchange.sent
            raise
        except TimedOut as error:
            self._say(call, "no answer (given up)", started, "", exchange.secrets)
            raise TransportError(
                f"{call.method} {call.path} got no answer from {self.endpoint.url}: no answer within the time allowed.",
                sent=exchange.sent,
                retryable=False,
            ) from error
        except RequestError:
            raise
        except Exception as error:
            failure = from_requests(error, method=call.method, path=call.path, endpoint=self.endpoint.url)
            failure.sent = failure.sent and exchange.sent
            self._say(call, f"no answer ({type(error).__name__})", started, "", exchange.secrets)
            raise failure from None
        self._say(call, str(response.status_code), started, response.headers.get("request-id", ""), exchange.secrets)
        try:
            return self._interpret(call, response, received, exchange.secrets)
        except RequestError:
            raise
        except Exception as error:
            # Whatever is wrong with us or with it: it was sent, and an answer came.
            raise ProtocolError(
                f"{call.method} {call.path} was answered {response.status_code} with something that could not be read"
                f" ({type(error).__name__}): please report this as a bug of the azure-batch provider."
            ) from error

    def _exchange(self, call: _Call, budget: Deadline, exchange: _Exchange) -> tuple[requests.Response, bytes]:
        """Sign, send and read: all that can take long."""
        seconds = max(0.001, budget.remaining())
        server_timeout = max(1, min(SERVER_TIMEOUT, int(seconds)))
        request = self._prepare(call, server_timeout)
        self._auth.sign(request)
        exchange.secrets = (*self._auth.secrets(), request.headers["Authorization"].partition(" ")[2])
        exchange.begin()
        response = self._session.send(
            request,
            stream=True,
            allow_redirects=False,
            timeout=(min(CONNECT_TIMEOUT, seconds), min(server_timeout + GRACE, seconds)),
            proxies=self._proxies,
            verify=self._verify,
        )
        try:
            exchange.answered(response)
            self._check_echo(call, response)
            encoding = response.headers.get("Content-Encoding", "").strip().lower()
            return response, content.read(_pieces(response), encoding)
        except content.Unreadable as error:
            raise self._not_believed(call, response, error) from None
        except content.Garbled as error:
            raise requests.exceptions.ContentDecodingError(str(error)) from None
        finally:
            # Closes the connection when the answer was not read to its end, and keeps it otherwise.
            response.close()

    def _prepare(self, call: _Call, server_timeout: int) -> requests.PreparedRequest:
        query = {**call.query, "api-version": self._api_version, self._timeout_name: str(server_timeout)}
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": self._user_agent,
            "client-request-id": call.client_request_id,
            "return-client-request-id": "true",
            "ocp-date": formatdate(usegmt=True),
        }
        if call.payload is not None:
            headers["Content-Type"] = MEDIA_TYPE
        headers.update(call.headers)
        # Not by the session: it would add cookies, and credentials from a netrc file in place of ours.
        return requests.Request(
            call.method,
            f"{self.endpoint.url}{call.path}?{urlencode(query, quote_via=quote, safe='$,')}",
            headers=headers,
            data=call.payload,
        ).prepare()

    def _check_echo(self, call: _Call, response: requests.Response) -> None:
        echo = response.headers.get("client-request-id")
        if echo is not None and echo.strip().lower() != call.client_request_id:
            raise ProtocolError(
                f"{call.method} {call.path} was answered with client-request-id {echo[:64]}, but"
                f" {call.client_request_id} was sent: the answer belongs to another request, and was not used. Look for"
                " a proxy between here and the service that mixes or replays answers."
            )

    def _interpret(self, call: _Call, response: requests.Response, received: bytes, secrets: tuple[str, ...]) -> Reply:
        status = response.status_code
        where = f"{call.method} {call.path}"
        if status < 200 or (300 <= status < 400 and status != 304):
            raise ProtocolError(
                f"{where} was answered {status}, a redirection, which is not followed: credentials are sent to"
                f" {self.endpoint.url} only. Check `endpoint`."
            )
        try:
            body = content.parse(received)
        except content.Unreadable as error:
            if status >= 400:
                raise _service_error(call, response, None, secrets) from None
            raise self._not_believed(call, response, error) from None
        if status >= 400:
            raise _service_error(call, response, body, secrets)
        return Reply(status, response.headers, body)

    def _not_believed(self, call: _Call, response: requests.Response, error: content.Unreadable) -> ProtocolError:
        kind = response.headers.get("Content-Type", "no content type")
        return ProtocolError(
            f"{call.method} {call.path} was answered {response.status_code} with something that {error} ({kind[:100]}):"
            " the answer is not one of Azure Batch. Check `endpoint`, and any proxy on the way."
        )

    def _delay(self, failure: RequestError, attempts: int) -> float:
        """Seconds until the next attempt: what the service asks for, otherwise a doubling time with jitter."""
        if isinstance(failure, ServiceError) and failure.retry_after is not None:
            return failure.retry_after
        longest = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** (attempts - 1))
        return random.uniform(longest / 2, longest)

    def _say(self, call: _Call, outcome: str, started: float, request_id: str, secrets: tuple[str, ...]) -> None:
        line = (
            f"{call.method} {call.path} {outcome} {(time.monotonic() - started) * 1000:.0f} ms"
            f" attempt={call.attempts} client-request-id={call.client_request_id} request-id={request_id or '-'}"
        )
        self._log(redact(line, secrets))


@dataclass
class _Call:
    """What stays the same over the attempts of one call, and what is known of them so far."""

    method: str
    path: str
    query: dict[str, str]
    payload: bytes | None
    headers: dict[str, str]
    gone: frozenset[str]
    client_request_id: str
    attempts: int = 0
    uncertain: bool = False

    def note(self, failure: ServiceError | TransportError) -> None:
        if isinstance(failure, ServiceError):
            failure.attempts = self.attempts
            failure.uncertain = self.uncertain
            self.uncertain = self.uncertain or failure.status in UNCERTAIN_STATUSES
        else:
            failure.sent = self.uncertain = self.uncertain or failure.sent


class _Exchange:
    """One attempt under way, as those see it who wait for it."""

    def __init__(self) -> None:
        self.sent = False
        self.secrets: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._response: requests.Response | None = None
        self._given_up = False

    def begin(self) -> None:
        """From here on the service may get it."""
        with self._lock:
            if self._given_up:
                raise requests.ReadTimeout("nobody waits for it any more")
            self.sent = True

    def answered(self, response: requests.Response) -> None:
        with self._lock:
            self._response = response
            if self._given_up:
                raise requests.ReadTimeout("nobody waits for it any more")

    def give_up(self) -> None:
        """End what blocks: a read of the body comes back at once, anything else when its own timeout is over."""
        with self._lock:
            self._given_up = True
            if self._response is not None:
                # It may be through in this very moment, and its connection back in the pool.
                with contextlib.suppress(Exception):
                    self._response.raw.shutdown()


class _Slot:
    """One of the requests that may be in flight, waited for as long as the deadline allows."""

    def __init__(self, slots: threading.BoundedSemaphore, deadline: Deadline, meanwhile: Callable[[], None]) -> None:
        self._slots = slots
        self._deadline = deadline
        self._meanwhile = meanwhile

    def __enter__(self) -> None:
        while not self._slots.acquire(timeout=SLICE):
            self._deadline.check()
            self._meanwhile()

    def __exit__(self, *exception: object) -> None:
        self._slots.release()


def _refuse_plain_http(endpoint: Endpoint, auth: Auth) -> None:
    if endpoint.scheme == "https":
        return
    if auth.needs_tls:
        raise AuthenticationError(
            f"A token of Microsoft Entra is not sent over plain http: use an https endpoint, not {endpoint.url}."
        )
    if not endpoint.is_loopback:
        raise AuthenticationError(
            f"Credentials are not sent over plain http to another machine: use https instead of {endpoint.url}."
        )


def _payload(body: Any) -> bytes | None:
    """Raises: TransportError: a text in it is no text."""
    if body is None:
        return None
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise TransportError(
            "Nothing was sent: a text holds half of a character (a lone surrogate), which UTF-8 cannot carry.",
            sent=False,
            retryable=False,
        ) from None


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """The body as it comes, however little of it."""
    while piece := response.raw.read1(_CHUNK, decode_content=False):
        yield piece


def _worth_retrying(failure: ServiceError | TransportError, attempts: int) -> bool:
    return failure.retryable and (isinstance(failure, ServiceError) or attempts < ATTEMPTS_WITHOUT_ANSWER)


def _service_error(call: _Call, response: requests.Response, body: Any, secrets: tuple[str, ...]) -> ServiceError:
    """Read the service's error body: `{code, message: {value}, values: [{key, value}]}`."""
    document = body if isinstance(body, dict) else {}
    code = document.get("code")
    message = document.get("message")
    text = message.get("value") if isinstance(message, dict) else message
    if not isinstance(code, str) or not code:
        code = ""
        kind = response.headers.get("Content-Type", "no content type").partition(";")[0]
        text = f"{response.reason or 'an error'}, without the service's error body ({kind})"
    values = document.get("values")
    return ServiceError(
        status=response.status_code,
        code=code,
        message=redact(_without_trailer(text) if isinstance(text, str) else "", secrets),
        values={
            str(item["key"]): redact(str(item.get("value") or ""), secrets)
            for item in (values if isinstance(values, list) else [])
            if isinstance(item, dict) and "key" in item
        },
        request_id=response.headers.get("request-id", ""),
        client_request_id=call.client_request_id,
        method=call.method,
        path=call.path,
        gone=call.gone,
        retry_after=_retry_after(response.headers.get("Retry-After")),
        skew=_skew(response.headers.get("Date")),
        time=_time_of(text),
    )


def _time_of(message: Any) -> str:
    """What the line `Time:` says, which ends the service's texts."""
    found = re.findall(r"^Time:(\S+)$", message, re.MULTILINE) if isinstance(message, str) else []
    return found[-1] if found else ""


def _without_trailer(message: str) -> str:
    """Without the lines `RequestId:...` and `Time:...` that end the service's texts."""
    lines = [line for line in message.splitlines() if not line.startswith(("RequestId:", "Time:"))]
    return "\n".join(lines).strip()


def _retry_after(value: str | None) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or a date."""
    if value is None:
        return None
    seconds = value.strip()
    if seconds.isascii() and seconds.isdecimal():
        return float(seconds)
    when = _date(value)
    return None if when is None else max(0.0, (when - datetime.now(timezone.utc)).total_seconds())


def _skew(value: str | None) -> timedelta | None:
    when = None if value is None else _date(value)
    return None if when is None else when - datetime.now(timezone.utc)


def _date(value: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(value[:_LONGEST_DATE])
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=timezone.utc)


def _discard(line: str) -> None:
    pass

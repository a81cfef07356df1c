"""One REST call: sign, send, retry, and turn whatever comes back into a `Reply` or a `RequestError`.

Knows HTTP and the conventions that all operations of a service share, by its `Dialect`; knows no operation.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from azure_batch_provider.http.answer import Reply, interpret
from azure_batch_provider.http.auth import Auth
from azure_batch_provider.http.bounded import Workers
from azure_batch_provider.http.call import Call
from azure_batch_provider.http.connection import Connection
from azure_batch_provider.http.deadline import SLICE, Deadline
from azure_batch_provider.http.dialect import Dialect
from azure_batch_provider.http.errors import (
    Cancelled,
    ProtocolError,
    RequestError,
    ServiceError,
    TimedOut,
    TransportError,
)
from azure_batch_provider.http.exchange import Exchange
from azure_batch_provider.http.foreign import from_requests
from azure_batch_provider.http.retry import Attempts
from azure_batch_provider.http.throttle import Slowdown, Throttle
from azure_batch_provider.values.redact import redact


class Transport:
    """Requests to one account. Called by many threads at once.

    Args:
        endpoint: the account's URL, with or without scheme.
        auth: signs each attempt.
        dialect: of the service that is spoken to.
        request_timeout: seconds for one call of `request`, over all its attempts.
        max_concurrency: how many requests are in flight at most; an attribute as well.
        log: takes one line for each attempt, without secrets.
        user_agent: how the provider presents itself.
        clock, sleep: the time of calls that come without a deadline.

    Raises:
        AuthenticationError, TransportError, ValueError: what `Connection` raises.
    """

    def __init__(
        self,
        endpoint: str,
        auth: Auth,
        dialect: Dialect,
        *,
        request_timeout: float,
        max_concurrency: int,
        log: Callable[[str], None] | None = None,
        user_agent: str = "azure-batch-provider",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connection = Connection(endpoint, auth, dialect, user_agent=user_agent, pool_size=max_concurrency)
        self.endpoint = self._connection.endpoint
        self._dialect = dialect
        self._request_timeout = request_timeout
        self._log = log or _discard
        self._clock = clock
        self._sleep = sleep
        self.max_concurrency = max_concurrency
        self._throttle = Throttle()
        self._workers = Workers()
        self._slots = threading.BoundedSemaphore(max_concurrency)

    def close(self) -> None:
        self._workers.close()
        self._connection.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        gone: Collection[str] = (),
        raw: bool = False,
        deadline: Deadline | None = None,
    ) -> Reply:
        """Send a request, and again where that can help, until there is an answer or the time is over.

        All attempts of one call have the same client-request-id, so that they are found together in a log; each
        attempt has a request-id of its own. `path` is percent-encoded and starts with a slash. `gone` are the codes by
        which a 404 says that what was asked for does not exist. With `raw` the answer is bytes, not JSON.

        Raises:
            ServiceError: the service answered with an error, and retrying did not help or cannot.
            TransportError: there was none; `sent` says whether the request may have been carried out.
            TimedOut: (a TransportError) the deadline passed before the request could be sent.
            ProtocolError: what came back is not the answer to this request.
            AuthenticationError: there is nothing to sign it with.
            Cancelled: the deadline's caller is gone; `sent` as above.
        """
        budget = (deadline or Deadline(clock=self._clock, sleep=self._sleep)).at_most(self._request_timeout)
        attempts = Attempts()
        try:
            return self._answered(Call(method, path, query, body, headers, gone, raw), attempts, budget)
        except Cancelled as stopped:
            stopped.sent = stopped.sent or attempts.uncertain
            raise

    def _answered(self, call: Call, attempts: Attempts, budget: Deadline) -> Reply:
        slowdown = Slowdown(budget)

        def behind_others() -> None:
            if self._throttle.is_closed(budget):
                slowdown()

        failure: ServiceError | TransportError
        while True:
            try:
                with _Slot(self._slots, budget, meanwhile=behind_others):
                    admitted = self._throttle.admit(budget, slowdown)
                    attempts.count += 1
                    reply = self._attempt(call, attempts.count, budget)
            except TimedOut as error:
                # What went wrong before says more than that the time is over.
                raise attempts.failure or TimedOut(f"{call} was not sent. {error}") from None
            except (ServiceError, TransportError) as error:
                failure = error
            else:
                self._throttle.succeeded()
                return reply
            delay = attempts.failed(failure)
            throttled = isinstance(failure, ServiceError) and failure.throttled
            if isinstance(failure, ServiceError) and throttled:
                asked = failure.retry_after
                seconds = None if asked is None else min(asked, budget.remaining())
                self._throttle.throttled(seconds, admitted, budget)
            elif isinstance(failure, ServiceError) and not failure.retryable:
                self._throttle.succeeded()
            if not attempts.worth_another(failure) or delay >= budget.remaining():
                raise attempts.final(failure)
            self._log(f"{call} again in {delay:.1f} s client-request-id={call.id}")
            budget.wait(delay, slowdown if throttled else None)

    def _attempt(self, call: Call, number: int, budget: Deadline) -> Reply:
        exchange = Exchange(self._connection, call)
        started = time.monotonic()

        def say(outcome: str, request_id: str = "") -> None:
            line = (
                f"{call} {outcome} {(time.monotonic() - started) * 1000:.0f} ms attempt={number}"
                f" client-request-id={call.id} request-id={request_id or '-'}"
            )
            self._log(redact(line, exchange.secrets))

        try:
            answer = self._workers.bounded(lambda: exchange.run(budget), budget, exchange.give_up)
        except Cancelled as stopped:
            stopped.sent = exchange.sent
            raise
        except TimedOut as error:
            say("no answer (given up)")
            raise TransportError(
                f"{call} got no answer from {self.endpoint.url}: no answer within the time allowed.",
                sent=exchange.sent,
                retryable=False,
            ) from error
        except RequestError:
            raise
        except Exception as error:
            failure = from_requests(error, method=call.method, path=call.path, endpoint=self.endpoint.url)
            failure.sent = failure.sent and exchange.sent
            say(f"no answer ({type(error).__name__})")
            raise failure from None
        say(str(answer.status), answer.header(self._dialect.request_id))
        try:
            return interpret(call, answer, self._dialect, exchange.secrets, self.endpoint.url)
        except RequestError:
            raise
        except Exception as error:
            # Whatever is wrong with us or with it: it was sent, and an answer came.
            raise ProtocolError(
                f"{call} was answered {answer.status} with something that could not be read"
                f" ({type(error).__name__}): please report this as a bug of the azure-batch provider."
            ) from error


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


def _discard(line: str) -> None:
    pass

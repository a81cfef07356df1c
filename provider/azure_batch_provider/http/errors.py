"""What can go wrong between this provider and a service, as a tree; `http.foreign` maps other libraries' errors to it.

Every error that leaves `http` is a `RequestError` whose text is one line, without secrets.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from azure_batch_provider.http.dialect import NO_MEANING, Meaning
from azure_batch_provider.values.redact import redact

RETRIED_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})
UNCERTAIN_STATUSES: Final = frozenset({408, 500, 502, 504})
"""The service may have given up waiting for itself after the work was done."""
LONGEST_TEXT: Final = 4096
"""Characters of the service's own words that are shown."""


class RequestError(Exception):
    """Root of the tree. `str()` is one line that a user can act on."""

    @property
    def credentials_refused(self) -> bool:
        """The credentials themselves were not accepted: other ones may help, waiting does not."""
        return False


class ServiceError(RequestError):
    """The service answered with an error.

    Attributes:
        status: the HTTP status.
        code: the service's code, "" when the answer did not come from the service (a proxy's page, for instance).
        message: the service's text.
        values: further details by key, for instance PropertyName and Reason.
        meaning: what the dialect makes of it.
        request_id, client_request_id: what Azure support asks for; "" when there was none.
        method, path: what was asked, without query.
        gone: the codes by which a 404 says that what was asked for does not exist.
        attempts: how often the request was sent.
        uncertain: an earlier attempt got no answer and may have been carried out, so that "exists already" can mean
            this very call.
        retry_after: the seconds that the service asked to wait.
        time: when the service answered, as its text says it; "" when it does not.
    """

    def __init__(
        self,
        *,
        status: int,
        code: str,
        message: str,
        method: str,
        path: str,
        meaning: Meaning = NO_MEANING,
        gone: Collection[str] = (),
        values: Mapping[str, str] | None = None,
        request_id: str = "",
        client_request_id: str = "",
        retry_after: float | None = None,
        time: str = "",
    ) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
        self.meaning = meaning
        self.values = dict(values or {})
        self.request_id = request_id
        self.client_request_id = client_request_id
        self.method = method
        self.path = path
        self.gone = frozenset(gone)
        self.retry_after = retry_after
        self.time = time
        self.attempts = 1
        self.uncertain = False

    @property
    def is_not_found(self) -> bool:
        """The service says that the thing, or its parent (see `code`), does not exist.

        A 404 with any other code, or none, says nothing of it: of another thing, or not by the service.
        """
        return self.status == 404 and self.code in self.gone

    @property
    def credentials_refused(self) -> bool:
        return self.status == 401 or (self.status == 403 and self.meaning.credentials)

    @property
    def throttled(self) -> bool:
        """The account as a whole is asked to slow down."""
        return self.status == 429 or self.meaning.throttles

    @property
    def retryable(self) -> bool:
        return self.status in RETRIED_STATUSES if self.meaning.retried is None else self.meaning.retried

    def __str__(self) -> str:
        outcome = f"{self.status} {self.code}" if self.code else f"{self.status}"
        said = _one_line(self.message)
        details = [f"{key}: {_one_line(value)}" for key, value in self.values.items()]
        if details:
            said = f"{said} ({'; '.join(details)})"
        parts = [f"{self.method} {self.path} was answered {outcome}: {_shortened(said)}"]
        if self.attempts > 1:
            parts.append(f"It was sent {self.attempts} times.")
        parts.append(self._remedy())
        identifiers = [
            f"{name} {value}"
            for name, value in (("request-id", self.request_id), ("client-request-id", self.client_request_id))
            if value
        ]
        if identifiers:
            parts.append(f"[{', '.join(identifiers)}]")
        return redact(" ".join(filter(None, parts)))

    def _remedy(self) -> str:
        if self.code and self.method == "GET" and self.status == 404 and self.gone and not self.is_not_found:
            return "That does not say whether what was asked for exists: check `endpoint`, and any proxy on the way."
        return self.meaning.remedy


class TransportError(RequestError):
    """There was no answer: connection refused, broken, or too slow.

    Attributes:
        sent: the request may have reached the service and may have been carried out.
        retryable: another attempt may go better.
    """

    def __init__(self, text: str, *, sent: bool, retryable: bool = True) -> None:
        super().__init__(redact(_one_line(text)))
        self.sent = sent
        self.retryable = retryable


class TimedOut(TransportError):
    """The time that the call was given is over."""

    def __init__(self, text: str, *, sent: bool = False) -> None:
        super().__init__(text, sent=sent, retryable=False)


class ProtocolError(RequestError):
    """The answer cannot be trusted: it belongs to another request, leads to another host, or is not the service's.

    The request was sent, and may have been carried out.
    """

    def __init__(self, text: str) -> None:
        super().__init__(redact(_one_line(text)))


class AuthenticationError(RequestError):
    """No request can be signed: credentials are missing, contradict each other, or Entra gave no token for them."""

    def __init__(self, text: str) -> None:
        super().__init__(redact(_one_line(text)))

    @property
    def credentials_refused(self) -> bool:
        return True


class Cancelled(RequestError):
    """The caller no longer waits for the result.

    Attributes:
        sent: an earlier attempt may have reached the service.
    """

    def __init__(self, text: str = "Cancelled: the engine no longer waits for this.", *, sent: bool = False) -> None:
        super().__init__(redact(_one_line(text)))
        self.sent = sent


def _shortened(text: str) -> str:
    """At most `LONGEST_TEXT` characters of a text, cut between words: half a secret would not be known as one."""
    if len(text) <= LONGEST_TEXT:
        return text
    return f"{text[:LONGEST_TEXT].rpartition(' ')[0]} [... {len(text)} characters in all]"


def _one_line(text: str) -> str:
    return " ".join(text.split())

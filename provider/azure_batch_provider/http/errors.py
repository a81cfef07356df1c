"""What can go wrong between this provider and the Batch service, and what a user can do about it.

Every error that leaves `batch` is a `RequestError` whose text is one line, without secrets. The errors of requests,
urllib3 and azure-identity are mapped in `from_requests` and `from_azure` and nowhere else, by name: none of these
libraries is imported here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final

from azure_batch_provider.http.remedies import ADVICE, NEEDS_ENTRA
from azure_batch_provider.values.redact import redact

__all__ = [
    "ADVICE",
    "AuthenticationError",
    "Cancelled",
    "ProtocolError",
    "RequestError",
    "ServiceError",
    "TimedOut",
    "TransportError",
    "from_azure",
    "from_requests",
    "redact",
]

RETRIED_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})
UNCERTAIN_STATUSES: Final = frozenset({408, 500, 502, 504})
"""The service may have given up waiting for itself after the work was done."""
THROTTLING: Final = frozenset({"ServerBusy", "TooManyRequests"})
_RETRIED_CODES: Final = THROTTLING | {"InternalError", "OperationTimedOut", "TooManyEnableAutoScaleRequests"}
# Waiting does not heal these, whatever the status they come with.
_FINAL_CODES: Final = frozenset(
    {"ActiveJobAndScheduleQuotaReached", "NotImplemented", "PoolQuotaReached", "UnsupportedHttpVersion"}
)
# The service repeats what it was sent, which may be a value that the program marked as secret.
_ECHOES: Final = frozenset({"PropertyValue"})
_KEY_NOT_ALLOWED: Final = re.compile(r"(?i)SharedKey\s+is\s+not\s+allowed\s+when\s+external\s+resources")
SKEW_LIMIT: Final = timedelta(minutes=15)
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
        code: the service's code, "" when the answer did not come from Batch (a proxy's page, for instance).
        message: the service's text without its RequestId and Time lines.
        values: further details by key, for instance PropertyName and Reason.
        request_id, client_request_id: what Azure support asks for; "" when there was none.
        method, path: what was asked, without query.
        gone: the codes by which a 404 says that what was asked for does not exist.
        attempts: how often the request was sent.
        uncertain: an earlier attempt got no answer and may have been carried out, so that "exists already" can mean
            this very call.
        retry_after: the seconds that the service asked to wait.
        skew: how far the service's clock is ahead of ours, when it said.
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
        gone: Collection[str] = (),
        values: Mapping[str, str] | None = None,
        request_id: str = "",
        client_request_id: str = "",
        retry_after: float | None = None,
        skew: timedelta | None = None,
        time: str = "",
    ) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
        self.values = dict(values or {})
        self.request_id = request_id
        self.client_request_id = client_request_id
        self.method = method
        self.path = path
        self.gone = frozenset(gone)
        self.retry_after = retry_after
        self.skew = skew
        self.time = time
        self.attempts = 1
        self.uncertain = False

    @property
    def is_not_found(self) -> bool:
        """The service says that the thing, or its parent (see `code`), does not exist.

        A 404 with any other code, or none, says nothing of it: of another thing, or not by Batch.
        """
        return self.status == 404 and self.code in self.gone

    @property
    def is_conflict(self) -> bool:
        return self.status == 409

    @property
    def needs_entra(self) -> bool:
        """The key is right, and not enough: what links networks, images or addresses takes a token of Entra."""
        texts = (self.message, *self.values.values())
        return self.status == 403 and any(_KEY_NOT_ALLOWED.search(text) for text in texts)

    @property
    def credentials_refused(self) -> bool:
        if self.needs_entra:
            return False
        return self.status == 401 or (
            self.status == 403 and self.code in {"AuthenticationFailed", "InsufficientAccountPermissions"}
        )

    @property
    def throttled(self) -> bool:
        """The account as a whole is asked to slow down."""
        return self.status == 429 or self.code in THROTTLING

    @property
    def retryable(self) -> bool:
        if self.code in _FINAL_CODES:
            return False
        return self.code in _RETRIED_CODES or self.status in RETRIED_STATUSES

    def __str__(self) -> str:
        outcome = f"{self.status} {self.code}" if self.code else f"{self.status}"
        said = _one_line(self.message)
        details = [f"{key}: {_one_line(value)}" for key, value in self.values.items() if key not in _ECHOES]
        if details:
            said = f"{said} ({'; '.join(details)})"
        parts = [f"{self.method} {self.path} was answered {outcome}: {_shortened(said)}"]
        if self.attempts > 1:
            parts.append(f"It was sent {self.attempts} times.")
        advice = self._advice()
        if advice:
            parts.append(advice)
        identifiers = [
            f"{name} {value}"
            for name, value in (("request-id", self.request_id), ("client-request-id", self.client_request_id))
            if value
        ]
        if identifiers:
            parts.append(f"[{', '.join(identifiers)}]")
        return redact(" ".join(parts))

    def _advice(self) -> str:
        if self.needs_entra:
            return NEEDS_ENTRA
        if self.code == "AuthenticationFailed" and self.skew is not None and abs(self.skew) > SKEW_LIMIT:
            minutes = round(abs(self.skew).total_seconds() / 60)
            side = "behind" if self.skew > timedelta(0) else "ahead of"
            return f"This machine's clock is {minutes} minutes {side} the service's, which allows 15: set it right."
        if not self.code:
            return "The answer is not one of Azure Batch: check `endpoint`, and any proxy on the way."
        if self.method == "GET" and self.status == 404 and self.gone and not self.is_not_found:
            return "That does not say whether what was asked for exists: check `endpoint`, and any proxy on the way."
        return ADVICE.get(self.code, "")


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
    """The answer cannot be trusted: it belongs to another request, leads to another host, or is not Batch's.

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


_NOT_SENT: Final = {
    "ConnectTimeout": "no connection within the time allowed",
    "ProxyError": "the proxy gave no connection; see HTTPS_PROXY and NO_PROXY",
    "NewConnectionError": "no connection",
    "NameResolutionError": "the host name is not known",
}
_FUTILE: Final = {
    "SSLCertVerificationError": "its certificate is not trusted; REQUESTS_CA_BUNDLE names a private authority",
    "CertificateError": "its certificate is not trusted; REQUESTS_CA_BUNDLE names a private authority",
    "InvalidURL": "the URL is not valid",
    "InvalidSchema": "the URL is not valid",
    "MissingSchema": "the URL is not valid",
    "URLRequired": "the URL is not valid",
    "InvalidProxyURL": "the proxy's URL is not valid; see HTTPS_PROXY",
    "InvalidHeader": "a header is not valid",
    "InvalidJSONError": "the body cannot be written as JSON",
}
_SENT: Final = {
    # Raised by a handshake that failed as well as by a connection that broke later: read with care.
    "SSLError": "TLS failed; does the endpoint speak https",
    "ReadTimeout": "no answer within the time allowed",
    "ChunkedEncodingError": "the connection broke in the middle of the answer",
    "ContentDecodingError": "the answer is garbled",
    "StreamConsumedError": "the answer was read twice",
    "ConnectionError": "the connection broke",
    "Timeout": "no answer within the time allowed",
    "RetryError": "the connection broke",
    "TooManyRedirects": "the answer leads elsewhere",
    "UnrewindableBodyError": "the body could not be sent again",
    "HTTPError": "the connection broke",
    "RequestException": "the connection broke",
    "OSError": "the connection broke",
}


def from_requests(error: Exception, *, method: str, path: str, endpoint: str) -> TransportError:
    """Map what requests or urllib3 raised; what is not known counts as sent, which is the careful reading."""
    for cause in _causes(error):
        for kind in type(cause).__mro__:
            name = kind.__name__
            if name in _NOT_SENT:
                return TransportError(_no_answer(method, path, endpoint, _NOT_SENT[name], cause), sent=False)
            if name in _FUTILE:
                return TransportError(
                    _no_answer(method, path, endpoint, _FUTILE[name], cause), sent=False, retryable=False
                )
    for kind in type(error).__mro__:
        if kind.__name__ in _SENT:
            return TransportError(_no_answer(method, path, endpoint, _SENT[kind.__name__], error), sent=True)
    return TransportError(_no_answer(method, path, endpoint, "it failed", error), sent=True)


def from_azure(error: Exception, *, what: str, advice: str, secrets: tuple[str, ...] = ()) -> AuthenticationError:
    """Map what azure-identity raised: its first sentence is kept, its list of everything that was tried is not."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    if len(first) > 300:
        first = first[:297] + "..."
    return AuthenticationError(redact(f"{what} gave no token: {first.rstrip('.')}. {advice}", secrets))


def _no_answer(method: str, path: str, endpoint: str, reason: str, cause: BaseException) -> str:
    innermost = [text for text in (str(item) for item in _causes(cause)) if text]
    detail = innermost[-1] if innermost else type(cause).__name__
    return f"{method} {path} got no answer from {endpoint}: {reason} ({detail[:200]})."


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what it wraps: requests and urllib3 keep the cause in `args` or `reason`."""
    found: list[BaseException] = []
    queue = [error]
    while queue:
        current = queue.pop(0)
        if any(current is seen for seen in found):
            continue
        found.append(current)
        reason = getattr(current, "reason", None)
        queue.extend(item for item in (*current.args, reason) if isinstance(item, BaseException))
    return found


def _shortened(text: str) -> str:
    """At most `LONGEST_TEXT` characters of a text, cut between words: half a secret would not be known as one."""
    if len(text) <= LONGEST_TEXT:
        return text
    return f"{text[:LONGEST_TEXT].rpartition(' ')[0]} [... {len(text)} characters in all]"


def _one_line(text: str) -> str:
    return " ".join(text.split())

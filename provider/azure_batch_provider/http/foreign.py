"""The errors of requests, urllib3 and azure-identity, mapped here and nowhere else.

By name: none of these libraries is imported here.
"""

from __future__ import annotations

from typing import Final

from azure_batch_provider.http.errors import AuthenticationError, TransportError
from azure_batch_provider.values.redact import redact

_NOT_SENT: Final = {
    "ConnectTimeout": "no connection within the time allowed",
    "ConnectTimeoutError": "no connection within the time allowed",
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
    "LocationValueError": "the URL is not valid",
    "InvalidProxyURL": "the proxy's URL is not valid; see HTTPS_PROXY",
    "InvalidHeader": "a header is not valid",
    "InvalidJSONError": "the body cannot be written as JSON",
}
_SENT: Final = {
    # Raised by a handshake that failed as well as by a connection that broke later: read with care.
    "SSLError": "TLS failed; does the endpoint speak https",
    "ReadTimeout": "no answer within the time allowed",
    "ReadTimeoutError": "no answer within the time allowed",
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

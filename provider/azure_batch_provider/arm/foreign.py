"""The errors of azure-core, which both clients raise, mapped here and nowhere else."""

from __future__ import annotations

from typing import Any, Final

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)

from azure_batch_provider.arm.remedies import MEANINGS
from azure_batch_provider.http.dialect import NO_MEANING
from azure_batch_provider.http.errors import ProtocolError, RequestError, ServiceError, TransportError
from azure_batch_provider.http.foreign import from_azure

_OTHERS: Final = ("Account", "Resource", "Subscription")


def from_core(error: AzureError, *, method: str, path: str, what: str, advice: str) -> RequestError:
    """The error of a request. `what` signs it, and `advice` is what to do when that gives no token."""
    if isinstance(error, HttpResponseError) and error.response is not None:
        if (error.status_code or 0) < 400:
            return ProtocolError(
                f"{method} {path} was answered {error.status_code} with something that cannot be read."
            )
        return _answered(error, error.response, method, path)
    if isinstance(error, ClientAuthenticationError):
        return from_azure(error, what=what, advice=advice)
    reason = f"{method} {path} got no answer: {_first_line(error)}"
    if isinstance(error, ServiceRequestError):
        return TransportError(reason, sent=False)
    # What is not known counts as sent, which is the careful reading.
    return TransportError(reason, sent=True, retryable=isinstance(error, (ServiceResponseError, IncompleteReadError)))


def _answered(error: HttpResponseError, response: Any, method: str, path: str) -> ServiceError:
    code = str(getattr(error, "error_code", None) or getattr(error.error, "code", None) or "")
    said = getattr(error.error, "message", None) or error.reason or "an error"
    headers = response.headers
    status = int(error.status_code or 0)
    return ServiceError(
        status=status,
        code=code,
        message=_without_trailer(str(said)),
        method=method,
        path=path,
        meaning=MEANINGS.get(code, NO_MEANING),
        gone={code} if _is_of_a_package(code, getattr(error.error, "target", None)) else (),
        request_id=headers.get("x-ms-request-id", ""),
        client_request_id=headers.get("x-ms-client-request-id", ""),
        retry_after=_seconds(headers.get("Retry-After")),
    )


def _is_of_a_package(code: str, target: Any) -> bool:
    """Whether a code that says what is not there says it of a package or its application.

    Those of Batch name the account as their target. That there is no subscription, group or account says nothing.
    """
    return code.startswith("Application") or (target == "BatchAccount" and not code.startswith(_OTHERS))


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:300]


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdecimal() else None


def _without_trailer(text: str) -> str:
    """Without the lines `RequestId:...` and `Time:...` that end the service's texts."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(("RequestId:", "Time:"))).strip()

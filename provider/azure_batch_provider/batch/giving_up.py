"""Whether an error that some of many requests of one kind have ended with is one that the others will meet as well."""

from __future__ import annotations

from typing import Final

from azure_batch_provider.http.errors import (
    UNCERTAIN_STATUSES,
    Cancelled,
    ProtocolError,
    RequestError,
    ServiceError,
    TransportError,
)

IN_A_ROW: Final = 2
"""Requests that the service fails at, each over all its attempts and none answered in between, until it is left alone:
a single one may be what it cannot do."""
_OF_THE_BODY: Final = (400, 413)


class GivingUp:
    """Counts over the requests for one job; used by one thread."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def answered(self) -> None:
        """A request was carried out, or refused for what it asks for."""
        self._in_a_row = 0

    def after(self, error: Exception) -> bool:
        """Whether no further request is worth it."""
        if isinstance(error, ServiceError) and (error.status in _OF_THE_BODY or error.code.startswith("Task")):
            self.answered()
            return False
        if isinstance(error, ProtocolError) or (isinstance(error, ServiceError) and error.retryable):
            self._in_a_row += 1
            return self._in_a_row >= IN_A_ROW
        return True


def may_be_done(error: Exception) -> bool:
    """Whether what was asked for may have been carried out all the same."""
    if isinstance(error, ServiceError):
        return error.uncertain or error.status in UNCERTAIN_STATUSES
    if isinstance(error, (TransportError, Cancelled)):
        return error.sent
    return isinstance(error, ProtocolError) or not isinstance(error, RequestError)

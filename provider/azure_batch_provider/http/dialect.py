"""What a service adds to HTTP: headers, a query, a body for errors, and what its error codes mean.

`Transport` is handed one and knows no service itself; Batch's is `batch.dialect`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol


@dataclass(frozen=True)
class ErrorBody:
    """What the body of an error says.

    Attributes:
        code: "" when the service did not write this body (a proxy did, for instance).
        message: the text, without what only a log needs.
        values: further details by name, which may be shown.
        time: when the service answered; "" when it does not say.
    """

    code: str = ""
    message: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    time: str = ""


@dataclass(frozen=True)
class Meaning:
    """What an error of the service means for who sent the request.

    Attributes:
        remedy: what to do next, a sentence; read by people only.
        retried: whether the request is sent again; None when the status decides.
        throttles: the account as a whole is asked to slow down.
        credentials: a 403 says that the credentials themselves were not accepted.
    """

    remedy: str = ""
    retried: bool | None = None
    throttles: bool = False
    credentials: bool = False


NO_MEANING: Final = Meaning()
"""Of a code that nothing is known of: the status says what there is to say."""


class Dialect(Protocol):
    """One service's conventions. No method fails, whatever an answer holds."""

    @property
    def service(self) -> str:
        """The service's name in texts."""

    @property
    def media_type(self) -> str:
        """Of the bodies that are sent."""

    @property
    def longest_wait(self) -> int:
        """The most that the service spends on one request, in seconds, whatever it is told."""

    @property
    def request_id(self) -> str:
        """The header by which an answer names itself."""

    @property
    def client_request_id(self) -> str:
        """The header by which a request names itself, and its answer repeats that name."""

    def headers(self) -> dict[str, str]:
        """What each attempt carries besides the HTTP library's own headers and the name of the request."""

    def query(self, seconds: int) -> dict[str, str]:
        """What each attempt adds to the query; the service may spend `seconds` on it."""

    def error_body(self, document: Any) -> ErrorBody:
        """Read the JSON body of an error, None for no body."""

    def meaning(self, status: int, body: ErrorBody, skew: timedelta | None) -> Meaning:
        """What the error means; `skew` is how far the service's clock is ahead of ours, when it said."""

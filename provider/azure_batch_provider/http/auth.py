"""How a request proves who sends it. A bearer token of Microsoft Entra is one way; others implement `Auth`.

Knows azure-identity, which is loaded when a token is needed and not before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from azure_batch_provider.http.errors import AuthenticationError
from azure_batch_provider.http.foreign import from_azure

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from requests import PreparedRequest


class Auth(Protocol):
    """Signs requests; called by many threads at once."""

    @property
    def needs_tls(self) -> bool:
        """What it adds to a request could be used by anyone who reads it: plain http is out of the question."""

    def sign(self, request: PreparedRequest) -> None:
        """Set the Authorization header. Raises `AuthenticationError`."""

    def secrets(self) -> tuple[str, ...]:
        """What must not be seen in any text."""


class Bearer:
    """Signs with a token of Microsoft Entra, which is kept until shortly before it expires.

    Args:
        credential: any credential of azure-identity.
        scope: of the token, see `sign_in.clouds`.
        what: names the credential in errors.
        advice: what to do when it gives no token.
        secrets: what the credential was made of.
    """

    needs_tls = True

    def __init__(
        self,
        credential: TokenCredential,
        scope: str,
        *,
        what: str = "Microsoft Entra",
        advice: str = "",
        secrets: tuple[str, ...] = (),
    ) -> None:
        from azure.identity import get_bearer_token_provider

        self._provide: Callable[[], str] = get_bearer_token_provider(credential, scope)
        self._what = what
        self._advice = advice
        self._secrets = secrets
        self._token = ""
        # One caller at a time: without a token, each of many threads would start its own sign-in.
        self._lock = threading.Lock()

    def sign(self, request: PreparedRequest) -> None:
        with self._lock:
            self._token = self._get_token()
            request.headers["Authorization"] = f"Bearer {self._token}"

    def secrets(self) -> tuple[str, ...]:
        return (*self._secrets, self._token)

    def _get_token(self) -> str:
        try:
            return self._provide()
        except AuthenticationError:
            raise
        except Exception as error:
            raise from_azure(error, what=self._what, advice=self._advice, secrets=self._secrets) from None

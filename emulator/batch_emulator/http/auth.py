"""Authentication: every request is authenticated before anything else of it is read, and there is no way around it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from batch_emulator.http.bearer import TokenChecker, TokenRefused
from batch_emulator.http.shared_key import SignedRequest, is_signed
from batch_emulator.management.service import AUDIENCES
from batch_emulator.protocol.errors import ServiceError
from batch_emulator.protocol.request import Request
from batch_emulator.state.clock import SECOND, machine_ticks, parse_http_date
from batch_emulator.state.ids import folded
from batch_emulator.state.switches import Switches
from batch_emulator.state.task_tokens import TaskTokens

MAX_SKEW = 15 * 60 * SECOND
DEVELOPMENT_ACCOUNT = "batchdev"
DEVELOPMENT_KEY = base64.b64encode(b"azure batch emulator, development account key: not a secret, ok!").decode()


def decode_key(text: str) -> bytes:
    """Raises ValueError when it is not a base64 key."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("the account key is not base64 text") from None
    if not key:
        raise ValueError("the account key is empty")
    return key


def refused(detail: str, status: int = 403, headers: Mapping[str, str] | None = None) -> ServiceError:
    return ServiceError("AuthenticationFailed", [("AuthenticationErrorDetail", detail)], status=status, headers=headers)


@dataclass(frozen=True)
class Credentials:
    account: str
    key: bytes
    tokens: TokenChecker | None = None


class Authenticator:
    def __init__(self, credentials: Credentials, switches: Switches, task_tokens: TaskTokens) -> None:
        self._credentials = credentials
        self._task_tokens = task_tokens
        self._switches = switches

    def check(self, request: Request, *, control: bool) -> None:
        """Raises ServiceError `AuthenticationFailed`. The control API takes SharedKey whatever the switch says."""
        scheme, _, rest = request.headers.get("authorization", "").strip().partition(" ")
        if scheme.lower() == "sharedkey":
            if not control and self._switches.text("shared-key") == "disabled":
                raise refused("The account does not allow SharedKey.")
            self._check_shared_key(request, rest.strip())
        elif scheme.lower() == "bearer":
            self._check_bearer(request, rest.strip())
        elif not scheme:
            status = self._switches.integer("missing-authorization-status")
            raise refused("The request has no Authorization header.", status, self._challenge(status))
        else:
            raise refused("The scheme of the Authorization header is neither SharedKey nor Bearer.")

    def check_managed(self, request: Request) -> None:
        """The same of a request to the resource manager, which takes tokens and nothing else."""
        scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
        challenge = {"WWW-Authenticate": f'Bearer resource="{AUDIENCES[0]}"'}
        if scheme.lower() != "bearer" or self._credentials.tokens is None:
            raise refused("The resource manager takes tokens of Entra.", 401, challenge)
        try:
            self._credentials.tokens.check(token.strip(), *AUDIENCES)
        except TokenRefused as error:
            raise refused(str(error), 401, challenge) from None

    def _challenge(self, status: int) -> dict[str, str]:
        audience = self._switches.text("token-audience")
        return {"WWW-Authenticate": f'Bearer resource="{audience}"'} if status == 401 else {}

    def _check_shared_key(self, request: Request, text: str) -> None:
        account, colon, signature = text.partition(":")
        if not colon or not account or not signature:
            raise refused("The Authorization header is not of the form SharedKey account:signature.")
        if folded(account) != folded(self._credentials.account):
            raise refused("The account that the request claims cannot be found.")
        self._check_date(request.headers)
        signed = SignedRequest(request.method, request.raw_path, request.raw_query, request.headers)
        if not is_signed(signed, account, signature, self._credentials.key):
            raise refused("The signature of the request is not that of the account's key.")

    def _check_date(self, headers: Mapping[str, str]) -> None:
        text = headers.get("ocp-date") or headers.get("date")
        if not text:
            raise refused("The request has neither an ocp-date nor a Date header.")
        try:
            when = parse_http_date(text)
        except ValueError:
            raise refused("The date of the request is not an HTTP date.") from None
        if abs(machine_ticks() - when) > MAX_SKEW:
            raise refused("The date of the request is more than 15 minutes away from the server's.")

    def _check_bearer(self, request: Request, token: str) -> None:
        if self._task_tokens.knows(token):
            if not self._task_tokens.allows(token, request.path):
                raise refused("The token of a task is good for the operations of its job only.")
            return
        status = self._switches.integer("bearer-refusal-status")
        if self._credentials.tokens is None:
            detail = "The emulator takes bearer tokens only when it is started with --token-key."
            raise refused(detail, status, self._challenge(status))
        try:
            self._credentials.tokens.check(token, self._switches.text("token-audience"))
        except TokenRefused as error:
            raise refused(str(error), status, self._challenge(status)) from None

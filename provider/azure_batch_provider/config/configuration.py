"""The configuration that holds, and the error when there is none."""

from __future__ import annotations

from dataclasses import dataclass, field

from azure_batch_provider.config.rehearsal import Rehearsal
from azure_batch_provider.config.settings import LATEST, LIVE, PUBLIC
from azure_batch_provider.values.account_ids import AccountId


@dataclass(frozen=True)
class Configuration:
    """The configuration that holds, environment included. At most one way to sign in is filled in.

    Attributes:
        endpoint: with scheme, in lower case, without a trailing slash.
        account_name: "" where only a token could be used and no name is known.
        account_key: when it is there, requests are signed with it and the Entra fields are empty.
        request_timeout: seconds.
        sas_renewal: seconds.
        account_id: None where nothing of Azure Resource Manager is configured.
        manager: its URL, None for that of the cloud.
        rehearsal: the copy of the account that takes all requests instead, signed with its own key; None when it is not
            a rehearsal.
    """

    endpoint: str
    account_name: str
    account_key: str | None = field(default=None, repr=False)
    tenant_id: str | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    use_msi: bool = False
    use_oidc: bool = False
    oidc_token: str | None = field(default=None, repr=False)
    oidc_token_file: str | None = None
    oidc_request_url: str | None = None
    oidc_request_token: str | None = field(default=None, repr=False)
    cloud: str = PUBLIC
    api_version: str = LATEST
    request_timeout: float = 120.0
    max_concurrency: int = 32
    drift_detection: str = LIVE
    sas_renewal: float = 7 * 86400.0
    account_id: AccountId | None = None
    manager: str | None = None
    rehearsal: Rehearsal | None = None

    @property
    def sends_to(self) -> str:
        """The endpoint that takes the requests."""
        return self.endpoint if self.rehearsal is None else self.rehearsal.endpoint

    @property
    def secrets(self) -> list[str]:
        """What it signs in with: no text that a user sees may hold one of them."""
        of_copy = self.rehearsal.key if self.rehearsal is not None else None
        found = (self.account_key, self.client_secret, self.oidc_token, self.oidc_request_token, of_copy)
        return [text for text in found if text is not None]


class ConfigurationError(Exception):
    """The configuration cannot be used; `reasons` each begin with a property's name, the text shows them all."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(reasons)
        self.reasons = reasons

    def __str__(self) -> str:
        return f"The configuration of the azure-batch provider cannot be used: {'; '.join(self.reasons)}"

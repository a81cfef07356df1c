"""Which credential of azure-identity the configuration means. Loaded only when a token is needed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from azure.identity import (
    ClientAssertionCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
)

from azure_batch_provider.http.errors import AuthenticationError
from azure_batch_provider.sign_in.clouds import AUTHORITIES, WHAT_TO_SET
from azure_batch_provider.values.endpoint import parse_endpoint

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

    from azure_batch_provider.config.resolve import Configuration

EXCHANGE_AUDIENCE: Final = "api://AzureADTokenExchange"
_EXCHANGE_TIMEOUT: Final = 30.0

# azure-identity logs each failure as a warning of many lines. Nothing listens in a plugin, so Python would print them
# on standard error, and the engine would show them beside our own error.
for _name in ("azure", "msal"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


def identity(configuration: Configuration) -> tuple[TokenCredential, str, str]:
    """The credential, its name in errors, and what to do when it fails.

    Raises:
        AuthenticationError: azure-identity does not accept the settings.
    """
    authority = AUTHORITIES[configuration.cloud]
    tenant, client = configuration.tenant_id or "", configuration.client_id or ""
    try:
        if configuration.client_secret is not None:
            return (
                ClientSecretCredential(tenant, client, configuration.client_secret, authority=authority),
                "The Entra application (client secret)",
                "Check `tenantId`, `clientId`, `clientSecret` and `cloud`.",
            )
        if configuration.use_oidc:
            return (
                ClientAssertionCredential(tenant, client, _assertion(configuration), authority=authority),
                "The Entra application (OpenID Connect)",
                "Check `tenantId`, `clientId`, `oidcToken`, `cloud` and the application's federated credential.",
            )
        if configuration.use_msi:
            return (
                ManagedIdentityCredential(client_id=client or None),
                "The managed identity",
                "Check that this machine has one, and that `clientId` names it if it is user-assigned.",
            )
        default = DefaultAzureCredential(
            authority=authority,
            **({"managed_identity_client_id": client, "workload_identity_client_id": client} if client else {}),
            **({"workload_identity_tenant_id": tenant} if tenant else {}),
        )
    except ValueError as error:
        raise AuthenticationError(f"The Entra settings are not valid: {error}") from None
    return _InTenant(default, tenant) if tenant else default, "DefaultAzureCredential", WHAT_TO_SET


class _InTenant:
    """Asks for tokens of one tenant: the default chain takes a tenant for some of its members only."""

    def __init__(self, credential: DefaultAzureCredential, tenant: str) -> None:
        self._credential = credential
        self._tenant = tenant

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        options["tenant_id"] = options.get("tenant_id") or self._tenant
        return self._credential.get_token(*scopes, **options)


def _assertion(configuration: Configuration) -> Callable[[], str]:
    """Where the ID token comes from that is exchanged: the text itself, a file, or the CI system's own endpoint."""
    if configuration.oidc_token is not None:
        token = configuration.oidc_token
        return lambda: token
    if configuration.oidc_token_file is not None:
        file = Path(configuration.oidc_token_file)
        return lambda: _read(file)
    url, secret = configuration.oidc_request_url or "", configuration.oidc_request_token or ""
    return lambda: _request(url, secret)


def _read(file: Path) -> str:
    # At each sign-in, since the file is renewed from outside.
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise AuthenticationError(f"The OpenID Connect token cannot be read from {file}: {reason}.") from None
    if not token:
        raise AuthenticationError(f"The OpenID Connect token's file {file} is empty.")
    return token


def _request(url: str, secret: str) -> str:
    import requests

    try:
        parts = urlsplit(url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parse_endpoint(parts.netloc).is_loopback)
    except ValueError:
        safe = False
    if not safe:
        raise AuthenticationError("The CI system's address for OpenID Connect tokens must be an https URL.")
    try:
        response = requests.get(
            url,
            params={"audience": EXCHANGE_AUDIENCE},
            headers={"Accept": "application/json", "Authorization": f"Bearer {secret}"},
            timeout=_EXCHANGE_TIMEOUT,
            allow_redirects=False,
            # Without this, an entry of a netrc file would take the place of the Authorization header.
            auth=lambda request: request,
        )
        token = response.json().get("value") if response.status_code == 200 else None
    except (requests.RequestException, ValueError, AttributeError) as error:
        raise AuthenticationError(f"The CI system gave no OpenID Connect token ({type(error).__name__}).") from None
    if not isinstance(token, str) or not token:
        raise AuthenticationError(
            f"The CI system gave no OpenID Connect token: it answered {response.status_code}. Check that the job may"
            " request ID tokens."
        )
    return token

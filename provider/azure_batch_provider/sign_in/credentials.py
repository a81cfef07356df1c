"""How the configuration says that requests are signed. azure-identity is loaded only where a token is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azure_batch_provider.http.auth import Auth, Bearer
from azure_batch_provider.http.errors import AuthenticationError
from azure_batch_provider.sign_in.clouds import SCOPES
from azure_batch_provider.sign_in.shared_key import SharedKey

if TYPE_CHECKING:
    from azure_batch_provider.config.resolve import Configuration


def credentials(configuration: Configuration) -> Auth:
    """The one way to sign that the configuration asks for.

    Raises:
        AuthenticationError: the account key is not base64, or there is none for an endpoint that takes no token.
    """
    if configuration.rehearsal is not None:
        return SharedKey(configuration.rehearsal.account, configuration.rehearsal.key)
    if configuration.account_key is not None:
        return SharedKey(configuration.account_name, configuration.account_key)
    if configuration.endpoint.startswith("http://"):
        raise AuthenticationError(
            "`accountKey` is missing: the endpoint is plain http, over which no token of Microsoft Entra is sent."
            " Set `accountKey` or AZURE_BATCH_ACCESS_KEY, or use an https endpoint."
        )
    from azure_batch_provider.sign_in.identity import identity

    credential, what, advice = identity(configuration)
    secrets = (configuration.client_secret, configuration.oidc_token, configuration.oidc_request_token)
    return Bearer(
        credential,
        SCOPES[configuration.cloud],
        what=what,
        advice=advice,
        secrets=tuple(secret for secret in secrets if secret),
    )

"""The properties of the provider's configuration: all that is to say about each, in one place.

Values often arrive as text, because the engine writes the provider's booleans and numbers as JSON. Knows neither the
environment's values nor how properties depend on each other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from azure_batch_provider.values.account_ids import AccountId, parse_account_id
from azure_batch_provider.values.account_key import decode_key
from azure_batch_provider.values.durations import TICKS_PER_SECOND, parse_duration
from azure_batch_provider.values.endpoint import Endpoint, parse_endpoint

API_VERSIONS: Final = {
    "2025-06-01": "The latest version.",
    "2024-07-01.20.0": "The version before, which knows a few properties that the latest does not know any more.",
}
CLOUDS: Final = {
    "public": "The Azure of most accounts.",
    "usgovernment": "Azure US Government.",
    "china": "Azure China.",
}
DRIFT_DETECTION: Final = {
    "live": "Each preview and update first reads what is on the server.",
    "refresh": "Only `pulumi refresh` looks.",
}
LATEST, PUBLIC, LIVE = (next(iter(values)) for values in (API_VERSIONS, CLOUDS, DRIFT_DETECTION))
"""The defaults, which stand first."""

_CLOUD_NAMES: Final = {
    "azurecloud": "public",
    "azurepubliccloud": "public",
    "usgov": "usgovernment",
    "azureusgovernment": "usgovernment",
    "azureusgovernmentcloud": "usgovernment",
    "chinacloud": "china",
    "azurechinacloud": "china",
}


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    if not value.strip():
        raise ValueError("must not be empty; leave it out instead")
    return value.strip()


def _key(value: Any) -> str:
    text = _string(value)
    decode_key(text)
    return text


def _tenant(value: Any) -> str:
    text = _string(value)
    # It becomes a part of the URL that the client's secret is sent to.
    if not re.fullmatch(r"[A-Za-z0-9.-]+", text, re.ASCII):
        raise ValueError("must be the tenant's id or one of its domains")
    return text


def _account(value: Any) -> str:
    text = _string(value)
    # It is shown in plans and stands in the Authorization header.
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,63}", text, re.ASCII):
        raise ValueError("must be the account's name alone: lower-case letters and digits")
    return text


def _client(value: Any) -> str:
    text = _string(value)
    if not re.fullmatch(r"[A-Za-z0-9.-]+", text, re.ASCII):
        raise ValueError("must be the application's id, not its name or secret")
    return text


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise ValueError("must be true or false")


def _number(value: Any) -> float | None:
    if isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?", value.strip(), re.ASCII):
        return float(value)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _concurrency(value: Any) -> int:
    number = _number(value)
    if number is None or number != number // 1 or not 1 <= number <= 256:
        raise ValueError("must be a whole number between 1 and 256")
    return int(number)


def _seconds(value: Any) -> float:
    number = _number(value)
    return parse_duration(_string(value)) / TICKS_PER_SECOND if number is None else number


def _request_timeout(value: Any) -> float:
    problem = "must be seconds between 1 and 3600, or an ISO 8601 duration such as PT2M"
    try:
        seconds = _seconds(value)
    except ValueError:
        raise ValueError(problem) from None
    if not 1 <= seconds <= 3600:
        raise ValueError(problem)
    return seconds


_CENTURY: Final = 100 * 365 * 86400.0
"""No signature is good for longer, and no calendar of ours reaches as far as the longest duration."""


def _sas_renewal(value: Any) -> float:
    problem = "must be an ISO 8601 duration such as P7D, or seconds"
    try:
        seconds = _seconds(value)
    except ValueError:
        raise ValueError(problem) from None
    if not 0 <= seconds < math.inf:
        raise ValueError(problem)
    return min(seconds, _CENTURY)


def _one_of(values: Mapping[str, str]) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        text = _string(value)
        if text not in values:
            raise ValueError(f"must be {' or '.join(values)}")
        return text

    return parse


def _cloud(value: Any) -> str:
    text = _string(value).lower()
    known = _CLOUD_NAMES.get(text, text)
    if known not in CLOUDS:
        *others, last = CLOUDS
        raise ValueError(f"must be {', '.join(others)} or {last}")
    return known


def _endpoint(value: Any) -> Endpoint:
    return parse_endpoint(_string(value))


def _manager(value: Any) -> Endpoint:
    try:
        endpoint = parse_endpoint(_string(value))
    except ValueError:
        raise ValueError("must be a URL such as https://management.azure.com") from None
    if endpoint.scheme != "https":
        raise ValueError("must start with https://, because tokens are sent there")
    return endpoint


def _account_id(value: Any) -> AccountId:
    return parse_account_id(_string(value))


@dataclass(frozen=True)
class Property:
    """One configuration property, as the package schema shows it.

    Attributes:
        name: camelCase.
        type: its JSON type in the schema; text that says the same is accepted everywhere.
        parse: turns what a program may write into the value; its ValueError continues a sentence that starts with the
            name.
        description: for the docs of the package.
        default: what holds when it is absent; None when it is worked out, or there is none.
        environment: the variables that are read when it is absent, the first one that is set wins.
        secret: never shown, never recorded.
        values: the only ones that are allowed, if not empty, and what each means.
    """

    name: str
    type: str
    parse: Callable[[Any], Any]
    description: str
    default: str | int | bool | None = None
    environment: tuple[str, ...] = ()
    secret: bool = False
    values: Mapping[str, str] = field(default_factory=dict, hash=False)


PROPERTIES: Final = (
    Property(
        "endpoint",
        "string",
        _endpoint,
        "URL of the Batch account, `https://myaccount.westeurope.batch.azure.com` for example; the scheme may be"
        " left out. Another endpoint is another account: the provider and everything in it is replaced.",
        environment=("AZURE_BATCH_ENDPOINT",),
    ),
    Property(
        "accountName",
        "string",
        _account,
        "Name of the Batch account, which requests signed with the account key contain. By default the first label of"
        " the endpoint's host.",
        environment=("AZURE_BATCH_ACCOUNT",),
    ),
    Property(
        "accountKey",
        "string",
        _key,
        "One of the account's two keys. Without it, and without any Entra setting, the environment decides: an account"
        " key there comes first, then Entra settings, then whatever azure-identity's DefaultAzureCredential finds."
        " Cannot be combined with Entra settings.",
        environment=("AZURE_BATCH_ACCESS_KEY",),
        secret=True,
    ),
    Property(
        "tenantId",
        "string",
        _tenant,
        "Entra tenant in which to sign in.",
        environment=("ARM_TENANT_ID",),
    ),
    Property(
        "clientId",
        "string",
        _client,
        "Entra application to sign in as; with `useMsi`, the user-assigned managed identity.",
        environment=("ARM_CLIENT_ID",),
    ),
    Property(
        "clientSecret",
        "string",
        _string,
        "Secret of the Entra application. Needs `tenantId` and `clientId`.",
        environment=("ARM_CLIENT_SECRET",),
        secret=True,
    ),
    Property(
        "useMsi",
        "boolean",
        _flag,
        "Sign in as the managed identity of the machine that Pulumi runs on.",
        default=False,
        environment=("ARM_USE_MSI",),
    ),
    Property(
        "useOidc",
        "boolean",
        _flag,
        "Sign in as the Entra application by exchanging an OpenID Connect ID token: `oidcToken`, else the content of"
        " the file that ARM_OIDC_TOKEN_FILE_PATH names, else one that is asked for at ACTIONS_ID_TOKEN_REQUEST_URL, as"
        " GitHub Actions offers it. Needs `tenantId` and `clientId`.",
        default=False,
        environment=("ARM_USE_OIDC",),
    ),
    Property(
        "oidcToken",
        "string",
        _string,
        "The ID token to exchange. Implies `useOidc`.",
        environment=("ARM_OIDC_TOKEN",),
        secret=True,
    ),
    Property(
        "cloud",
        "string",
        _cloud,
        "The Azure cloud whose Entra is asked for tokens. By default the one that the endpoint's host belongs to.",
        environment=("ARM_ENVIRONMENT", "AZURE_ENVIRONMENT"),
        values=CLOUDS,
    ),
    Property(
        "accountResourceId",
        "string",
        _account_id,
        "Id of the Batch account in Azure Resource Manager, `/subscriptions/<id>/resourceGroups/<group>/providers/"
        "Microsoft.Batch/batchAccounts/<account>`: what makes application packages needs it, and an Entra identity.",
        environment=("AZURE_BATCH_ACCOUNT_RESOURCE_ID",),
    ),
    Property(
        "resourceManagerEndpoint",
        "string",
        _manager,
        "URL of Azure Resource Manager. By default that of the cloud.",
        environment=("AZURE_RESOURCE_MANAGER_ENDPOINT",),
    ),
    Property(
        "apiVersion",
        "string",
        _one_of(API_VERSIONS),
        "Version of the Batch REST API to speak. Some properties exist in one of them only.",
        default=LATEST,
        values=API_VERSIONS,
    ),
    Property(
        "requestTimeout",
        "string",
        _request_timeout,
        "How long one request may take, retries included: an ISO 8601 duration or a number of seconds, from 1 second to"
        " 1 hour. It is passed on to the service, which never spends more than 30 seconds on an attempt.",
        default="PT2M",
    ),
    Property(
        "maxConcurrency",
        "integer",
        _concurrency,
        "How many requests are in flight at the same time, from 1 to 256.",
        default=32,
    ),
    Property(
        "driftDetection",
        "string",
        _one_of(DRIFT_DETECTION),
        "`live`: each preview and update first reads what is on the server, so that drift is seen and healed without a"
        " refresh. `refresh`: only `pulumi refresh` looks.",
        default=LIVE,
        values=DRIFT_DETECTION,
    ),
    Property(
        "sasRenewal",
        "string",
        _sas_renewal,
        "Pool properties and what can be changed of a job are written again when a shared access signature on the"
        " server expires within this ISO 8601 duration and the program declares a later one; `PT0S` waits until it has"
        " expired.",
        default="P7D",
    ),
)

BY_NAME: Final[Mapping[str, Property]] = {item.name: item for item in PROPERTIES}

"""The catalogue of why a configuration cannot be used. Each begins with the name of a property."""

from __future__ import annotations

from typing import Final

from azure_batch_provider.config.settings import BY_NAME
from azure_batch_provider.values.refusal import Refusal


def _set(name: str, to: str = "") -> str:
    """What to do about a property that is missing: the command, and the variable that stands in for it."""
    item = BY_NAME[name]
    form = "https://ACCOUNT.REGION.batch.azure.com" if name == "endpoint" else "VALUE"
    command = f"pulumi config set {'--secret ' if item.secret else ''}azure-batch:{name} {form}"
    return f"set it{f' to {to}' if to else ''} (`{command}`), or {item.environment[0]}"


SETTING_INVALID: Final = Refusal("setting-invalid", "{name} {problem}")
SETTING_NOT_KNOWN: Final = Refusal("setting-not-known", "{name} is not known yet")
SETTING_NAME_UNKNOWN: Final = Refusal(
    "setting-name-unknown", "{name} is not a configuration property of azure-batch;", "{hint}"
)
ENDPOINT_MISSING: Final = Refusal(
    "endpoint-missing", "endpoint is missing:", _set("endpoint", "the URL of the Batch account")
)
NOT_REHEARSED: Final = Refusal(
    "not-rehearsed",
    "endpoint {here} is not the account that is rehearsed on, {of}, so nothing is sent to it;",
    "rehearse what belongs to one account (`--target`), or run this without `azure-batch-rehearse`",
)
REHEARSAL_INCOMPLETE: Final = Refusal(
    "rehearsal-incomplete",
    "endpoint cannot be rehearsed on: the variables AZURE_BATCH_REHEARSAL_... do not name a copy of it ({problem});",
    "they are set by `azure-batch-rehearse`",
)
ENDPOINT_NOT_HTTPS: Final = Refusal(
    "endpoint-not-https", "endpoint must be https: no credentials go over plain http to another machine"
)
ACCOUNT_NAME_MISSING: Final = Refusal(
    "account-name-missing", "accountName is missing: it cannot be read from the endpoint;", _set("accountName")
)
ACCOUNT_KEY_MISSING: Final = Refusal(
    "account-key-missing",
    "accountKey is missing: over plain http no token of Entra is sent;",
    f"{_set('accountKey')}, or use an https endpoint",
)
KEY_AND_TOKEN: Final = Refusal(
    "key-and-token",
    "accountKey and {names} contradict each other: requests are signed with the account key or with a token of Entra;",
    "remove one of them",
)
TOKEN_SWITCHED_OFF: Final = Refusal(
    "token-switched-off", "oidcToken is given while useOidc is false;", "remove one of them"
)
SEVERAL_SIGN_INS: Final = Refusal("several-sign-ins", "{names} contradict each other;", "keep one way to sign in")
APPLICATION_INCOMPLETE: Final = Refusal(
    "application-incomplete",
    "{name} is missing: signing in by {way} needs it;",
    "set it (`pulumi config set azure-batch:{name} VALUE`), or {variable}",
)
ID_TOKEN_MISSING: Final = Refusal(
    "id-token-missing",
    "useOidc needs a token:",
    f"{_set('oidcToken')}, or ARM_OIDC_TOKEN_FILE_PATH, or allow the CI job to request ID tokens",
)

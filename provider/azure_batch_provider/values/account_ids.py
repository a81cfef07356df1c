"""The id that a Batch account has in Azure Resource Manager."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_FORM: Final = re.compile(
    r"/subscriptions/(?P<subscription>[0-9A-Fa-f-]{36})/resourceGroups/(?P<group>[^/?#]{1,90})"
    r"/providers/Microsoft\.Batch/batchAccounts/(?P<account>[A-Za-z0-9._-]{1,63})/?",
    re.IGNORECASE,
)


class AccountId(NamedTuple):
    """Where the account is."""

    subscription: str
    group: str
    account: str


def parse_account_id(text: str) -> AccountId:
    """Raises: ValueError: why it is not one, as the rest of a sentence."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            "must be the account's id in Azure Resource Manager: /subscriptions/<id>/resourceGroups/<group>/providers/"
            "Microsoft.Batch/batchAccounts/<account>"
        )
    return AccountId(match["subscription"].lower(), match["group"], match["account"].lower())

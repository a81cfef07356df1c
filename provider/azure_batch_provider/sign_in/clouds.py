"""The clouds that Batch runs in: where tokens come from, whom they are for, and what a user can set."""

from __future__ import annotations

from typing import Final

SCOPES: Final = {
    # Two slashes: the audience ends with one, and `/.default` is appended to it.
    "public": "https://batch.core.windows.net//.default",
    "usgovernment": "https://batch.core.usgovcloudapi.net//.default",
    "china": "https://batch.chinacloudapi.cn//.default",
}
MANAGERS: Final = {
    "public": "https://management.azure.com",
    "usgovernment": "https://management.usgovcloudapi.net",
    "china": "https://management.chinacloudapi.cn",
}
"""Where Azure Resource Manager is."""
MANAGER_SCOPES: Final = {
    "public": "https://management.azure.com/.default",
    "usgovernment": "https://management.core.usgovcloudapi.net/.default",
    "china": "https://management.chinacloudapi.cn/.default",
}
AUTHORITIES: Final = {
    "public": "login.microsoftonline.com",
    "usgovernment": "login.microsoftonline.us",
    "china": "login.chinacloudapi.cn",
}

WHAT_TO_SET: Final = (
    "Set `accountKey` (or AZURE_BATCH_ACCESS_KEY), or give an Entra identity: `tenantId`, `clientId` and `clientSecret`"
    " (or ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET), `useOidc`, `useMsi`, or sign in with `az login`."
)

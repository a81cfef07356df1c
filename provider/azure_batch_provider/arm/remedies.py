"""What error codes of Azure Resource Manager and of Storage mean for application packages, and what to do next."""

from __future__ import annotations

from typing import Final

from azure_batch_provider.http.dialect import Meaning

_WHICH: Final = "Check `accountResourceId` (or AZURE_BATCH_ACCOUNT_RESOURCE_ID)."
_TENANT: Final = "Sign in to the tenant of the subscription: see `tenantId` and `cloud`."

MEANINGS: Final[dict[str, Meaning]] = {
    "AuthenticationFailed": Meaning(_TENANT, credentials=True),
    "AuthorizationFailed": Meaning(
        "Give the identity a role on the Batch account that allows Microsoft.Batch/batchAccounts/applications/*, "
        "Contributor for instance: a role for Batch data is not enough.",
        credentials=True,
    ),
    "ExpiredAuthenticationToken": Meaning(_TENANT, credentials=True),
    "InvalidAuthenticationToken": Meaning(_TENANT, credentials=True),
    "InvalidAuthenticationTokenTenant": Meaning(_TENANT, credentials=True),
    "ResourceGroupNotFound": Meaning(_WHICH),
    "ResourceNotFound": Meaning(_WHICH),
    "SubscriptionNotFound": Meaning(_WHICH),
    "AccountNotEnabledForAutoStorage": Meaning(
        "Link a storage account to the Batch account (its auto storage): the content of packages is kept there."
    ),
    "AuthorizationFailure": Meaning(
        "The storage account's network rules do not let this machine in: allow its address, or run where the storage "
        "account can be reached."
    ),
    "AuthorizationPermissionMismatch": Meaning(
        "The Batch account reaches its storage by an identity, so the content goes there with yours: give it the role "
        "Storage Blob Data Contributor on the storage account."
    ),
    "ApplicationPackageBlobNotFound": Meaning("The content did not arrive: run again to upload it."),
    "RequestedDefaultVersionNotActive": Meaning("Only a version that is active can be the default."),
}

"""References to certificates of the account, which only api-version 2024-07-01.20.0 knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.rules import is_set
from azure_batch_provider.models.scalars import Caseless, Enum, Known, Text

RETIRED: Final = "The service has retired certificates of accounts: take them from Azure Key Vault."


class CertificateStoreLocation(Enum):
    """The Windows certificate store that a certificate is put in."""

    CURRENTUSER = "currentuser", "The store of the current user."
    LOCALMACHINE = "localmachine", "The store of the machine."


class CertificateVisibility(Enum):
    """Which processes of a compute node may read a certificate."""

    STARTTASK = "starttask", "The user that the start task runs as."
    TASK = "task", "The users that tasks run as."
    REMOTEUSER = "remoteuser", "The users that log on to the node remotely."


class CertificateReference(Model):
    """A certificate of the account that is installed on the compute nodes of a pool."""

    thumbprint: Caseless = prop(
        "Thumbprint of the certificate in hexadecimal digits; case does not count.", required=True, min_length=1
    )
    thumbprintAlgorithm: Caseless = prop(
        "How the thumbprint was made; the service knows `sha1`.", required=True, min_length=1
    )
    storeLocation: CertificateStoreLocation | None = prop(
        "Windows store to install the certificate in (default `currentuser`). On Linux nodes it goes to a directory "
        "that `AZ_BATCH_CERTIFICATES_DIR` names.",
        default="currentuser",
    )
    storeName: Text | None = prop(
        "Name of the Windows store: `My`, `Root`, `CA`, `Trust`, `Disallowed`, `TrustedPeople`, `TrustedPublisher`, "
        "`AuthRoot`, `AddressBook`, or one of your own (default `My`).",
        default="My",
        min_length=1,
    )
    visibility: list[Annotated[CertificateVisibility, Known]] | None = prop(
        "Who may read the private key; everybody in the list of values when left out.", unordered=True
    )

    @classmethod
    def rules(cls, value: Mapping[str, Any], context: Context) -> Iterator[Violation]:
        if is_set(value, "thumbprintAlgorithm") and value["thumbprintAlgorithm"].casefold() != "sha1":
            yield Violation(("thumbprintAlgorithm",), "must be sha1, the only one that the service knows")

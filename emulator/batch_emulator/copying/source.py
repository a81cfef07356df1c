"""The account that is copied: how it is signed in to and read, by Microsoft's client, which is loaded here only.

Nothing but lists is asked of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from azure.batch import BatchClient

SWITCHES = {
    "scheduling": "off",
    "schedules": "off",
    "added-tasks": "succeed",
    "images": "any",
    "linked-resources": "any-credentials",
}
"""What holds in a copy, unless `--set` says otherwise: nothing that is copied moves by itself, what is added has run at
once, so that a caller who waits for it goes on, and nothing is refused that the account itself may take."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class CopyError(Exception):
    """The account cannot be copied; the text says why, and holds no secret."""


class Gone(Exception):
    """What was listed a moment ago is not there any more."""


@dataclass(frozen=True)
class Source:
    """`key` is None where tokens of azure-identity are to be used."""

    endpoint: str
    account: str
    key: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, endpoint: str, account: str | None, key: str | None) -> Source:
        """Without `account` it is the first label of the host. Raises CopyError."""
        url = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
        host = url.hostname or ""
        if url.scheme not in ("https", "http") or not host or url.path not in ("", "/") or "@" in url.netloc:
            raise CopyError(f"--copy-of takes the URL of a Batch account, not {endpoint[:128]!r}")
        if url.scheme == "http" and (host not in _LOOPBACK or key is None):
            raise CopyError("--copy-of takes http on this machine only, and only with a key")
        named = account or ("" if host in _LOOPBACK else host.partition(".")[0])
        if not named:
            raise CopyError("--copy-of needs the name of the account: give --account, or AZURE_BATCH_ACCOUNT")
        return cls(f"{url.scheme}://{url.netloc}", named, key)

    @contextmanager
    def client(self) -> Iterator[BatchClient]:
        """Raises CopyError where Microsoft's client is missing, or fails."""
        # Without a handler Python would print what these log, on each failure many lines.
        for name in ("azure", "msal"):
            logging.getLogger(name).addHandler(logging.NullHandler())
        try:
            from azure.batch import BatchClient
            from azure.core.credentials import AzureNamedKeyCredential
            from azure.core.exceptions import AzureError

            if self.key is None:
                from azure.identity import DefaultAzureCredential
        except ImportError as error:
            raise CopyError(
                f"--copy-of needs Microsoft's client, and {error.name} is missing: install azure-batch-emulator[copy]"
            ) from None
        try:
            credential = (
                DefaultAzureCredential() if self.key is None else AzureNamedKeyCredential(self.account, self.key)
            )
            with BatchClient(self.endpoint, credential) as client:
                yield client
        except (AzureError, ValueError) as error:
            why = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise CopyError(f"cannot copy {self.endpoint}: {why}") from None


def each(listed: Any) -> Iterator[dict[str, Any]]:
    """What a list of the client has, as the service has written it. Page by page: no more than one is held.

    Raises Gone where its holder is no more, or goes.
    """
    from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

    try:
        for item in listed:
            yield item.as_dict()
    except (ResourceNotFoundError, ResourceExistsError):  # 404, and 409: it is being deleted
        raise Gone from None

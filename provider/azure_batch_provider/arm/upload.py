"""The content of a package on its way to Azure Storage. Loaded when something is uploaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any, Final

from azure.storage.blob import BlobClient

from azure_batch_provider.values.signatures import bears_secret

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

_BLOCK: Final = 8 << 20
"""Bytes that go up in one request, and are in memory at a time."""


def upload(
    url: str,
    content: IO[bytes],
    size: int,
    credential: TokenCredential,
    progress: Callable[[int], None],
    **options: Any,
) -> None:
    """Upload a file from where it stands, over what an attempt before may have left.

    Where the account reaches its storage by an identity, the URL lets nobody in by itself: then the credential does.
    """
    signer = None if bears_secret(url) else credential
    with BlobClient.from_blob_url(
        url, credential=signer, max_single_put_size=_BLOCK, max_block_size=_BLOCK, retry_total=0
    ) as blob:
        blob.upload_blob(
            content,
            length=size,
            overwrite=True,
            max_concurrency=1,
            progress_hook=lambda sent, _: progress(sent),
            **options,
        )

"""Where content comes from: files of this machine, and URIs, which are fetched into a temporary file."""

from __future__ import annotations

import io
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final
from urllib.parse import unquote, urlsplit

from azure_batch_provider.archives.source import Source, Unusable

_SECONDS: Final = 60.0
"""How long a server can say nothing."""
_LARGEST_IN_MEMORY: Final = 1 << 20


@contextmanager
def opened(source: Source) -> Iterator[IO[bytes]]:
    """The content of what is a single file, from its beginning; it can be read at any place.

    Raises:
        Unusable: it cannot be read.
    """
    if source.place == "text":
        yield io.BytesIO(source.where.encode())
    elif source.place == "uri":
        with _fetched(source.where) as file:
            yield file
    else:
        with local(Path(source.where)) as file:
            yield file


@contextmanager
def local(path: Path) -> Iterator[IO[bytes]]:
    """Raises: Unusable: the file cannot be opened."""
    try:
        file = path.open("rb")
    except (OSError, ValueError) as error:
        raise Unusable(f"cannot be read: {path}: {_reason(error)}") from None
    with file:
        yield file


@contextmanager
def _fetched(uri: str) -> Iterator[IO[bytes]]:
    # Nothing of a URI is told but its host: it may hold a signature.
    parts = urlsplit(uri)
    if parts.scheme == "file":
        with local(Path(unquote(parts.path))) as file:
            yield file
        return
    if parts.scheme not in ("http", "https"):
        raise Unusable("has a URI that is neither http, https nor file")
    with tempfile.SpooledTemporaryFile(_LARGEST_IN_MEMORY) as kept:
        try:
            with urllib.request.urlopen(uri, timeout=_SECONDS) as answer:
                shutil.copyfileobj(answer, kept)
        except urllib.error.HTTPError as error:
            error.close()
            raise Unusable(f"cannot be fetched: {parts.hostname} answered {error.code}") from None
        except (OSError, ValueError) as error:
            raise Unusable(f"cannot be fetched from {parts.hostname}: {type(error).__name__}") from None
        kept.seek(0)
        yield kept


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__

"""The zip file that a source becomes, and the digest of what is in it.

What is a zip file already is taken as it is; anything else is packed. The digest is that of names and contents, so
that neither the time nor the way of packing makes another one.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from azure_batch_provider.archives.entries import Entry, entries, entries_of_zip, is_zip
from azure_batch_provider.archives.opened import opened
from azure_batch_provider.archives.source import Source, Unusable, read

_CHUNK: Final = 1 << 20
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The oldest time that a zip file can say."""


@dataclass(frozen=True)
class Packed:
    """A zip file, at its beginning.

    Attributes:
        size: in bytes.
        digest: SHA-256 of names and contents, in hexadecimal.
    """

    file: IO[bytes]
    size: int
    digest: str


def digest_of(value: Any) -> str:
    """The digest of what an asset or an archive of Pulumi's becomes; nothing is packed.

    Raises:
        Unusable: nothing can become of it.
    """
    source = read(value)
    with _zipped(source) as file:
        return _digest(entries(source) if file is None else entries_of_zip(file))


@contextmanager
def packed(value: Any) -> Iterator[Packed]:
    """The zip file that an asset or an archive of Pulumi's becomes.

    Raises:
        Unusable: nothing can become of it.
    """
    source = read(value)
    with _zipped(source) as file, tempfile.TemporaryFile() as made:
        if file is None:
            try:
                with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
                    digest = _digest(entries(source), archive)
            except OSError as error:
                raise Unusable(f"cannot be packed: {error.strerror}") from None
        else:
            digest = _digest(entries_of_zip(file))
        whole = file or made
        size = whole.seek(0, os.SEEK_END)
        whole.seek(0)
        yield Packed(whole, size, digest)


@contextmanager
def _zipped(source: Source) -> Iterator[IO[bytes] | None]:
    """The file of a source that is a zip file already, None of one that has to be packed."""
    if source.place == "assets" or (source.place == "path" and Path(source.where).is_dir()):
        if source.kind == "asset":
            raise Unusable("is a folder: give it as an archive (`fn::fileArchive`)")
        yield None
        return
    with opened(source) as file:
        zipped = is_zip(file)
        if not zipped and source.kind == "asset":
            raise Unusable(
                "is not a zip file, and an asset is uploaded as it is: Batch takes packages as zip files only. Give a "
                "folder or files as an archive (`fn::fileArchive`, `fn::assetArchive`)"
            )
        yield file if zipped else None


def _digest(found: Iterable[Entry], archive: zipfile.ZipFile | None = None) -> str:
    """The digest of all files, each of which is put into the archive if there is one."""
    parts: dict[str, str] = {}
    for name, runs, content in found:
        if name in parts:
            raise Unusable(f"holds {name!r} twice")
        digest = hashlib.sha256(b"x" if runs else b"-")
        if archive is None:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
        else:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (0o100755 if runs else 0o100644) << 16
            with archive.open(info, "w", force_zip64=True) as into:
                while chunk := content.read(_CHUNK):
                    digest.update(chunk)
                    into.write(chunk)
        parts[name] = digest.hexdigest()
    if not parts:
        raise Unusable("holds no file")
    lines = "".join(f"{parts[name]} {name}\n" for name in sorted(parts))
    return hashlib.sha256(lines.encode()).hexdigest()

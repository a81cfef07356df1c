"""The files of an archive, whatever form it has: their names, and their content as it is asked for."""

from __future__ import annotations

import os
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from azure_batch_provider.archives.opened import local, opened
from azure_batch_provider.archives.source import Source, Unusable, leads_out

_EXECUTABLE: Final = 0o111

Entry = tuple[str, bool, IO[bytes]]
"""Name with slashes, whether it can be run, and the content, to be read before the next entry is asked for."""


def entries(source: Source) -> Iterator[Entry]:
    """Every file, folders left out.

    Raises:
        Unusable: something cannot be read, or leads out of the archive.
    """
    for entry in _found(source):
        if not _is_text(entry[0]):
            raise Unusable(f"holds {entry[0]!r}, a name that is not text")
        yield entry


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _found(source: Source) -> Iterator[Entry]:
    if source.place == "assets":
        yield from _of_assets(source)
    elif source.place == "path" and Path(source.where).is_dir():
        yield from _of_folder(Path(source.where))
    else:
        with opened(source) as file:
            yield from _of_file(file)


def _of_assets(source: Source) -> Iterator[Entry]:
    for name, item in source.assets.items():
        if item.kind == "archive":
            for inner, runs, content in entries(item):
                yield f"{name.strip('/')}/{inner}", runs, content
        else:
            with opened(item) as file:
                runs = item.place == "path" and os.access(item.where, os.X_OK)
                yield name.strip("/"), runs, file


def _of_folder(folder: Path) -> Iterator[Entry]:
    """What links lead to is packed as if it lay there; links to folders are refused, since they may lead in circles."""

    def fail(error: OSError) -> None:
        raise Unusable(f"cannot be read: {error.filename}: {error.strerror}")

    for place, folders, files in os.walk(folder, onerror=fail):
        here = Path(place)
        linked = [name for name in folders if (here / name).is_symlink()]
        if linked:
            raise Unusable(f"holds a link to a folder, {here / linked[0]}: put the folder itself there")
        for name in files:
            path = here / name
            with local(path) as file:
                yield path.relative_to(folder).as_posix(), bool(path.stat().st_mode & _EXECUTABLE), file


def _of_file(file: IO[bytes]) -> Iterator[Entry]:
    if is_zip(file):
        yield from entries_of_zip(file)
        return
    try:
        with tarfile.open(fileobj=file) as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                if member.isdir():
                    continue
                content = archive.extractfile(member) if member.isfile() or member.islnk() else None
                if content is None or leads_out(name):
                    raise Unusable(f"holds {name!r}, which is not a plain file below it")
                yield name, bool(member.mode & _EXECUTABLE), content
    except (tarfile.TarError, EOFError) as error:
        raise Unusable(f"is neither a zip nor a tar file that can be read: {type(error).__name__}") from None


def entries_of_zip(file: IO[bytes]) -> Iterator[Entry]:
    """The same of an open zip file."""
    try:
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                name = info.filename.replace("\\", "/")  # as some tools of Windows write it
                if leads_out(name):
                    raise Unusable(f"holds {name!r}, which is not a file below it")
                with archive.open(info) as content:
                    yield name, bool(info.external_attr >> 16 & _EXECUTABLE), content
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        raise Unusable(f"is a zip file that cannot be read: {error}") from None


def is_zip(file: IO[bytes]) -> bool:
    """Whether a file is a zip file as a whole; it stands at its beginning afterwards."""
    found = zipfile.is_zipfile(file)
    file.seek(0)
    return found

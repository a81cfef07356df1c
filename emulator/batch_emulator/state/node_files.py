"""What lies in a directory of a node: files and directories by their names, never outside the node.

A name has its parts with slashes between them. What is neither a regular file nor a directory does not exist here; nor
does a link that leads out of the node or nowhere, nor a name that is not UTF-8, which no request could ask for.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from batch_emulator.state.clock import ticks_of_nanoseconds


@dataclass(frozen=True)
class NodeFile:
    """`modified` and `created` are ticks of the machine's time."""

    name: str
    place: Path
    """Where it really is: links are followed."""
    is_directory: bool
    size: int
    modified: int
    created: int
    mode: int


@dataclass(frozen=True)
class Directory:
    """`root` is that of the node, in which `place` lies."""

    root: Path
    place: Path

    def find(self, name: str) -> NodeFile | None:
        place = self._place(name)
        if place is None:
            return None
        try:
            inside = place.resolve(strict=True)
            found = inside.stat()
        except (OSError, RuntimeError):  # a circle of links is a RuntimeError before Python 3.13
            return None
        regular, directory = stat.S_ISREG(found.st_mode), stat.S_ISDIR(found.st_mode)
        if not (regular or directory) or not inside.is_relative_to(self.root):
            return None
        modified = ticks_of_nanoseconds(found.st_mtime_ns)
        created = min(modified, ticks_of_nanoseconds(found.st_ctime_ns))
        return NodeFile(name, inside, directory, found.st_size, modified, created, found.st_mode)

    def names(self, recursive: bool, prefix: str = "", same: Callable[[str], str] = str) -> list[str]:
        """The sort keys of the names that begin with the prefix, in order: level by level, and by name in each.

        If not recursive, those of one level only, which is the one that the prefix leads to. `same` makes equal what is
        not to be told apart. The whole tree is not held, but for its names.
        """
        keys: list[str] = []
        level, depth = [""], 0
        wanted, lowest = same(prefix), prefix.count("/")
        while level and (recursive or depth <= lowest):
            deeper: list[str] = []
            for name, is_directory in (entry for inner in level for entry in self._entries(inner)):
                if is_directory and (same(name + "/").startswith(wanted) or wanted.startswith(same(name + "/"))):
                    deeper.append(name)
                if same(name).startswith(wanted) and (recursive or depth == lowest):
                    keys.append(f"{depth:04}/{name}")
            level, depth = deeper, depth + 1
        keys.sort()
        return keys

    def _entries(self, inner: str) -> Iterator[tuple[str, bool]]:
        with suppress(OSError), os.scandir(self.place / inner) as entries:
            for entry in entries:
                name = f"{inner}/{entry.name}" if inner else entry.name
                if _is_text(name):
                    yield name, entry.is_dir(follow_symlinks=False)

    def delete(self, name: str, discard: Callable[[Path], None], recursive: bool) -> bool:
        """Takes the link, not what it leads to. False if a directory is not empty. Raises OSError."""
        place = self._place(name)
        assert place is not None
        if place.is_symlink() or not place.is_dir():
            place.unlink()
        elif recursive:
            discard(place)
        else:
            if any(place.iterdir()):
                return False
            place.rmdir()
        return True

    def room_for(self, name: str) -> Path | None:
        """Where a file of this name can be written: directories are made, what is there is removed.

        None where it leads out, or through a file. Raises OSError, for a directory of this name too.
        """
        place = self.place
        *inner, last = _parts(name) or [""]
        for part in inner:
            place = place / part
            with suppress(FileExistsError):
                place.mkdir()
            if not place.is_dir() or not place.resolve().is_relative_to(self.root):
                return None
        if not last:
            return None
        (place / last).unlink(missing_ok=True)
        return place / last

    def _place(self, name: str) -> Path | None:
        """Where a name leads without a link at its end, None where it leads out."""
        parts = _parts(name)
        if not parts:
            return None
        try:
            holder = self.place.joinpath(*parts[:-1]).resolve(strict=True)
        except (OSError, RuntimeError):
            return None
        return holder / parts[-1] if holder.is_relative_to(self.root) else None


def _parts(name: str) -> list[str]:
    """None of a name that no file has."""
    parts = name.split("/")
    return [] if any(part in ("", ".", "..") or "\0" in part for part in parts) else parts


def name_of(key: str) -> str:
    """Of a sort key."""
    return key[5:]


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def open_file(file: NodeFile, offset: int = 0) -> BinaryIO:
    """To read from the offset on. Raises OSError, also when something else has taken the file's place."""
    descriptor = os.open(file.place, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    opened = os.fdopen(descriptor, "rb", buffering=0)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        opened.close()
        raise OSError("no longer a file")
    opened.seek(offset)
    return opened

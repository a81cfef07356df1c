"""Which tasks of a collection exist, as its state remembers it where they are not simply those declared."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

TASKS: Final = "tasks"
"""In what a state remembers: the tasks. Without it, exactly those exist that are declared, and as declared."""
_FORM: Final = "1"
"""Which way of making digests. Those of another way tell nothing: what exists is then compared with the service."""


class Entry(NamedTuple):
    """A task: `digest` is that of its content; not `sure`: nobody has answered whether it was added."""

    id: str
    digest: str
    sure: bool = True


class TaskRecord:
    """Tasks by id, without case: a hundred thousand of them take about a megabyte in a state."""

    def __init__(self, entries: Iterator[Entry] | None = None) -> None:
        self._entries = {entry.id.casefold(): entry for entry in entries or ()}

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and id.casefold() in self._entries

    def get(self, id: str) -> Entry | None:
        return self._entries.get(id.casefold())

    def put(self, entry: Entry) -> None:
        self._entries[entry.id.casefold()] = entry

    def drop(self, id: str) -> None:
        self._entries.pop(id.casefold(), None)

    def text(self) -> str:
        """Ids and digests, packed."""
        lines = (f"{entry.id} {entry.digest}{'' if entry.sure else ' ?'}" for entry in self)
        return b64encode(zlib.compress("\n".join((_FORM, *lines)).encode(), 9)).decode()


def recorded_tasks(private: Mapping[str, Any]) -> TaskRecord | None:
    """The tasks that a state remembers; None where it is those declared."""
    text = private.get(TASKS)
    if not isinstance(text, str):
        return None
    form, *lines = zlib.decompress(b64decode(text)).decode().split("\n")
    parts = (line.split(" ") for line in lines)
    return TaskRecord(Entry(part[0], part[1], form == _FORM and len(part) == 2) for part in parts)

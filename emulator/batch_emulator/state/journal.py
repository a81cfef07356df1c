"""Where changes are written so that they survive the process: nowhere, or in SQLite.

Whatever a request changed is committed before the request is answered; requests that come together are committed
together. Write-ahead logging with full synchronisation, one fsync for each commit, makes it outlive `kill -9` and a
power cut. Clients' secrets are in what is written, so only the user who runs the
emulator can read it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from batch_emulator.state.entities import AtRest
from batch_emulator.state.files import DIRECTORY

FORMAT = 3
"""In format 1 a row had no checksum before it, in format 2 nothing could be known of it without reading it. When more
entities are moved by the clock than were before, those that were stored at rest have to be read again: a new format.
"""
FILE = "batch.sqlite3"
_BESIDE = ("-wal", "-shm", "-journal")
"""Endings of the files that SQLite puts beside the database: they get its permissions when they are made."""

Row = tuple[str, str, str, AtRest | None, str]
"""Kind, parent, key, what is known of it at rest, and what is kept, as JSON."""


class LocationError(Exception):
    """The directory given for the state cannot be used; the text says why."""


class StorageError(Exception):
    """The state cannot be read or written at the moment; the text says why, and holds nothing of the state."""


class Journal(Protocol):
    """Each method raises StorageError when it cannot do its work."""

    def put(self, kind: str, parent: str, key: str, at_rest: AtRest | None, row: dict[str, Any]) -> None: ...

    def drop(self, kind: str, parent: str, key: str) -> None: ...

    def drop_children(self, kind: str, parent: str) -> None: ...

    def clear(self) -> None: ...

    def rows(self) -> Iterator[Row]:
        """Everything, in no particular order."""
        ...

    def commit(self) -> None: ...

    @property
    def uncommitted(self) -> bool:
        """Whether something is written that a crash would take away."""
        ...

    def roll_back(self) -> bool:
        """Forgets what was not committed. False when there is nothing to go back to."""
        ...

    def mark(self) -> None:
        """A place to go back to, instead of the one before."""
        ...

    def roll_back_to_mark(self) -> bool:
        """Forgets what was written since the mark. False when there is nothing to go back to."""
        ...

    def close(self) -> None: ...


class MemoryJournal:
    """Keeps nothing: the state ends with the process."""

    def put(self, kind: str, parent: str, key: str, at_rest: AtRest | None, row: dict[str, Any]) -> None: ...

    def drop(self, kind: str, parent: str, key: str) -> None: ...

    def drop_children(self, kind: str, parent: str) -> None: ...

    def clear(self) -> None: ...

    def rows(self) -> Iterator[Row]:
        return iter(())

    def commit(self) -> None: ...

    @property
    def uncommitted(self) -> bool:
        return False

    def roll_back(self) -> bool:
        return False

    def mark(self) -> None: ...

    def roll_back_to_mark(self) -> bool:
        return False

    def close(self) -> None: ...


class SqliteJournal:
    """One database file in `location`, which only one emulator can have open."""

    def __init__(self, location: Path) -> None:
        """Raises LocationError when the directory or the file in it cannot be used."""
        self._path = location / FILE
        self._written = False
        """Whether a transaction is open, as far as we know."""
        self._saved = False
        """Whether there is a savepoint at the mark."""
        try:
            _make_private(location)
            self._database = sqlite3.connect(self._path, isolation_level=None, timeout=0)
            self._open()
        except OSError as error:
            raise LocationError(f"cannot use {location}: {error.strerror or error}") from error
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise LocationError(f"{self._path} is in use by another emulator") from error
            raise LocationError(f"cannot open {self._path}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise LocationError(f"{self._path} is not a database of this emulator: {error}") from error

    def _open(self) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode=EXCLUSIVE")
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        (health,) = run("PRAGMA quick_check(1)").fetchone()
        if health != "ok":
            raise LocationError(f"cannot read {self._path}: it is damaged ({' '.join(str(health).split())})")
        (found,) = run("PRAGMA user_version").fetchone()
        if not 0 <= found <= FORMAT:
            raise LocationError(f"the state was written in format {found}; this emulator knows format {FORMAT}")
        run("BEGIN IMMEDIATE")
        run(
            "CREATE TABLE IF NOT EXISTS entities (kind TEXT, parent TEXT, key TEXT, row TEXT NOT NULL,"
            " state TEXT, weight INTEGER, modified INTEGER, until INTEGER,"
            " PRIMARY KEY (kind, parent, key)) WITHOUT ROWID"
        )
        if found == 1:
            self._database.create_function("sealed", 4, _sealed)
            run("UPDATE entities SET row = sealed(kind, parent, key, row)")
        if found in (1, 2):
            for column in ("state TEXT", "weight INTEGER", "modified INTEGER", "until INTEGER"):
                run(f"ALTER TABLE entities ADD COLUMN {column}")
        run(f"PRAGMA user_version={FORMAT}")
        run("COMMIT")

    def _failed(self, verb: str, error: Exception) -> StorageError:
        return StorageError(f"cannot {verb} {self._path}: {error}")

    def _write(self, statement: str, *values: str | int | None) -> None:
        try:
            if not self._database.in_transaction:
                self._lost()
                self._database.execute("BEGIN")
            if not self._saved:
                self._database.execute("SAVEPOINT mark")
                self._saved = True
            self._written = True
            self._database.execute(statement, values)
        except sqlite3.Error as error:
            raise self._failed("write", error) from error

    def put(self, kind: str, parent: str, key: str, at_rest: AtRest | None, row: dict[str, Any]) -> None:
        text = _sealed(kind, parent, key, json.dumps(row, separators=(",", ":"), ensure_ascii=False), at_rest)
        insert = "INSERT OR REPLACE INTO entities VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        self._write(insert, kind, parent, key, text, *(at_rest or (None, None, None, None)))

    def drop(self, kind: str, parent: str, key: str) -> None:
        self._write("DELETE FROM entities WHERE kind=? AND parent=? AND key=?", kind, parent, key)

    def drop_children(self, kind: str, parent: str) -> None:
        self._write("DELETE FROM entities WHERE kind=? AND parent=?", kind, parent)

    def clear(self) -> None:
        self._write("DELETE FROM entities")

    def rows(self) -> Iterator[Row]:
        """All in one scan: a condition would pass over a row whose key is not what it was."""
        columns = "kind, parent, key, row, state, weight, modified, until"
        query = f"SELECT {columns} FROM entities ORDER BY kind, parent, key"
        try:
            for kind, parent, key, text, *rest in self._database.execute(query):
                at_rest = AtRest(*rest) if rest[0] is not None else None
                row = text[_SEAL:]
                if _sealed(kind, parent, key, row, at_rest) != text:
                    raise StorageError(f"cannot read {self._path}: a {kind} in it is not as it was written")
                yield kind, parent, key, at_rest, row
        except sqlite3.Error as error:
            raise self._failed("read", error) from error

    def _lost(self) -> None:
        """Some failures end a transaction by themselves: then it must not be said that its changes are kept."""
        if self._written and not self._database.in_transaction:
            raise sqlite3.OperationalError("the changes before were lost")

    @property
    def uncommitted(self) -> bool:
        return self._written

    def mark(self) -> None:
        """Made with the first write after it, so that reading costs nothing."""
        try:
            if self._saved and self._database.in_transaction:
                self._database.execute("RELEASE mark")
        except sqlite3.Error as error:
            raise self._failed("write", error) from error
        self._saved = False

    def roll_back_to_mark(self) -> bool:
        try:
            self._lost()
            if self._saved:
                self._database.execute("ROLLBACK TO mark")
        except sqlite3.Error as error:
            raise self._failed("read", error) from error
        return True

    def commit(self) -> None:
        try:
            self._lost()
            if self._database.in_transaction:
                self._database.execute("COMMIT")
            self._written = self._saved = False
        except sqlite3.Error as error:
            raise self._failed("write", error) from error

    def roll_back(self) -> bool:
        """A write that failed may have ended its transaction already."""
        try:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            self._written = self._saved = False
        except sqlite3.Error as error:
            raise self._failed("read", error) from error
        return True

    def close(self) -> None:
        """Every answered change was committed before."""
        self._database.close()


_SEAL = 9


def _sealed(kind: str, parent: str, key: str, text: str, at_rest: AtRest | None = None) -> str:
    """A row with its checksum before it: the database itself does not notice when a disk changes what it holds."""
    rest = "" if at_rest is None else "{} {} {} {} ".format(*at_rest)
    return f"{zlib.crc32(f'{kind} {parent} {key} {rest}{text}'.encode()):08x} {text}"


def _make_private(location: Path) -> None:
    """Makes the directory and the database file, for this user alone; those of an earlier version become so.

    A directory in which the user has other things as well is left as it is. Raises OSError.
    """
    ours = {FILE, *(FILE + ending for ending in _BESIDE)}
    location.mkdir(mode=0o700, parents=True, exist_ok=True)
    if all(path.name in {*ours, DIRECTORY} for path in location.iterdir()):
        location.chmod(0o700)
    os.close(os.open(location / FILE, os.O_RDWR | os.O_CREAT, 0o600))
    for name in ours:
        if (location / name).exists():
            (location / name).chmod(0o600)

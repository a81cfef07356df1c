"""Where changes are written so that they survive the process: nowhere, or in SQLite.

Whatever a request changed is committed before the request is answered. Write-ahead logging with full synchronisation
makes a commit outlive `kill -9` and a power cut.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

FORMAT = 1
FILE = "batch.sqlite3"


class LocationError(Exception):
    """The directory given for the state cannot be used; the text says why."""


class Journal(Protocol):
    def put(self, kind: str, parent: str, key: str, row: dict[str, Any]) -> None: ...

    def drop(self, kind: str, parent: str, key: str) -> None: ...

    def drop_children(self, parent: str) -> None: ...

    def clear(self) -> None: ...

    def rows(self, kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]: ...

    def commit(self) -> None: ...

    def roll_back(self) -> bool:
        """Forgets what was not committed. False when there is nothing to go back to."""
        ...

    def close(self) -> None: ...


class MemoryJournal:
    """Keeps nothing: the state ends with the process."""

    def put(self, kind: str, parent: str, key: str, row: dict[str, Any]) -> None: ...

    def drop(self, kind: str, parent: str, key: str) -> None: ...

    def drop_children(self, parent: str) -> None: ...

    def clear(self) -> None: ...

    def rows(self, kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        return iter(())

    def commit(self) -> None: ...

    def roll_back(self) -> bool:
        return False

    def close(self) -> None: ...


class SqliteJournal:
    """One database file in `location`, which only one emulator can have open."""

    def __init__(self, location: Path) -> None:
        """Raises LocationError when the directory or the file in it cannot be used."""
        path = location / FILE
        try:
            location.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, isolation_level=None, timeout=0)
            self._open()
        except OSError as error:
            raise LocationError(f"cannot use {location}: {error.strerror or error}") from error
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise LocationError(f"{path} is in use by another emulator") from error
            raise LocationError(f"cannot open {path}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise LocationError(f"{path} is no database of this emulator: {error}") from error

    def _open(self) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode=EXCLUSIVE")
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        (found,) = run("PRAGMA user_version").fetchone()
        if found not in (0, FORMAT):
            raise LocationError(f"the state was written in format {found}; this emulator knows format {FORMAT}")
        run("BEGIN IMMEDIATE")
        run(
            "CREATE TABLE IF NOT EXISTS entities (kind TEXT, parent TEXT, key TEXT, row TEXT NOT NULL,"
            " PRIMARY KEY (kind, parent, key)) WITHOUT ROWID"
        )
        run(f"PRAGMA user_version={FORMAT}")
        run("COMMIT")

    def _begin(self) -> None:
        if not self._database.in_transaction:
            self._database.execute("BEGIN")

    def put(self, kind: str, parent: str, key: str, row: dict[str, Any]) -> None:
        self._begin()
        text = json.dumps(row, separators=(",", ":"), ensure_ascii=False)
        self._database.execute("INSERT OR REPLACE INTO entities VALUES (?, ?, ?, ?)", (kind, parent, key, text))

    def drop(self, kind: str, parent: str, key: str) -> None:
        self._begin()
        self._database.execute("DELETE FROM entities WHERE kind=? AND parent=? AND key=?", (kind, parent, key))

    def drop_children(self, parent: str) -> None:
        self._begin()
        self._database.execute("DELETE FROM entities WHERE kind='task' AND parent=?", (parent,))

    def clear(self) -> None:
        self._begin()
        self._database.execute("DELETE FROM entities")

    def rows(self, kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        query = "SELECT parent, key, row FROM entities WHERE kind=? ORDER BY parent, key"
        for parent, key, text in self._database.execute(query, (kind,)):
            yield parent, key, json.loads(text)

    def commit(self) -> None:
        if self._database.in_transaction:
            self._database.execute("COMMIT")

    def roll_back(self) -> bool:
        """A write that failed may have ended its transaction already."""
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")
        return True

    def close(self) -> None:
        """Every answered change was committed before."""
        self._database.close()

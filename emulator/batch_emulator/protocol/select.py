"""`$select`: which properties of an entity are answered."""

from __future__ import annotations

from typing import Any

from batch_emulator.protocol.errors import invalid_query


class Selection:
    """`known` are the properties that the entity can have. Raises ServiceError for any other."""

    def __init__(self, text: str | None, known: frozenset[str]) -> None:
        self._names: frozenset[str] | None = None
        if text is not None and text.strip():
            names = [name.strip() for name in text.split(",")]
            for name in names:
                if name not in known:
                    raise invalid_query("$select", text[:1024], f"There is no property {name[:128]!r} to select.")
            self._names = frozenset(names)

    def of(self, shown: dict[str, Any]) -> dict[str, Any]:
        if self._names is None:
            return shown
        return {name: value for name, value in shown.items() if name in self._names}

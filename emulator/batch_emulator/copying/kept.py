"""Bodies as the service shows them, made bodies as they are kept: the other way round from `Shape.show`.

Nothing is refused: what the service has accepted once is there. What it does not show, and what the shapes do not
know, is noted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from batch_emulator.bodies.shapes import UNSET, Array, FieldType, Shape

_NAMED = 3
"""As many ids are named for each gap."""


class Gaps:
    """What a copy lacks, by where it is: the first ids, and how many there are."""

    def __init__(self) -> None:
        self._secret: dict[str, dict[str, None]] = {}
        self._unknown: dict[str, dict[str, None]] = {}

    def secret(self, entity: str, path: str) -> None:
        self._secret.setdefault(path, {})[entity] = None

    def unknown(self, entity: str, path: str) -> None:
        self._unknown.setdefault(path, {})[entity] = None

    def lines(self) -> Iterator[str]:
        for path, entities in self._secret.items():
            yield f"not copied, as the service does not return it where it is set: {path} of {_listed(entities)}"
        for path, entities in self._unknown.items():
            yield f"not copied, as the emulator does not know it: {path} of {_listed(entities)}"


def _listed(entities: dict[str, None]) -> str:
    first, more = list(entities)[:_NAMED], len(entities) - _NAMED
    return ", ".join(first) + (f" and {more:,} more" if more > 0 else "")


def kept(shape: Shape, shown: dict[str, Any], entity: str, gaps: Gaps) -> dict[str, Any]:
    """The body of an entity, with the defaults of what is absent; what is only shown of it stays out."""
    own = {name: value for name, value in shown.items() if name in shape.by_name and name != "id"}
    body = _kept(shape, own, "", entity, gaps)
    assert isinstance(body, dict)
    return body


def _kept(kind: FieldType, value: Any, path: str, entity: str, gaps: Gaps) -> Any:
    if isinstance(kind, Array) and isinstance(value, list):
        return [_kept(kind.of, item, path, entity, gaps) for item in value]
    if not isinstance(kind, Shape) or not isinstance(value, dict):
        return value
    prefix = f"{path}." if path else ""
    for name in value.keys() - kind.by_name.keys():
        gaps.unknown(entity, f"{prefix}{name}")
    body: dict[str, Any] = {}
    for prop in kind.props:
        given = value.get(prop.name)
        if given is not None and prop.kept:
            body[prop.name] = _kept(prop.type, given, f"{prefix}{prop.name}", entity, gaps)
        elif given is None and prop.secret and "identityReference" not in value:
            gaps.secret(entity, f"{prefix}{prop.name}")
        elif prop.default is not UNSET:
            body[prop.name] = prop.default
    return body

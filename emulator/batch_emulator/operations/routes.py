"""Finds the operation of a request by its method and the segments of its path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from batch_emulator.operations.table import OPERATIONS, Operation


@dataclass
class _Segment:
    """What paths go on with here: `/`-separated texts, one variable, or the rest of the path as one."""

    texts: dict[str, _Segment] = field(default_factory=dict)
    variable: tuple[str, _Segment] | None = None
    rest: tuple[str, _Segment] | None = None
    operations: dict[str, Operation] = field(default_factory=dict)
    """By method."""


def _split(path: str) -> list[str]:
    """`/certificates(x)/y` is read as `/certificates()/x/y`: OData writes some ids so."""
    first, *more = path.split("/")[1:]
    name, bracket, key = first.partition("(")
    return [f"{name}()", key[:-1], *more] if bracket and key.endswith(")") else [first, *more]


def _routes(operations: Iterable[Operation]) -> _Segment:
    root = _Segment()
    for operation in operations:
        here = root
        for part in _split(operation.path):
            name = part.strip("{*}")
            if part == name:
                here = here.texts.setdefault(part, _Segment())
            elif part.startswith("{*"):
                here.rest = here.rest or (name, _Segment())
                here = here.rest[1]
            else:
                here.variable = here.variable or (name, _Segment())
                assert here.variable[0] == name, f"{operation.path}: two names for one variable"
                here = here.variable[1]
        here.operations[operation.method] = operation
    return root


_ROOT = _routes(OPERATIONS)


@dataclass(frozen=True)
class Match:
    """`operation` is None when the path is the service's but not with this method."""

    operation: Operation | None
    ids: dict[str, str]


def find(method: str, path: str, version: str | None) -> Match | None:
    """The operation of a decoded path, None when no operation has that path in the api-version.

    Without a version, any one's operation is found.
    """
    here, ids = _ROOT, dict[str, str]()
    parts = _split(path)
    for index, part in enumerate(parts):
        if part in here.texts:
            here = here.texts[part]
        elif here.variable is not None and part:
            ids[here.variable[0]], here = part, here.variable[1]
        elif here.rest is not None and (rest := "/".join(parts[index:])):
            ids[here.rest[0]], here = rest, here.rest[1]
            break
        else:
            return None
    operation = here.operations.get(method)
    if operation is not None and version in (None, *operation.versions):
        return Match(operation, ids)
    known = any(version in (None, *operation.versions) for operation in here.operations.values())
    return Match(None, {}) if known else None


def operation_name(method: str, path: str) -> str | None:
    """The name of the operation that a request asks for, None when it is none of the service's."""
    match = find(method, path, None) if path.startswith("/") else None
    return None if match is None or match.operation is None else match.operation.name

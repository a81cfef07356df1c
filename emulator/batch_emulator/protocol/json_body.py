"""The body of a request, read once and strictly, for everything that reads it.

It is JSON in UTF-8 that means the same to every reader: no property twice, no half of a surrogate pair, no number that
neither 64 bits nor a double can hold, and not so deep that anything which walks over it could run out of stack.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from batch_emulator.protocol.errors import ServiceError, invalid_body

DEEPEST = 64
_DIGITS = 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _NotRead(ValueError):
    """The text says what the body must not have."""


def _constant(name: str) -> Any:
    raise _NotRead(f"{name} is not a number in JSON.")


def _integer(text: str) -> int:
    if len(text) <= _DIGITS:
        number = int(text)
        if -(2**63) <= number < 2**64:
            return number
    raise _NotRead("A number is too large.")


def _fraction(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _NotRead("A number is too large.")
    return number


def _object(items: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(items)
    if len(made) < len(items):
        names = [name for name, _ in items]
        name = next(name for index, name in enumerate(names) if name in names[:index])
        raise _NotRead(f"The property {name[:64]!r} is there twice.")
    return made


_DECODER = json.JSONDecoder(
    parse_constant=_constant, parse_int=_integer, parse_float=_fraction, object_pairs_hook=_object
)


def _check_texts(values: Iterable[Any]) -> None:
    """JSON can spell half of a surrogate pair, which cannot be kept or answered."""
    for value in values:
        if isinstance(value, str):
            value.encode()


def _check(root: Any, *, escapes: bool) -> None:
    """Level by level, so that depth costs no stack. Only an escape can spell half of a pair."""
    level: list[Iterable[Any]] = [[root]]
    for _ in range(DEEPEST + 1):
        inner: list[Any] = []
        for container in level:
            values = container.values() if isinstance(container, dict) else container
            if escapes:
                _check_texts(container)
                _check_texts(values)
            inner += [value for value in values if isinstance(value, (dict, list))]
        if not inner:
            return
        level = inner
    raise _NotRead(f"The body is deeper than {DEEPEST} levels.")


def _read(content: bytes) -> Any:
    try:
        parsed = _DECODER.decode(content.decode())
        _check(parsed, escapes=b"\\u" in content)
        return parsed
    except UnicodeError:
        reason = "The body is not UTF-8 text."
    except _NotRead as error:
        reason = str(error)
    except RecursionError:
        reason = f"The body is deeper than {DEEPEST} levels."
    except ValueError:
        reason = "The body is not JSON."
    raise invalid_body(reason)


class Body:
    """`content` is what came. It is parsed when something first asks for it."""

    def __init__(self, content: bytes = b"") -> None:
        self._content = content.removeprefix(_BYTE_ORDER_MARK)
        self._read = False
        self._value: Any = None
        self._error: ServiceError | None = None

    def __bool__(self) -> bool:
        return bool(self._content)

    def value(self) -> Any:
        """None when there is nothing but blanks. Raises ServiceError `InvalidRequestBody`."""
        if not self._read:
            self._read = True
            try:
                self._value = _read(self._content) if self._content.strip() else None
            except ServiceError as error:
                self._error = error
        if self._error is not None:
            raise self._error
        return self._value

    def text(self) -> bytes | None:
        """The JSON as it came, None when it is not JSON or there is none."""
        try:
            return None if self.value() is None else self._content
        except ServiceError:
            return None

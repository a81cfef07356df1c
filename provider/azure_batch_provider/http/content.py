"""What an answer's body says: read within bounds, and nothing that a later layer could not carry.

No answer of the service comes near these bounds. Beyond them, and for whatever is not plain JSON in UTF-8, there is no
value, only the reason why not. Knows bytes; no HTTP and no service.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of an answer, as they come and after decompression."""
DEEPEST: Final = 64
"""Levels of lists and objects."""
_LONGEST_INTEGER: Final = 19
_GZIP: Final = 31
"""What zlib calls a gzip member with its header and checksum."""


class Unreadable(Exception):
    """Why a body has no value; to be read after "something that"."""


class Garbled(Exception):
    """What was compressed breaks off, or never was."""


def read(pieces: Iterable[bytes], encoding: str) -> bytes:
    """The body, decompressed as its Content-Encoding says; never much more than `LARGEST` is held.

    Raises:
        Unreadable: it is too large, or encoded in a way that was not asked for.
        Garbled
    """
    if encoding in ("", "identity"):
        return _within_bounds(pieces)
    if encoding in ("gzip", "x-gzip"):
        return _within_bounds(_decompressed(_counted(pieces)))
    raise Unreadable(f"is encoded as {encoding[:40]}, which was not asked for")


def _within_bounds(pieces: Iterable[bytes]) -> bytes:
    return b"".join(_counted(pieces))


def _counted(pieces: Iterable[bytes]) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > LARGEST:
            raise Unreadable(f"is larger than {LARGEST // 1024 // 1024} MiB")
        yield piece


def _decompressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """One gzip member after the other, in pieces of a bounded size."""
    member = None
    try:
        for piece in pieces:
            rest = piece
            while rest:
                member = member or zlib.decompressobj(_GZIP)
                yield member.decompress(rest, LARGEST // 32)
                rest = member.unconsumed_tail or member.unused_data
                if member.eof:
                    member = None
        if member is not None:
            yield member.flush(LARGEST // 32)
    except zlib.error as error:
        raise Garbled(str(error)) from None
    if member is not None and not member.eof:
        raise Garbled("it breaks off")


def parse(content: bytes) -> Any:
    """The value of JSON text, None for no text.

    Raises:
        Unreadable
    """
    if not content.strip():
        return None
    try:
        value = json.loads(
            content.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite, parse_int=_reasonable
        )
        if b"\\u" in content:
            # An escape can spell half of a character, which no text that is sent on can hold.
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise Unreadable(_TOO_DEEP) from None
    except UnicodeError:
        raise Unreadable("is not valid Unicode") from None
    except ValueError:
        raise Unreadable("is not JSON") from None
    # Most answers have not even as many lists and objects in all.
    if content.count(b"{") + content.count(b"[") > DEEPEST and not _is_shallow(value):
        raise Unreadable(_TOO_DEEP)
    return value


_TOO_DEEP: Final = f"is nested deeper than {DEEPEST} levels"


def _is_shallow(value: Any) -> bool:
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(DEEPEST):
        level = [
            item
            for holder in level
            for item in (holder.values() if type(holder) is dict else holder)
            if type(item) is dict or type(item) is list
        ]
        if not level:
            return True
    return False


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("the number is too large")
    return number


def _reasonable(text: str) -> int:
    if len(text) > _LONGEST_INTEGER + 1:
        raise ValueError("the number is too long")
    return int(text)

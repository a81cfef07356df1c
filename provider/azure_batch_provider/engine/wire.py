"""Pulumi's encoding of property values in protobuf structs, to `Inputs`, and back.

Knows the signatures of the wire format and nothing of what the values mean.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import chain
from sys import intern
from typing import Any, Final, NamedTuple

from google.protobuf import struct_pb2

from azure_batch_provider.values.identical import identical
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.paths import Path, below, tree
from azure_batch_provider.values.unknown import UNKNOWN

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXTS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string, and any value that is not known yet
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
_MARKS: Final = tuple(text.encode() for text in (SIGNATURE, *UNKNOWN_TEXTS))
_UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_LONGEST_INTEGER: Final = 2.0**63
_MANY: Final = 500
"""Entries of a map that the engine has in each of its calls about a resource: from here on they are decoded once."""
_KEPT: Final = 2
"""Such fields that are kept: what was before and what is to be."""


class _Field(NamedTuple):
    """One top-level property of a message.

    Attributes:
        message: as it came.
        value: decoded.
        secret_paths: of secrets in it, from the top.
        exact: whether the value would be encoded to the same message again.
    """

    message: struct_pb2.Value
    value: Any
    secret_paths: Set[Path]
    exact: bool


_lately: Final[dict[tuple[str, bytes], _Field]] = {}
"""Fields of many entries that were decoded last, by name and what they say. Their values are shared between calls:
nobody changes them."""
_keeping: Final = threading.Lock()


@dataclass(frozen=True, repr=False)
class Received(Inputs):
    """Inputs as they came, with the messages of their fields."""

    fields: Mapping[str, _Field] = field(default_factory=dict)


def decode(struct: struct_pb2.Struct | None, *others: Received) -> Received:
    """The values of a struct. Whole numbers become `int`, and what is not known yet `UNKNOWN`.

    A field that one of the `others` has just so is not decoded again: its value is the same object.
    """
    messages = {} if struct is None else struct.fields
    marked = struct is not None and _is_marked(struct)
    fields = {
        name: _known(name, message, others) or _field(name, message, marked) for name, message in messages.items()
    }
    secret_paths = frozenset(chain.from_iterable(one.secret_paths for one in fields.values()))
    return Received({name: one.value for name, one in fields.items()}, secret_paths, fields)


class Fields(Mapping[str, Any]):
    """The values of a struct, each of which is decoded when somebody asks for it."""

    def __init__(self, struct: struct_pb2.Struct) -> None:
        self._messages = struct.fields
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            if name not in self._messages:  # which a look for it would change
                raise KeyError(name)
            self._values[name] = _field(name, self._messages[name]).value
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._messages)

    def __len__(self) -> int:
        return len(self._messages)


def _known(name: str, message: struct_pb2.Value, others: Iterable[Received]) -> _Field | None:
    found = (one.fields[name] for one in others if name in one.fields)
    return next((one for one in found if one.message == message), None)


def _is_marked(struct: struct_pb2.Struct) -> bool:
    """Whether anything in a message may be marked or unknown: most have nothing that is."""
    data = struct.SerializeToString()
    return any(mark in data for mark in _MARKS)


def _field(name: str, message: struct_pb2.Value, marked: bool = True) -> _Field:
    # A field that is not there shows none, and does not come into being by a look.
    if len(message.struct_value.fields) < _MANY:
        return _decoded(name, message, marked)
    digest = hashlib.sha256(message.SerializeToString(deterministic=True)).digest()
    before = _lately.get((name, digest))
    found = _decoded(name, message, marked) if before is None else before._replace(message=message)
    with _keeping:
        # Without the message, which is larger than all that it says.
        _lately[name, digest] = found._replace(message=struct_pb2.Value())
        if len(_lately) > _KEPT:
            del _lately[next(iter(_lately))]
    return found


def forget() -> None:
    """Let go of what is kept from one call to the next."""
    with _keeping:
        _lately.clear()


def _decoded(name: str, message: struct_pb2.Value, marked: bool) -> _Field:
    if not marked:
        return _Field(message, _plain(message), frozenset(), exact=True)
    notes = _Notes()
    value = _decode(message, (name,), notes)
    return _Field(message, value, notes.secret_paths, notes.exact)


class _Notes:
    """What decoding a field finds out beside its value."""

    def __init__(self) -> None:
        self.secret_paths: set[Path] = set()
        self.exact = True
        self.within_secret = False


def _plain(value: struct_pb2.Value) -> Any:
    """The value of a message without marks."""
    text = value.string_value
    if text:
        return text
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        # Interned, since thousands of objects have the same names.
        return {intern(name): _plain(item) for name, item in value.struct_value.fields.items()}
    if kind == "list_value":
        return [_plain(item) for item in value.list_value.values]
    if kind == "number_value":
        return _number(value.number_value)
    if kind == "bool_value":
        return value.bool_value
    return text if kind == "string_value" else None


def _number(number: float) -> int | float:
    return int(number) if number.is_integer() and abs(number) < _LONGEST_INTEGER else number


def _decode(value: struct_pb2.Value, path: Path, notes: _Notes) -> Any:
    if value.string_value in UNKNOWN_TEXTS:
        notes.exact = notes.exact and value.string_value == _UNKNOWN_TEXT
        return UNKNOWN
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields and fields[SIGNATURE].string_value in (SECRET, OUTPUT):
            return _decode_marked(fields, path, notes)
        return {intern(name): _decode(item, (*path, name), notes) for name, item in fields.items()}
    if kind == "list_value":
        return [_decode(item, (*path, index), notes) for index, item in enumerate(value.list_value.values)]
    return _plain(value)


def _decode_marked(fields: Any, path: Path, notes: _Notes) -> Any:
    is_secret = fields[SIGNATURE].string_value == SECRET
    if is_secret or ("secret" in fields and fields["secret"].bool_value):
        notes.secret_paths.add(path)
    around, notes.within_secret = notes.within_secret, True
    found = _decode(fields["value"], path, notes) if "value" in fields else UNKNOWN
    notes.within_secret = around
    notes.exact = notes.exact and is_secret and not around and "value" in fields and found is not None
    return found


def encode(inputs: Inputs, *received: Received, into: struct_pb2.Struct | None = None) -> struct_pb2.Struct:
    """The struct of values, with Pulumi's mark around each secret. What is as it was in one of `received` is copied.

    Args:
        into: an empty struct that becomes it: one that is put into an answer afterwards is copied as a whole.
    """
    struct = struct_pb2.Struct() if into is None else into
    struct.SetInParent()
    marks = tree(inputs.secret_paths)
    for name, value in inputs.values.items():
        message = _as_it_came(name, value, below(marks, name), received) if isinstance(value, (dict, list)) else None
        if message is None:
            _encode(value, below(marks, name), struct.fields[name])
        else:
            struct.fields[name].CopyFrom(message)
    return struct


def _as_it_came(name: str, value: Any, marks: Any, received: Iterable[Received]) -> struct_pb2.Value | None:
    for one in (one.fields[name] for one in received if name in one.fields):
        alike = one.exact and (value is one.value or identical(value, one.value))
        if alike and marks == below(tree(one.secret_paths), name):
            return one.message
    return None


def in_utf8(text: str) -> str:
    """A text as a message can carry it: half of a character (a lone surrogate) becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _encode(value: Any, marks: Any, into: struct_pb2.Value) -> None:
    if marks is True and value is not None:
        into.struct_value.fields[SIGNATURE].string_value = SECRET
        _encode(value, {}, into.struct_value.fields["value"])
    elif value is UNKNOWN:
        into.string_value = _UNKNOWN_TEXT
    elif isinstance(value, bool):
        into.bool_value = value
    elif isinstance(value, (int, float)):
        into.number_value = value
    elif isinstance(value, str):
        into.string_value = in_utf8(value)
    elif isinstance(value, Mapping):
        into.struct_value.SetInParent()
        for name, item in value.items():
            _encode(item, below(marks, name), into.struct_value.fields[name])
    elif isinstance(value, (list, tuple)):
        into.list_value.SetInParent()
        for index, item in enumerate(value):
            _encode(item, below(marks, index), into.list_value.values.add())
    else:
        into.null_value = struct_pb2.NULL_VALUE

"""Pulumi's encoding of property values in protobuf structs, to `Inputs`, and back.

Knows the signatures of the wire format and nothing of what the values mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf import struct_pb2

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
_UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_LONGEST_INTEGER: Final = 2.0**63


def decode(struct: struct_pb2.Struct | None) -> Inputs:
    """The values of a struct. Whole numbers become `int`, and what is not known yet `UNKNOWN`."""
    secret_paths: set[Path] = set()
    fields = {} if struct is None else struct.fields
    return Inputs(
        {name: _decode(value, (name,), secret_paths) for name, value in fields.items()}, frozenset(secret_paths)
    )


def _decode(value: struct_pb2.Value, path: Path, secret_paths: set[Path]) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWN_TEXTS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() and abs(number) < _LONGEST_INTEGER else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decode(item, (*path, index), secret_paths) for index, item in enumerate(value.list_value.values)]
    if kind == "struct_value":
        fields = value.struct_value.fields
        signature = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
        if signature in (SECRET, OUTPUT):
            if signature == SECRET or ("secret" in fields and fields["secret"].bool_value):
                secret_paths.add(path)
            return _decode(fields["value"], path, secret_paths) if "value" in fields else UNKNOWN
        return {name: _decode(item, (*path, name), secret_paths) for name, item in fields.items()}
    return None


def encode(inputs: Inputs) -> struct_pb2.Struct:
    """The struct of values, with Pulumi's mark around each secret."""
    struct = struct_pb2.Struct()
    marks = tree(inputs.secret_paths)
    for name, value in inputs.values.items():
        _encode(value, below(marks, name), struct.fields[name])
    return struct


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

"""The forms in which Pulumi passes assets and archives: an object with a signature, and where the content is.

An asset is a file, a text or a URI; an archive is a file, a folder, a URI, or names with assets and archives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from azure_batch_provider.values.unknown import UNKNOWN

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
_OUTSIDE: Final = re.compile(r"(^|/)\.\.(/|$)|^/|\\|^[A-Za-z]:|\0")


class Unusable(ValueError):
    """It cannot become a package; the text goes on from the name of the property."""


class NotKnown(Unusable):
    """A part of it is not known yet."""


@dataclass(frozen=True)
class Source:
    """An asset or an archive.

    Attributes:
        place: what `where` is; `text` of assets and `assets` of archives only.
        where: a path or a URI; of a text, the text.
        assets: what an archive is put together of, by name.
    """

    kind: Literal["asset", "archive"]
    place: Literal["path", "uri", "text", "assets"]
    where: str = ""
    assets: Mapping[str, Source] = field(default_factory=dict)


def is_source(value: Any) -> bool:
    """Whether a value is an asset or an archive of Pulumi's."""
    return isinstance(value, Mapping) and value.get(SIGNATURE) in (ASSET, ARCHIVE)


def read(value: Any) -> Source:
    """What a value says.

    Raises:
        NotKnown: a preview does not know it yet.
        Unusable: it is neither an asset nor an archive, or says nothing.
    """
    if value is UNKNOWN or (isinstance(value, Mapping) and UNKNOWN in value.values()):
        raise NotKnown("is not known yet")
    if not is_source(value):
        raise Unusable("must be an asset or an archive, such as `fn::fileArchive: ./folder`")
    kind: Literal["asset", "archive"] = "asset" if value[SIGNATURE] == ASSET else "archive"
    for place in ("path", "uri"):
        found = value.get(place)
        if isinstance(found, str) and found:
            return Source(kind, place, found)
    if kind == "asset" and isinstance(value.get("text"), str):
        return Source(kind, "text", value["text"])
    if kind == "archive" and isinstance(value.get("assets"), Mapping):
        return Source(kind, "assets", assets={_name(name): read(item) for name, item in value["assets"].items()})
    raise Unusable("is an asset or an archive without content")


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name.strip("/") or _OUTSIDE.search(name):
        raise Unusable("has a name in its archive that leads out of it, or is empty")
    return name


def leads_out(name: str) -> bool:
    """Whether a name in an archive is not one of a file below it."""
    return _OUTSIDE.search(name) is not None

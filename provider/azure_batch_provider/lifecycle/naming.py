"""Automatic ids: the same for the same declaration in every operation, on every machine, by every run."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from azure_batch_provider.lifecycle import refusals
from azure_batch_provider.lifecycle.context import Naming

LONGEST: Final = 64
_DIGITS: Final = 8
_AUTOMATIC: Final = re.compile(rf"[A-Za-z0-9_-]+-[0-9a-f]{{{_DIGITS}}}")


def auto_name(name: str, urn: str, declared: Mapping[str, Any] | None = None) -> str:
    """Resource name, `-`, and 8 hex digits over the URN and the declaration.

    A random suffix would differ between preview and up, and after a lost reply; this one finds again what it made.
    `declared` is a normal form without secrets, so that a rotated secret or another spelling is not another name.
    """
    text = json.dumps([urn, declared or {}], sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
    return f"{re.sub(r'[^A-Za-z0-9_-]', '-', name)[: LONGEST - _DIGITS - 1]}-{digest}"


def resolve_name(naming: Naming | None, old: str | None, chosen: str, what: str) -> str:
    """What the engine's autonaming setting makes of a name that we would choose.

    An entity keeps an automatic name (`old`): a resource that is renamed with an alias has another URN, and a proposed
    name has random parts that are new in each operation.

    Raises:
        Refused: automatic names are disabled and the program gives none.
    """
    if naming is None:
        return old if old is not None and _AUTOMATIC.fullmatch(old) else chosen
    if naming.mode == "disable":
        raise refusals.NAME_MISSING(property=what)
    return old or naming.proposed or chosen

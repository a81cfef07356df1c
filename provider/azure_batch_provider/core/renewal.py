"""When a SAS on the server should be replaced by the one that the program minted since."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import unquote

from azure_batch_provider.core.equality import Difference, pairs
from azure_batch_provider.core.paths import Path
from azure_batch_provider.models.base import Model, Shape
from azure_batch_provider.models.instants import parse_instant

_EXPIRY: Final = re.compile(r"[?&]se=([^&\s\"']+)")


def expiring(
    model: type[Model], old: Mapping[str, Any], new: Mapping[str, Any], seconds: float
) -> Iterator[Difference]:
    """Yield each text whose SAS expires within `seconds` on the old side, and later on the new side."""
    limit = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    for name, prop in model.properties().items():
        yield from _expiring(prop.shape, (name,), old.get(name), new.get(name), limit)


def _expiring(shape: Shape, path: Path, old: Any, new: Any, limit: datetime) -> Iterator[Difference]:
    if isinstance(old, str) and isinstance(new, str):
        ends, next_end = expiry(old), expiry(new)
        if ends is not None and next_end is not None and ends < limit and ends < next_end:
            yield Difference(path, "update", old, new)
    elif isinstance(old, Mapping) and isinstance(new, Mapping) and shape.model is not None:
        for name, prop in shape.model.properties().items():
            yield from _expiring(prop.shape, (*path, name), old.get(name), new.get(name), limit)
    elif isinstance(old, list) and isinstance(new, list) and shape.item is not None:
        for before, after in pairs(None, shape.item, old, new):
            if before is not None and after is not None:
                yield from _expiring(shape.item, (*path, after), old[before], new[after], limit)


def expiry(text: str) -> datetime | None:
    """When the (first to expire) SAS in a text ends; None when there is none with a readable end."""
    found = [moment for moment in (parse_instant(unquote(end)) for end in _EXPIRY.findall(text)) if moment is not None]
    return min(found) if found and "sig=" in text else None

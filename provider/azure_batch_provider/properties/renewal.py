"""When a SAS on the server should be replaced by the one that the program minted since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from azure_batch_provider.models.attribute import ANY, FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.walk import paired
from azure_batch_provider.properties.compare import Difference, equal, pairs
from azure_batch_provider.values.paths import Path
from azure_batch_provider.values.signatures import expiry, signatures


def renewable(
    model: type[Model], old: Mapping[str, Any], new: Mapping[str, Any], seconds: float
) -> Iterator[Difference]:
    """Yield each text that differs only in what rotates, and whose old SAS will not do any longer: it expires within
    `seconds`, and later on the new side; or nothing but the signature differs, which is then made with another key."""
    limit = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    yield from _renewable(None, FieldType("object", model=model), (), old, new, limit)


def _renewable(
    prop: Property | None, field_type: FieldType, path: Path, old: Any, new: Any, limit: datetime
) -> Iterator[Difference]:
    if old == new:
        return
    if isinstance(old, str) and isinstance(new, str):
        if equal(prop, field_type, old, new) and (_expires(old, new, limit) or _signed_by_another(old, new)):
            yield Difference(path, "update", old, new)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for inner, inner_type, name, before, after in paired(field_type, old, new):
            yield from _renewable(inner, inner_type, (*path, name), before, after, limit)
    elif isinstance(old, list) and isinstance(new, list):
        item = field_type.item or ANY
        for i, j in pairs(prop, item, old, new):
            if i is not None and j is not None:
                yield from _renewable(None, item, (*path, j), old[i], new[j], limit)


def _expires(old: str, new: str, limit: datetime) -> bool:
    ends, next_end = expiry(old), expiry(new)
    return ends is not None and next_end is not None and ends < limit and ends < next_end


def _signed_by_another(old: str, new: str) -> bool:
    """Whether a SAS says the same on both sides and is signed otherwise: its key was regenerated, and the old one is
    dead."""
    for before, after in zip(signatures(old), signatures(new), strict=False):
        said = [{**sas.parameters, "sig": ""} for sas in (before, after)]
        if said[0] == said[1] and before.signature != after.signature:
            return True
    return False

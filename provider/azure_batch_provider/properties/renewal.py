"""When a SAS on the server should be replaced by the one that the program minted since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from azure_batch_provider.models.attribute import FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.properties.compare import Difference, equal, pairs
from azure_batch_provider.values.paths import Path
from azure_batch_provider.values.signatures import expiry, signatures


def renewable(
    model: type[Model], old: Mapping[str, Any], new: Mapping[str, Any], seconds: float
) -> Iterator[Difference]:
    """Yield each text that differs only in what rotates, and whose old SAS will not do any longer: it expires within
    `seconds`, and later on the new side; or nothing but the signature differs, which is then made with another key."""
    limit = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    for name, prop in model.properties().items():
        yield from _renewable(prop, prop.type, (name,), old.get(name), new.get(name), limit)


def _renewable(
    prop: Property | None, field_type: FieldType, path: Path, old: Any, new: Any, limit: datetime
) -> Iterator[Difference]:
    if isinstance(old, str) and isinstance(new, str):
        if (
            old != new
            and equal(prop, field_type, old, new)
            and (_expires(old, new, limit) or _signed_by_another(old, new))
        ):
            yield Difference(path, "update", old, new)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        properties = field_type.model.properties() if field_type.model is not None else {}
        for name, value in new.items():
            inner = properties.get(name)
            kind = inner.type if inner is not None else field_type.item or FieldType("any")
            yield from _renewable(inner, kind, (*path, name), old.get(name), value, limit)
    elif isinstance(old, list) and isinstance(new, list):
        item = field_type.item or FieldType("any")
        for before, after in pairs(prop, item, old, new):
            if before is not None and after is not None:
                yield from _renewable(None, item, (*path, after), old[before], new[after], limit)


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

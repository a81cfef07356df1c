"""When two values mean the same to the service: the one place that decides it, for Diff, Read and adoption alike.

Durations are equal by value and the maximum means "no limit"; what the service fills in equals leaving it out; `[]`
equals absent except where the API tells them apart; ids, enums and application ids ignore case; lists whose order
means nothing are compared as sets; a SAS that was minted again is the same SAS. Everything else is compared as it
stands: 0, -1, "" and false are values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from azure_batch_provider.models.attribute import ABSENT, FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.walk import converted, paired
from azure_batch_provider.values.identical import identical
from azure_batch_provider.values.mappings import MAPPING
from azure_batch_provider.values.paths import Path
from azure_batch_provider.values.unknown import UNKNOWN


@dataclass(frozen=True)
class Difference:
    """One place where two objects differ.

    Attributes:
        path: where; the new side's index for list items that both have.
        kind: `add` (only the new side has it), `delete` (only the old), `update`.
        old, new: the values, `None` where absent.
    """

    path: Path
    kind: Literal["add", "delete", "update"]
    old: Any
    new: Any


def same(model: type[Model], old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether two objects mean the same."""
    return next(differences(model, old, new), None) is None


def differences(model: type[Model], old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield every place where `new` differs from `old`, deepest paths first named, in the model's order."""
    for prop, field_type, name, before, after in paired(FieldType("object", model=model), old, new):
        yield from _compare(prop, field_type, (name,), before, after)


def _compare(prop: Property | None, field_type: FieldType, path: Path, old: Any, new: Any) -> Iterator[Difference]:
    if identical(old, new):
        return
    parts = field_type.kind in ("object", "map") and isinstance(old, MAPPING) and isinstance(new, MAPPING)
    # Two objects differ just where their parts do, unless both say what the whole is anyway: only then, and for what
    # has no parts, is a normal form needed. Otherwise every level would make those of all that is below it.
    if (not parts or _has_default(prop)) and equal(prop, field_type, old, new):
        return
    if old is None or new is None or new is UNKNOWN or old is UNKNOWN:
        kind: Literal["add", "delete", "update"] = "add" if old is None else "delete" if new is None else "update"
        yield Difference(path, kind, old, new)
    elif parts:
        for inner, inner_type, name, before, after in paired(field_type, old, new):
            yield from _compare(inner, inner_type, (*path, name), before, after)
    elif field_type.kind == "list" and field_type.item and isinstance(old, list) and isinstance(new, list):
        yield from _compare_lists(prop, field_type.item, path, old, new)
    else:
        yield Difference(path, "update", old, new)


def _has_default(prop: Property | None) -> bool:
    return prop is not None and prop.traits.default is not ABSENT


def _compare_lists(
    prop: Property | None, item: FieldType, path: Path, old: list[Any], new: list[Any]
) -> Iterator[Difference]:
    if not old or not new:
        # Here one of them is empty and that means something of its own (or is the other side of all that is there).
        matters = prop is not None and prop.traits.empty_is_distinct
        yield Difference(path, "update" if matters else "add" if new else "delete", old, new)
        return
    places = pairs(prop, item, old, new)
    gone = {before for before, after in places if before is not None and after is None}
    for before, after in places:
        if before is None and after is not None:
            # What stands where another item went is named once, as the change of that place.
            there = after in gone
            gone.discard(after)
            yield Difference((*path, after), "update" if there else "add", old[after] if there else None, new[after])
        elif after is None and before is not None:
            if before in gone:
                yield Difference((*path, before), "delete", old[before], None)
        elif before is not None and after is not None:
            found = _compare(None, item, (*path, after), old[before], new[after])
            if before == after:
                yield from found
            elif next(found, None) is not None:
                # The engine looks up one index on both sides; with two it would show what does not belong together.
                yield Difference(path, "update", old, new)
                return


def pairs(
    prop: Property | None, item: FieldType, old: list[Any], new: list[Any]
) -> list[tuple[int | None, int | None]]:
    """Which item of the old list is which of the new: by key, by equality where order means nothing, else by index.

    Returns (old index, new index) pairs, new ones in order, then what only the old list has.
    """
    if prop is None or not prop.traits.unordered:
        return [(i if i < len(old) else None, i if i < len(new) else None) for i in range(max(len(old), len(new)))]
    free: dict[str, list[int]] = {}
    for index, value in enumerate(old):
        free.setdefault(_mark(prop, item, value), []).append(index)
    found: list[tuple[int | None, int | None]] = []
    for index, value in enumerate(new):
        candidates = free.get(_mark(prop, item, value))
        found.append((candidates.pop(0) if candidates else None, index))
    return found + [(index, None) for rest in free.values() for index in rest]


def _mark(prop: Property, item: FieldType, value: Any) -> str:
    key = prop.traits.key
    if key is not None and item.model is not None and isinstance(value, MAPPING):
        inner = item.model.properties()[key]
        return _text(_normal_of(inner, inner.type, value.get(key)))
    return _text(_normal_of(None, item, value))


def normal(model: type[Model], value: Mapping[str, Any]) -> dict[str, Any]:
    """The normal form of an object: objects that mean the same have equal ones, and what the service would fill in
    anyway is not in it, so it stays what it is when a later version knows more fields."""
    return {
        name: item
        for name, prop in model.properties().items()
        if (item := _normal_of(prop, prop.type, value.get(name))) is not ABSENT
    }


def equal(prop: Property | None, field_type: FieldType, old: Any, new: Any) -> bool:
    """Whether two values of one property mean the same."""
    return bool(_normal_of(prop, field_type, old) == _normal_of(prop, field_type, new))


def is_default(prop: Property, value: Any) -> bool:
    """Whether giving this value says no more than leaving the property out."""
    return _normal_of(prop, prop.type, value) is ABSENT


def _normal_of(prop: Property | None, field_type: FieldType, value: Any) -> Any:
    if value is None:
        return ABSENT
    found = _normal(prop, field_type, value)
    if prop is None:
        return found
    if found in ([], {}) and not prop.traits.empty_is_distinct:
        return ABSENT
    return ABSENT if found == _default(prop) else found


@cache
def _default(prop: Property) -> Any:
    """The normal form of what the service fills in, `ABSENT` where that is nothing."""
    default = prop.traits.default
    return ABSENT if default is None or default is ABSENT else _normal(prop, prop.type, default)


def _normal(prop: Property | None, field_type: FieldType, value: Any) -> Any:
    found = converted(field_type, value, normal, _normal_scalar)
    unordered = prop is not None and prop.traits.unordered and isinstance(found, list)
    return sorted(found, key=_text) if unordered else found


def _normal_scalar(field_type: FieldType, value: Any) -> Any:
    if value is UNKNOWN:
        return object()  # equal to nothing, itself included
    return field_type.scalar.normal(value) if field_type.scalar is not None else value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)

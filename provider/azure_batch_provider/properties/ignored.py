"""What `ignoreChanges` makes of lists: the engine goes by position, where what is meant is an item.

Before it asks for anything, the engine puts the old value of each ignored place into the new inputs. Where a place is
inside a list (`environmentSettings[*].value`), the old and the new item of one position are taken for the same. When an
item was removed or added in front of it, one item gets a value of another. The provider sees only the outcome, so this
module finds where that may have happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, Final

from azure_batch_provider.models.attribute import ANY, FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.walk import paired
from azure_batch_provider.properties.compare import equal
from azure_batch_provider.properties.secrets import has_unknown
from azure_batch_provider.values.paths import Path, steps
from azure_batch_provider.values.unknown import UNKNOWN

_ALL: Final = "*"


def mixed(model: type[Model], old: Mapping[str, Any], new: Mapping[str, Any], ignored: Sequence[str]) -> list[Path]:
    """The lists in which an ignored place may hold what belongs to another item.

    `new` is what the engine has made of the program, with the old values at the `ignored` paths. Items that were only
    added behind the others are no reason, nor is anything that is not known yet.
    """
    return list(_mixed(None, FieldType("object", model=model), old, new, [steps(text) for text in ignored], ()))


def _mixed(
    prop: Property | None, field_type: FieldType, old: Any, new: Any, ignored: Sequence[Path], above: Path
) -> Iterator[Path]:
    """`ignored` is what is left of the ignored paths that lead here, below `above`."""
    if isinstance(old, list) and isinstance(new, list):
        item = field_type.item or ANY
        # What only one of the lists has is left as it is.
        parts = {index: _below(ignored, index) for index in range(min(len(old), len(new)))}
        longer = len(old) != len(new)
        if any(_displaced(prop, item, old, new, index, paths, longer) for index, paths in parts.items() if paths):
            yield above
        else:
            for index, paths in parts.items():
                yield from _mixed(None, item, old[index], new[index], paths, (*above, index))
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for inner, inner_type, name, before, after in paired(field_type, old, new):
            paths = _below(ignored, name)
            if paths:
                yield from _mixed(inner, inner_type, before, after, paths, (*above, name))


def _below(ignored: Sequence[Path], step: int | str) -> list[Path]:
    """What is left of the paths that lead through a step."""
    return [path[1:] for path in ignored if path and path[0] in (step, _ALL)]


def _displaced(
    prop: Property | None,
    item: FieldType,
    old: list[Any],
    new: list[Any],
    index: int,
    parts: Sequence[Path],
    longer: bool,
) -> bool:
    """Whether a position of which `parts` are ignored may hold another item than before."""
    key = prop.traits.key if prop is not None else None
    was, now = old[index], new[index]
    if any(part in ((), (_ALL,), (key,)) for part in parts):
        # What an item is known by is ignored as well: nothing shows which item of the program was there.
        return longer or not (
            has_unknown(now)
            or (equal(None, item, was, now) and _count(item, key, new, now) <= _count(item, key, old, now))
        )
    if key is not None:
        return not (_key(now, key) is UNKNOWN or _is_known_as(item, key, was, now))
    ignored = {part[0] for part in parts}
    left, right = _without(was, ignored), _without(now, ignored)
    if longer and not left and not right:
        return True
    # A list whose order means something is known by its positions, as long as no item came or went.
    told_by_position = not longer and not (prop is not None and prop.traits.unordered)
    return not (told_by_position or has_unknown(right) or equal(None, item, left, right))


def _count(item: FieldType, key: str | None, among: list[Any], value: Any) -> int:
    return sum(_is_known_as(item, key, value, other) for other in among)


def _is_known_as(item: FieldType, key: str | None, one: Any, other: Any) -> bool:
    """Whether two items of a list stand for the same, whatever else they say."""
    if key is None or item.model is None:
        return equal(None, item, one, other)
    named = item.model.properties()[key]
    return equal(named, named.type, _key(one, key), _key(other, key))


def _key(item: Any, key: str) -> Any:
    return item.get(key) if isinstance(item, Mapping) else item


def _without(value: Any, names: Set[int | str]) -> Any:
    return {name: item for name, item in value.items() if name not in names} if isinstance(value, Mapping) else value

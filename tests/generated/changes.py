"""Changes of one place in a valid body, each to something that means something else, and the place a plan must name.

What a value means is decided here anew, by the traits alone, so that equality does not vouch for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from azure_batch_provider.models.attribute import ABSENT, FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.values.paths import Path, at
from batch_emulator.protocol.durations import parse_duration
from tests.generated.bodies import identity
from tests.generated.limits import limits
from tests.generated.paths import ENTRY, known, put, without
from tests.generated.samples import pair

NO_LIMIT: Final = parse_duration("P10675199DT2H48M5S")


@dataclass(frozen=True)
class Change:
    """A body with one change.

    Attributes:
        path: the place that a plan must name.
        owner, prop: the property that was changed; of a list's item the list.
        parents: the properties around it.
    """

    body: dict[str, Any]
    path: Path
    kind: Literal["add", "delete", "update"]
    prop: Property
    parents: tuple[Property, ...]

    @property
    def hidden(self) -> bool:
        """Whether the service never shows the place."""
        return any(prop.traits.write_only or prop.traits.dropped for prop in (*self.parents, self.prop))

    @property
    def reordered(self) -> bool:
        """Whether a list has another item now, rather than an item another content: then Read shows the server's last,
        and two places differ."""
        return isinstance(self.path[-1], int)

    @property
    def computed(self) -> bool:
        """Whether the service may have something of its own at the place."""
        around = any(
            prop.traits.computed or prop.traits.fixed or not prop.traits.in_body for prop in (*self.parents, self.prop)
        )
        return around or _all_filled(self.prop.type, at(self.body, self.path))


def _all_filled(field_type: FieldType, value: Any) -> bool:
    if field_type.model is None or not isinstance(value, Mapping) or not value:
        return False
    inner = field_type.model.properties()
    return all(inner[name].traits.computed or _all_filled(inner[name].type, item) for name, item in value.items())


def meaning(prop: Property, value: Any) -> Any:
    """What a value says, `ABSENT` if no more than leaving it out."""
    found = told(prop.type, value)
    if found is ABSENT or (found in ([], {}) and not prop.traits.empty_is_distinct):
        return ABSENT
    default = prop.traits.default
    return ABSENT if default is not ABSENT and found == told(prop.type, default) else found


def told(field_type: FieldType, value: Any) -> Any:
    """What a value of a type says, defaults and empty parts left out."""
    if value is None:
        return ABSENT
    if field_type.model is not None:
        found = {name: meaning(prop, value.get(name)) for name, prop in field_type.model.properties().items()}
        return {name: item for name, item in found.items() if item is not ABSENT}
    if field_type.kind == "list" and field_type.item is not None:
        return [told(field_type.item, item) for item in value]
    if field_type.kind == "map" and field_type.item is not None and field_type.item.model is not None:
        return {name: told(field_type.item, item) for name, item in value.items() if item is not None}
    if field_type.kind == "duration":
        return min(parse_duration(value), NO_LIMIT)
    return value.casefold() if field_type.enum is not None else value


def changes(model: type[Model], version: str, body: Mapping[str, Any]) -> list[Change]:
    """Every change of one place that there is for a body; ids of entities are not among the places."""
    whole = dict(body)
    ids = ("jobId", "jobScheduleId", "taskId", "poolId")
    field_type = FieldType("object", model=model)
    said = told(field_type, whole)
    found = _of_object(model, version, whole, whole, (), None, ())
    # What is removed may have said something, and what is left may still say the same: `{autoUser: {}}` and `{}`.
    return [change for change in found if change.path[0] not in ids and told(field_type, change.body) != said]


def _of_object(
    model: type[Model],
    version: str,
    whole: dict[str, Any],
    value: Mapping[str, Any],
    above: Path,
    item: Path | None,
    parents: tuple[Property, ...],
) -> Iterator[Change]:
    """`item` is the list item that stands for all that is in it, since it has no identity but its content."""
    for name, prop in known(model, version).items():
        path, old = (*above, name), value.get(name)
        if old is None:
            new = pair(model, name, prop, version)[0]
            if meaning(prop, new) is not ABSENT:
                yield from _of_field(put(whole, path, new), path, "add", prop, item, parents)
            continue
        if not prop.required and meaning(prop, old) is not ABSENT:
            yield from _of_field(without(whole, path), path, "delete", prop, item, parents)
        yield from _within(model, version, whole, prop, path, old, item, parents)


def _within(
    model: type[Model],
    version: str,
    whole: dict[str, Any],
    prop: Property,
    path: Path,
    old: Any,
    item: Path | None,
    parents: tuple[Property, ...],
) -> Iterator[Change]:
    if prop.type.model is not None:
        yield from _of_object(prop.type.model, version, whole, old, path, item, (*parents, prop))
    elif prop.type.kind == "map" and prop.type.item is not None and prop.type.item.model is not None:
        yield from _of_map(model, version, whole, prop, prop.type.item.model, path, old, item, parents)
    elif prop.type.kind == "list" and prop.type.item is not None:
        yield from _of_list(model, version, whole, prop, path, old, item, parents)
    elif prop.type.kind not in ("map", "any"):
        new = another(prop.type, old, limits(model, str(path[-1])).max_length)
        if new is not ABSENT:
            yield from _of_field(put(whole, path, new), path, "update", prop, item, parents)


def _of_field(
    changed: dict[str, Any],
    path: Path,
    kind: Literal["add", "delete", "update"],
    prop: Property,
    item: Path | None,
    parents: tuple[Property, ...],
) -> Iterator[Change]:
    """A key tells which item of a list it is: with another one it is another item, if there is no such item yet."""
    if item is not None:
        yield Change(changed, item, "update", prop, parents)
    elif not (parents and parents[-1].traits.key == path[-1] and isinstance(path[-2], int)):
        yield Change(changed, path, kind, prop, parents)
    else:
        items = at(changed, path[:-2])
        if len({identity(parents[-1], one) for one in items}) == len(items):
            yield Change(changed, path[:-1], "update", prop, parents)


def _of_map(
    model: type[Model],
    version: str,
    whole: dict[str, Any],
    prop: Property,
    entry: type[Model],
    path: Path,
    old: Mapping[str, Any],
    item: Path | None,
    parents: tuple[Property, ...],
) -> Iterator[Change]:
    if old and ENTRY not in old:
        added = pair(model, str(path[-1]), prop, version)[0][ENTRY]
        yield Change(put(whole, (*path, ENTRY), added), (*path, ENTRY), "add", prop, parents)
    for name, value in old.items():
        place = (*path, name)
        if len(old) > 1:
            yield Change(without(whole, place), place, "delete", prop, parents)
        yield from _of_object(entry, version, whole, value, place, item, (*parents, prop))


def _of_list(
    model: type[Model],
    version: str,
    whole: dict[str, Any],
    prop: Property,
    path: Path,
    old: list[Any],
    item: Path | None,
    parents: tuple[Property, ...],
) -> Iterator[Change]:
    field_type = prop.type.item
    assert field_type is not None
    added = pair(model, str(path[-1]), prop, version)[0][0]
    taken = {identity(prop, value) for value in old}
    if old and identity(prop, added) not in taken:
        kind: Literal["add", "update"] = "update" if item else "add"
        yield Change(put(whole, (*path, len(old)), added), item or (*path, len(old)), kind, prop, parents)
    if len(old) > 1:
        last = (*path, len(old) - 1)
        yield Change(without(whole, last), item or last, "update" if item else "delete", prop, parents)
    for index, value in enumerate(old):
        place = (*path, index)
        if field_type.model is not None:
            itself = place if prop.traits.unordered and prop.traits.key is None else None
            yield from _of_object(field_type.model, version, whole, value, place, item or itself, (*parents, prop))
        else:
            new = another(field_type, value, None)
            if new is not ABSENT and identity(prop, new) not in taken:
                yield Change(put(whole, place, new), item or place, "update", prop, parents)


def another(field_type: FieldType, old: Any, longest: int | None) -> Any:
    """A value of the same form that means something else; `ABSENT` if there is none."""
    if field_type.enum is not None:
        values = [str(member.value) for member in field_type.enum if str(member.value).casefold() != old.casefold()]
        return values[0] if values else ABSENT
    if field_type.kind == "any":
        return {"other": old}
    if field_type.kind == "boolean":
        return not old
    if field_type.kind == "integer":
        return old - 1 if old > 0 else old + 1
    if field_type.kind == "duration":
        return "PT6M1S" if parse_duration(old) != parse_duration("PT6M1S") else "PT7M1S"
    if field_type.kind == "url":
        return old.replace("://", "://other.", 1)
    if old.startswith("$"):
        # A formula stays one.
        return f"{old} $NodeDeallocationOption = requeue;"
    if longest is not None and len(old) >= longest:
        return ("y" if old[:1] in "xX" else "x") + old[1:]
    # An ARM id stays one.
    behind = field_type.kind in ("id", "application") or old.casefold().startswith("/subscriptions/")
    return old + "x" if behind else "x" + old

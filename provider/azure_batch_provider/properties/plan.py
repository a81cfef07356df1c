"""From differences to a plan, and to sentences: which change needs a new entity, and how to name one safely."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from azure_batch_provider.models.attribute import FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.walk import holders, locate
from azure_batch_provider.properties.compare import Difference, is_default
from azure_batch_provider.properties.secrets import has_unknown
from azure_batch_provider.values.paths import Path, spell, steps
from azure_batch_provider.values.signatures import bears_secret
from azure_batch_provider.values.unknown import UNKNOWN

_LONGEST: Final = 200
"""Characters of a text that a sentence shows."""
_WORD: Final = re.compile(r"[\w.:/+-]+")


@dataclass(frozen=True)
class Change:
    """One entry of a plan: where, how, and whether it takes a new entity."""

    path: Path
    kind: Literal["add", "delete", "update"]
    replace: bool


def changes(found: Iterable[Difference], replaces: Callable[[Difference], bool]) -> list[Change]:
    """The entries of a plan for what differs."""
    return [Change(item.path, item.kind, replaces(item)) for item in found]


def without_ignored(found: Iterable[Difference], ignored: Sequence[str]) -> Iterator[Difference]:
    """What differs outside the paths that the program tells the engine to ignore."""
    paths = [steps(text) for text in ignored]
    return (item for item in found if not any(_covers(path, item.path) for path in paths))


def overlapping(found: Iterable[Difference], others: Iterable[Difference]) -> list[Difference]:
    """What differs in a top-level property that is among the others': what a write of those would overwrite."""
    names = {item.path[0] for item in others}
    return [item for item in found if item.path[0] in names]


def known_differences(model: type[Model], found: Iterable[Difference]) -> list[Difference]:
    """What differs whatever the unknown values of the new side turn out to be."""
    every = list(found)
    nameless = [item for item in every if _nameless(model, item)]
    # What is not known by its name may be any of the items that only the old side has.
    lists = {item.path[:-1] for item in nameless}
    return [
        item
        for item in every
        if not (item.new is UNKNOWN or item in nameless)
        and not (item.kind == "delete" and item.path[:-1] in lists)
        and not (item.kind == "update" and isinstance(item.path[-1], str) and has_unknown(item.new))
    ]


def _nameless(model: type[Model], item: Difference) -> bool:
    """Whether it is an item of a list whose order means nothing, and what identifies it is not known."""
    prop, _ = locate(model, item.path)
    if not isinstance(item.path[-1], int) or prop is None or not prop.traits.unordered:
        return False
    key = prop.traits.key
    return has_unknown(item.new.get(key) if key is not None and isinstance(item.new, Mapping) else item.new)


def _covers(ignored: Path, path: Path) -> bool:
    return len(ignored) <= len(path) and all(a in ("*", b) for a, b in zip(ignored, path, strict=False))


def only_computed(prop: Property, value: Any) -> bool:
    """Whether the service may have filled in all that a value says, down to the last field of an object."""
    if prop.traits.computed:
        return True
    if prop.type.model is None or not isinstance(value, Mapping):
        return False
    inner = prop.type.model.properties()
    given = [name for name in inner if not is_default(inner[name], value.get(name))]
    return bool(given) and all(only_computed(inner[name], value[name]) for name in given)


def sentence(model: type[Model], item: Difference, hides: Callable[[Path], bool]) -> str:
    """One difference in words, with its values where they cannot hold a secret and `hides` does not forbid it."""
    prop, _ = locate(model, item.path)
    path = f"`{spell(item.path)}`"
    if item.kind == "add":
        return f"{path} is declared and not on the server"
    if item.kind == "delete":
        return f"{path} is on the server and not declared"
    if prop is not None and not hides(item.path) and _may_be_shown(prop, item.old, item.new):
        return f"{path}: the server has {_shown(item.old)}, declared is {_shown(item.new)}"
    return f"{path} differs"


def _may_be_shown(prop: Property, *values: Any) -> bool:
    scalar = prop.type.scalar
    if scalar is None or prop.traits.secret or prop.traits.sensitive:
        return False
    if scalar.shown == "unless secret":
        return all(isinstance(value, str) and not bears_secret(value) for value in values)
    return scalar.shown == "always"


def _shown(value: Any) -> str:
    """A value in one line; an id or a number as it is, other text in quotes when it could be taken for the sentence."""
    text = str(value)
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}..."
    return text if not isinstance(value, str) or _WORD.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def listed(model: type[Model], found: Iterable[Difference], hides: Callable[[Path], bool], limit: int = 20) -> str:
    """Differences as one text; beyond `limit` only their number."""
    texts = [sentence(model, item, hides) for item in found]
    rest = len(texts) - limit
    return "; ".join(texts[:limit]) + (f"; and {rest} more" if rest > 0 else "")


def not_compared(model: type[Model], declared: Mapping[str, Any]) -> list[str]:
    """Paths of declared values that the service never returns, so that they cannot be compared."""
    return [spell(path) for path in write_only(model, declared)]


def write_only(model: type[Model], declared: Mapping[str, Any], above: Path = ()) -> Iterator[Path]:
    """Where the declared values are that the service never returns."""
    for field_type, value, path in holders(FieldType("object", model=model), declared, above):
        properties = field_type.model.properties() if field_type.model is not None else {}
        for name, prop in properties.items():
            if prop.traits.write_only and isinstance(value, Mapping) and value.get(name) is not None:
                yield (*path, name)

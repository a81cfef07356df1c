"""Strategies for valid bodies of every resource, made from the models: valid is what Check has nothing against."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from azure_batch_provider.models.attribute import ABSENT, FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.models.task_template import filled
from azure_batch_provider.values.template import escaped
from tests.generated.limits import item_limits, limits
from tests.generated.paths import known
from tests.generated.scalars import NAMES, SPECIAL, TEMPLATES, scalars
from tests.generated.settling import settle

MOST_FIELDS: Final = 5
"""Optional fields that one object gets at most; what counts is that each combination of a few comes along."""


@cache
def bodies(model: type[Model], version: str) -> st.SearchStrategy[dict[str, Any]]:
    """Valid inputs of a resource, or valid objects of any other model, as an api-version has them."""
    properties = known(model, version)
    required = [name for name, prop in properties.items() if prop.required]
    optional = [name for name, prop in properties.items() if not prop.required]

    @st.composite
    def draw_body(draw: st.DrawFn) -> dict[str, Any]:
        chosen = (
            draw(st.lists(st.sampled_from(optional), unique=True, max_size=MOST_FIELDS, min_size=0)) if optional else []
        )
        value = {name: draw(values(model, name, version)) for name in (*chosen, *required)}
        settle(model, value)
        left = [name for name in optional if name not in value]
        if left and draw(st.integers(0, 7)) == 7:
            value[draw(st.sampled_from(left))] = None  # says the same as leaving it out
        return value

    return draw_body()


@cache
def values(model: type[Model], name: str, version: str) -> st.SearchStrategy[Any]:
    """Valid values of one field."""
    special = SPECIAL.get(f"{model.__name__}.{name}")
    prop = model.properties()[name]
    if special is not None:
        return special
    if prop.type.model is not None:
        whole = bodies(prop.type.model, version)
        return whole.map(as_template) if f"{model.__name__}.{name}" in TEMPLATES else whole
    if prop.type.kind == "map":
        return _maps(model, name, prop.type.item or prop.type, version)
    if prop.type.item is None or prop.type.kind != "list":
        return scalars(prop.type, limits(model, name))
    return _lists(model, name, prop, prop.type.item, version)


def as_template(task: dict[str, Any]) -> dict[str, Any]:
    """A task of a sweep whose texts mean what they say."""
    return dict(filled(TaskBody, task, lambda text: escaped(text.text)))


def _maps(model: type[Model], name: str, item: FieldType, version: str) -> st.SearchStrategy[Any]:
    if item.model is None:
        return st.dictionaries(st.text(max_size=5), scalars(item, limits(model, name)))
    entries = st.tuples(NAMES[f"{model.__name__}.{name}"], bodies(item.model, version))
    least = limits(model, name).min_length or 0
    return st.lists(entries, min_size=least, max_size=3, unique_by=lambda entry: entry[0].casefold()).map(dict)


def _lists(model: type[Model], name: str, prop: Property, item: FieldType, version: str) -> st.SearchStrategy[Any]:
    one = bodies(item.model, version) if item.model is not None else scalars(item, item_limits(model, name))
    if not prop.traits.unordered:
        return st.lists(one, max_size=3)
    return st.lists(one, max_size=3, unique_by=lambda value: identity(prop, value))


def identity(prop: Property, item: Any) -> str:
    """What tells an item of an unordered list from the others, with more taken for the same than the service does."""
    key, owner = prop.traits.key, prop.type.item
    if key is None or owner is None or owner.model is None:
        return json.dumps(item, sort_keys=True).casefold()
    inner = owner.model.properties()[key]
    found = item.get(key)
    if found is None or found == inner.traits.default:
        return repr(ABSENT)
    text = str(found).casefold()
    return text.rstrip("/").rsplit("/", 1)[-1] if inner.type.kind == "application" else text

"""When `ignoreChanges`, which goes by position, may have put a value of one item into another.

Everything that can happen to a short list is tried, with what the engine would make of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, permutations, product
from typing import Any, Final

import pytest

from azure_batch_provider import registry
from azure_batch_provider.models.base import API_VERSIONS, Model
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.models.task import Task
from azure_batch_provider.properties.ignored import mixed
from azure_batch_provider.values.paths import at, spell
from azure_batch_provider.values.unknown import UNKNOWN
from tests.generated.ignoring import ignore
from tests.generated.paths import Place, known, places, put
from tests.generated.samples import around, least, pair

KEYS: Final = (1, 2, 3)
ORDERS: Final = [order for count in range(4) for chosen in combinations(KEYS, count) for order in permutations(chosen)]
"""Every list of up to three different items."""


def variables(order: tuple[int, ...], by: str) -> dict[str, Any]:
    """A list whose items have keys; each value says whose it is, and of which item."""
    return {"environmentSettings": [{"name": f"N{key}", "value": f"{by}{key}"} for key in order]}


def ranges(order: tuple[int, ...], by: str) -> dict[str, Any]:
    """A list without order whose items have no key."""
    return {"dependsOn": {"taskIdRanges": [{"start": key, "end": f"{by}{key}"} for key in order]}}


def files(order: tuple[int, ...], by: str) -> dict[str, Any]:
    """A list whose order matters."""
    return {"startTask": {"resourceFiles": [{"filePath": f"{key}", "httpUrl": f"{by}{key}"} for key in order]}}


LISTS: Final[Mapping[str, tuple[type[Model], Callable[[tuple[int, ...], str], dict[str, Any]], str, str]]] = {
    "environmentSettings": (Task, variables, "name", "value"),
    "dependsOn.taskIdRanges": (Task, ranges, "start", "end"),
    "startTask.resourceFiles": (PoolProperties, files, "filePath", "httpUrl"),
}


def cases(where: str) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], tuple[str, ...]]]:
    """Old and new order, and what is ignored: one place with every pair of lists, two places with the shorter ones."""
    _, _, key, value = LISTS[where]
    indexes = [f"{where}[{index}]" for index in (*range(3), "*")]
    single = [index + end for index in indexes for end in ("", f".{key}", f".{value}", ".*")]
    short = [order for order in ORDERS if len(order) < 3]
    yield from ((old, new, (path,)) for path in single for old, new in product(ORDERS, ORDERS))
    yield from ((old, new, both) for both in combinations(single, 2) for old, new in product(short, short))


@pytest.mark.parametrize("where", LISTS)
def test_just_what_gives_an_item_a_value_of_another_is_refused(where: str) -> None:
    model, made, key, value = LISTS[where]
    by_position = where == "startTask.resourceFiles"
    accepted = 0
    for old, new, ignored in cases(where):
        case = f"{old} to {new} without {ignored}"
        seen = ignore(made(old, "old"), made(new, "new"), ignored)
        if mixed(model, made(old, "old"), seen, ignored):
            both = min(len(old), len(new))
            kept = old[:both] == new[:both] and all(path.endswith(f".{value}") for path in ignored)
            assert not kept, f"{case}: the same items, others at most added or removed behind them"
        elif not (by_position and len(old) == len(new)):
            accepted += 1
            items = list(at(seen, tuple(where.split("."))))
            named = [str(item[key])[-1] for item in items]
            assert [str(item[value])[-1] for item in items] == named, case
            # Without a key, an item is all that it says.
            told = named if where == "environmentSettings" else [str(item) for item in items]
            assert len(set(told)) == len(told), case
    assert accepted > 1000


@pytest.mark.parametrize("where", LISTS)
@pytest.mark.parametrize("place", ["[0]", "[*]", "[0].*"])
def test_items_that_are_ignored_as_a_whole_want_a_list_of_the_same_length(where: str, place: str) -> None:
    model, made, _, _ = LISTS[where]
    for old, new in (((1,), (2, 3)), ((1, 2), (1,)), ((1,), (1, 2))):
        seen = ignore(made(old, "old"), made(new, "new"), [where + place])
        assert [spell(path) for path in mixed(model, made(old, "old"), seen, [where + place])] == [where]


def test_items_that_say_nothing_but_what_is_ignored_want_a_list_of_the_same_length() -> None:
    old, new = ({"startTask": {"resourceFiles": [{"httpUrl": url} for url in urls]}} for urls in ("b", "ab"))
    path = "startTask.resourceFiles[*].httpUrl"
    assert mixed(PoolProperties, old, ignore(old, new, [path]), [path]) == [("startTask", "resourceFiles")]


def test_what_is_not_known_yet_is_not_refused() -> None:
    old = variables((2,), "old")
    for new in (UNKNOWN, [UNKNOWN], [{"name": UNKNOWN, "value": "1"}]):
        seen = ignore(old, {"environmentSettings": new}, ["environmentSettings[*].value"])
        assert mixed(Task, old, seen, ["environmentSettings[*].value"]) == []


@pytest.mark.parametrize(
    "ignored", ["environmentSettings", "environmentSettings[5].value", "environmentSettings[-1]", "other[0].value", "*"]
)
def test_what_does_not_lead_into_the_list_is_no_reason(ignored: str) -> None:
    old, new = variables((2,), "old"), variables((1, 2), "new")
    assert mixed(Task, old, ignore(old, new, [ignored]), [ignored]) == []


def lists() -> Iterator[Any]:
    for token, kind in ((resource.token, resource.name) for resource in registry.RESOURCES.values()):
        model = registry.model(token)
        for version in API_VERSIONS:
            for place in places(model, version):
                if place.prop.type.kind == "list":
                    yield pytest.param(model, version, place, id=f"{kind}-{version}-{spell(place.path)}")


@pytest.mark.parametrize(("model", "version", "place"), list(lists()))
def test_every_list_of_every_resource_is_looked_into(model: type[Model], version: str, place: Place) -> None:
    one, other, part = two_items(place, version)
    body = around(model, version, place.path, [one])
    first, second, both = (put(body, place.path, items) for items in ([one], [other], [one, other]))
    for ignored in (f"{spell(place.path)}[0]", f"{spell(place.path)}[*]{part}"):
        assert mixed(model, second, ignore(second, both, [ignored]), [ignored]) == [place.path]
        if part and ignored.endswith(part):
            assert mixed(model, first, ignore(first, both, [ignored]), [ignored]) == []


def two_items(place: Place, version: str) -> tuple[Any, Any, str]:
    """Two items of a list that cannot be taken for each other, and a part of them that does not tell them apart."""
    item = place.prop.type.item
    assert item is not None
    if item.model is None:
        return "one", "two", ""
    inner = known(item.model, version)
    named = place.prop.traits.key or next(name for name in inner if pair(item.model, name, inner[name], version)[1])
    one, other = (
        least(item.model, version, {named: value}) for value in pair(item.model, named, inner[named], version)
    )
    return one, other, next((f".{name}" for name in inner if name != named), "")

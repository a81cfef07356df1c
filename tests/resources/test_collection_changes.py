"""What a collection makes of the tasks that are there, whatever was declared before: just the declared ones, and
nothing else is touched. Without a service: what is added and removed is carried out on a dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from azure_batch_provider.models.base import API_2025
from azure_batch_provider.models.task_body import TaskBody
from azure_batch_provider.models.task_collection import TaskCollection
from azure_batch_provider.properties.compare import same
from azure_batch_provider.properties.task_set import TaskSet
from azure_batch_provider.resources.collection_changes import Changes, changes
from azure_batch_provider.resources.task_record import TASKS, Entry, TaskRecord, recorded_tasks
from azure_batch_provider.validation.check import check
from tests.generated.task_sets import dependents, needs, tasks_of
from tests.properties.examples import bounded

IDS = ("1", "2", "12", "t", "u", "v-w")
NAMES = st.sampled_from((*IDS, "T", "U", "V-w"))
DEPENDENCIES = st.fixed_dictionaries(
    {},
    optional={
        "taskIds": st.lists(NAMES, max_size=2, unique=True),
        "taskIdRanges": st.sampled_from(([], [{"start": 2, "end": 11}], [{"start": 1, "end": 1}])),
    },
)
# Values of which several mean the same.
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "commandLine": st.sampled_from(("run", "run it")),
    "displayName": st.sampled_from(("one", "two")),
    "requiredSlots": st.sampled_from((None, 1, 2)),
    "constraints": st.sampled_from(({}, {"maxWallClockTime": "PT60M"}, {"maxWallClockTime": "PT1H"}, None)),
    "environmentSettings": st.permutations([{"name": "A", "value": "1"}, {"name": "B"}]) | st.just([]),
    "dependsOn": DEPENDENCIES,
}
BODIES = st.fixed_dictionaries({}, optional=FIELDS)


@st.composite
def sweeps(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(st.integers(1, 3))
    numbers = {"start": start, "end": start + draw(st.integers(0, 4))}
    format = draw(st.sampled_from(("{frame:02}", "s{frame}", "{frame}0")))
    task = {**draw(BODIES), "commandLine": draw(st.sampled_from(("run {frame}", "run {{}}", "run")))}
    return {"task": task, "parameters": {"frame": numbers}, "taskIdFormat": format}


@st.composite
def collections(draw: st.DrawFn) -> dict[str, Any]:
    entries = draw(st.lists(st.tuples(NAMES, BODIES), max_size=5, unique_by=lambda entry: entry[0].casefold()))
    found: dict[str, Any] = {"jobId": "j", "tasks": dict(entries)}
    if draw(st.booleans()):
        found["defaults"] = draw(BODIES)
    if draw(st.booleans()):
        found["sweep"] = draw(sweeps())
    if draw(st.booleans()):
        found["rerunDependents"] = draw(st.booleans())
    if "commandLine" not in found.get("defaults", {}):
        found["tasks"] = {id: {"commandLine": "run", **task} for id, task in found["tasks"].items()}
    assume(not check(TaskCollection, found, API_2025).violations)
    return found


def moved(draw: st.DrawFn, old: Mapping[str, Any]) -> dict[str, Any]:
    """The same tasks, said in another way."""
    tasks, defaults = dict(old["tasks"]), dict(old.get("defaults") or {})
    whole = TaskSet(old)
    way = draw(st.sampled_from(("all in tasks", "a default", "no sweep", "other case")))
    if way == "all in tasks":
        return {**old, "tasks": {id: whole.body(id) for id in tasks}}
    if way == "a default" and tasks and not old.get("sweep"):
        # A text that is a default cannot be taken back.
        name = draw(st.sampled_from(sorted(FIELDS.keys() - {"displayName"})))
        first = whole.body(next(iter(tasks))).get(name)
        return {
            **old,
            "tasks": {id: {**whole.body(id), name: _said(name, whole.body(id), first)} for id in tasks},
            "defaults": {**defaults, name: first},
        }
    if way == "no sweep":
        return {**old, "tasks": {id: whole.body(id) for id in whole}, "sweep": None}
    return {**old, "tasks": {id.swapcase(): task for id, task in tasks.items()}}


def _said(name: str, body: Mapping[str, Any], default: Any) -> Any:
    """A task's own value beside a default; the default goes without saying."""
    return None if body.get(name) == default else body.get(name, _NOTHING.get(name))


_NOTHING: Mapping[str, Any] = {
    "commandLine": "run",
    "requiredSlots": 1,
    "constraints": {},
    "environmentSettings": [],
    "dependsOn": {},
}


def sets(found: Changes) -> tuple[set[str], ...]:
    """Ids without case; fails if a list has one twice."""
    lists = (found.added, found.removed, found.again, found.dependents, found.unheld)
    for ids in lists:
        assert len({id.lower() for id in ids}) == len(ids)
    return tuple({id.lower() for id in ids} for ids in lists)


def record_of(inputs: Mapping[str, Any]) -> TaskRecord:
    tasks = TaskSet(inputs)
    return TaskRecord(Entry(id, tasks.digest(id)) for id in tasks)


def again_with(new: Mapping[str, Any], again: Iterable[str], fresh: set[str]) -> set[str]:
    """Those, and what depends on them, directly or through others that were there."""
    tasks = tasks_of(new)
    found = set(again)
    while more := {
        id for id in tasks.keys() - found - fresh if any(other != id and needs(tasks[id], other) for other in found)
    }:
        found |= more
    return found


@bounded
@given(st.data())
def test_just_what_differs_is_changed(data: st.DataObject) -> None:
    old = data.draw(collections())
    new = data.draw(collections())
    before, after = tasks_of(old), tasks_of(new)
    found = changes(old, None, new)
    added, removed, again, named, unheld = sets(found)
    assert added == after.keys() - before.keys()
    assert removed == before.keys() - after.keys()
    differing = {id for id in before.keys() & after.keys() if not same(TaskBody, before[id], after[id])}
    closure = again_with(new, differing, added)
    assert again == (closure if new.get("rerunDependents") else differing)
    assert named == (set() if new.get("rerunDependents") else direct(new, differing) - differing - added)
    assert unheld == direct(new, again) & (again | added)
    assert bool(found) is bool(added or removed or again)

    # carried out
    declared = TaskSet(new)
    there: dict[str, Any] = {**before, "foreign": {"commandLine": "of another client"}}
    for id in (*found.removed, *found.again):
        del there[id.lower()]
    for id in (*found.added, *found.again):
        assert id.lower() not in there
        there[id.lower()] = declared.body(id)
    assert there.pop("foreign") == {"commandLine": "of another client"}
    assert there.keys() == after.keys()
    assert all(same(TaskBody, there[id], after[id]) for id in after)
    assert all(there[id] is before[id] for id in before.keys() & after.keys() - again)


def direct(inputs: Mapping[str, Any], ids: set[str]) -> set[str]:
    """Tasks that depend on another of these themselves."""
    return {id for id, task in tasks_of(inputs).items() if any(other != id and needs(task, other) for other in ids)}


@bounded
@given(st.data())
def test_a_record_says_what_the_inputs_said(data: st.DataObject) -> None:
    old, new = data.draw(collections()), data.draw(collections())
    record = record_of(old)
    read = recorded_tasks({TASKS: record.text()})
    assert read is not None
    assert list(read) == list(record)
    assert sets(changes({}, read, new)) == sets(changes(old, None, new))
    assert not changes({}, read, old)


@bounded
@given(st.data())
def test_what_may_be_there_is_added_and_what_is_declared_otherwise_is_the_same(data: st.DataObject) -> None:
    old = data.draw(collections())
    assert not changes(old, None, data.draw(st.composite(moved)(old)))
    record = record_of(old)
    unsure = data.draw(st.sets(st.sampled_from(sorted(tasks_of(old))))) if len(record) else set()
    for entry in list(record):
        if entry.id.lower() in unsure:
            record.put(entry._replace(sure=False))
    read = recorded_tasks({TASKS: record.text()})
    assert read is not None and {entry.id.lower() for entry in read if not entry.sure} == unsure
    added, removed, again, *_ = sets(changes({}, read, old))
    assert (added, removed, again) == (unsure, set(), set())


@bounded
@given(BODIES, BODIES)
def test_digests_are_equal_just_where_bodies_mean_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    tasks = TaskSet({"tasks": {"one": one, "other": other}})
    assert (tasks.digest("one") == tasks.digest("other")) is same(TaskBody, one, other)
    by_defaults = TaskSet({"tasks": {"one": {}}, "defaults": one})
    assert by_defaults.digest("one") == tasks.digest("one")


def test_dependents_of_dependents_are_found() -> None:
    tasks: dict[str, Any] = {"a": {}, "b": {"dependsOn": {"taskIds": ["A"]}}, "7": {"dependsOn": {"taskIds": ["b"]}}}
    tasks["c"] = {"dependsOn": {"taskIdRanges": [{"start": 1, "end": 9}]}}
    assert dependents({"tasks": tasks}, ["a"]) == {"b", "7", "c"}
    old = {"tasks": {**tasks, "a": {"displayName": "other"}}}
    assert sorted(changes(old, None, {"tasks": tasks, "rerunDependents": True}).again) == ["7", "a", "b", "c"]
    assert changes(old, None, {"tasks": tasks}).dependents == ["b"]


def test_a_task_in_its_own_range_is_no_dependent_of_itself() -> None:
    tasks: dict[str, Any] = {"2": {"dependsOn": {"taskIdRanges": [{"start": 2, "end": 9}]}}, "10": {}}
    found = changes({"tasks": {**tasks, "2": {}}}, None, {"tasks": tasks})
    assert (found.again, found.unheld, found.dependents) == (["2"], [], [])

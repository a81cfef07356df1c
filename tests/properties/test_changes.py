"""One change in a valid body is seen, at just its place: in the program by Diff, on the server by Read and Diff."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from azure_batch_provider.models.attribute import FieldType
from azure_batch_provider.properties.task_set import SOURCES, TaskSet
from azure_batch_provider.resources.pool_size import SIZE
from azure_batch_provider.validation.check import check
from azure_batch_provider.values.paths import at, spell, steps
from tests.emulator_process import EmulatorProcess
from tests.generated.bodies import bodies
from tests.generated.changes import Change, changes
from tests.generated.settling import settled
from tests.generated.task_sets import dependents, differing, tasks_of
from tests.properties.entities import KINDS, placed, removed
from tests.properties.examples import bounded
from tests.properties.provider import MODELS, Planned, Provider, Seen


def rotated(value: Any) -> Any:
    """The value with every SAS in it minted again: another signature, time and version, parts in another order."""
    if isinstance(value, str):
        return re.sub(r"\?sv=2022-11-02&(sp=\w+)&se=2999-01-01T00%3A00%3A00Z&(sr=c)&sig=\w+%2Bx%3D", _minted, value)
    if isinstance(value, dict):
        return {name: rotated(item) for name, item in value.items()}
    return [rotated(item) for item in value] if isinstance(value, list) else value


def _minted(match: re.Match[str]) -> str:
    return f"?{match[2]}&{match[1]}&sv=2025-01-05&st=2998-01-01&se=2998-06-01T00:00:00Z&sig=bmV3%2F"


def id_of(kind: str) -> str:
    return "jobs/jobId/collections/it" if kind == "TaskCollection" else "id"


def planned(body: dict[str, Any], change: Change) -> dict[str, str]:
    """The place of a change; of collections' only if any task is another one then, and with those that go along."""
    found: dict[str, str] = {spell(change.path): change.kind}
    if change.path[0] not in SOURCES:
        return found
    others = differing(body, change.body)
    if not others:
        return {}
    if change.path[0] == "tasks" and len(change.path) > 1 and body.get("rerunDependents"):
        again = others & tasks_of(body).keys() & tasks_of(change.body).keys()
        along = dependents(change.body, again)
        found |= {spell(("tasks", id)): "update" for id in TaskSet(change.body) if id.lower() in along}
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_one_change_of_the_program_is_planned_at_just_its_place(provider: Provider, kind: str) -> None:
    @bounded
    @given(st.data())
    def is_seen(data: st.DataObject) -> None:
        body = data.draw(bodies(MODELS[kind], provider.version))
        body.pop("deletionPolicy", None)  # a job that is to be kept refuses its replacement
        change = data.draw(st.sampled_from(changes(MODELS[kind], provider.version, body)))
        # Of a sweep that is wrong nobody can say which tasks it has.
        assume(kind != "TaskCollection" or not check(MODELS[kind], change.body, provider.version).violations)
        assert provider.diff(kind, id_of(kind), body, change.body).changes == planned(body, change)
        assert provider.diff(kind, id_of(kind), body, rotated(body)) == Planned()

    is_seen()


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"TaskCollection"}))
def test_one_change_on_the_server_is_read_at_just_its_place(
    account: EmulatorProcess, provider: Provider, kind: str
) -> None:
    @bounded
    @given(st.data())
    def is_read(data: st.DataObject) -> None:
        model = MODELS[kind]
        body = data.draw(bodies(model, provider.version))
        body.pop("deletionPolicy", None)
        change = data.draw(st.sampled_from(changes(model, provider.version, body)))
        if kind == "Pool" and change.path[0] not in SIZE:  # with nodes, what the server has more is no difference
            body, change = without_nodes(body), replace(change, body=without_nodes(change.body))
        assume(change.path != ("resizeTimeout",) or not body.get("enableAutoScale"))  # it means nothing then
        # What says nothing but "empty" may be there without being shown.
        assume(change.kind != "delete" or not hollow(at(body, change.path)))
        assume(not change.hidden and not change.computed and not check(model, change.body, provider.version).violations)
        # Of some pairs nobody knows what the service says: Check lets them pass, the emulator does not.
        assume(settled(FieldType("object", model=model), change.body))
        declared = placed(account, kind, body)
        inputs, _ = provider.check(kind, {**change.body, **{n: declared[n] for n in declared if n[-2:] == "Id"}})
        made = provider.create(kind, inputs)
        asked = provider.check(kind, declared)[0]
        read = provider.read(kind, made.id, Seen(made.id, asked, {**asked, "__private": made.properties["__private"]}))
        assert read is not None
        found = provider.diff(kind, made.id, read.inputs, asked, read.properties).changes
        place = change.path[:-1] if change.reordered else change.path
        assert [path for path in found if not near(path, spell(place))] == []
        assert found
        removed(account, made.id)

    is_read()


def test_one_change_on_the_server_is_read_as_the_tasks_of_a_collection_that_it_changes(
    account: EmulatorProcess, provider: Provider
) -> None:
    model = MODELS["TaskCollection"]

    @bounded
    @given(st.data())
    def is_read(data: st.DataObject) -> None:
        body = data.draw(bodies(model, provider.version))
        body.pop("onAllTasksComplete", None)
        found = changes(model, provider.version, body)
        places = [change for change in found if change.path[0] in SOURCES and not change.hidden and not change.computed]
        assume(places)
        change = data.draw(st.sampled_from(places))
        assume(change.kind != "delete" or not hollow(at(body, change.path)))
        assume(not check(model, change.body, provider.version).violations)
        assume(settled(FieldType("object", model=model), change.body))
        before, after = tasks_of(body), tasks_of(change.body)
        assume(before.keys() == after.keys())
        declared = placed(account, "TaskCollection", body)
        inputs, _ = provider.check("TaskCollection", {**change.body, "jobId": declared["jobId"]})
        made = provider.create("TaskCollection", inputs)
        asked = provider.check("TaskCollection", declared)[0]
        state = {**asked, "__private": made.properties["__private"]}
        read = provider.read("TaskCollection", made.id, Seen(made.id, asked, state))
        assert read is not None
        found_at = provider.diff("TaskCollection", made.id, read.inputs, asked, read.properties).changes
        assert all(steps(path)[0] == "tasks" for path in found_at)
        ids = {str(steps(path)[1]).lower() for path in found_at}
        others = differing(body, change.body)
        assert ids >= others
        assert ids - others <= (dependents(body, others) if body.get("rerunDependents") else set())
        if change.path[0] == "tasks" and not body.get("defaults") and ids == others:
            place = change.path[:-1] if change.reordered else change.path
            assert [path for path in found_at if not near(path, spell(place))] == []
        removed(account, made.id)

    is_read()


def without_nodes(pool: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in pool.items() if name not in SIZE}


def hollow(value: Any) -> bool:
    """Whether a value holds nothing but empty lists and objects."""
    if isinstance(value, dict):
        return all(hollow(item) for item in value.values())
    return value is None or value == []


def near(found: str, path: str) -> bool:
    """Whether one is the other, or around it: an object that is empty on the server is not there at all."""
    return found == path or path.startswith((f"{found}.", f"{found}[")) or found.startswith((f"{path}.", f"{path}["))

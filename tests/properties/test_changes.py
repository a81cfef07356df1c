"""One change in a valid body is seen, at just its place: in the program by Diff, on the server by Read and Diff."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from azure_batch_provider.models.attribute import FieldType
from azure_batch_provider.validation.check import check
from azure_batch_provider.values.paths import at, spell
from tests.emulator_process import EmulatorProcess
from tests.generated.bodies import bodies
from tests.generated.changes import changes
from tests.generated.settling import settled
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


@pytest.mark.parametrize("kind", KINDS)
def test_one_change_of_the_program_is_planned_at_just_its_place(provider: Provider, kind: str) -> None:
    @bounded
    @given(st.data())
    def is_seen(data: st.DataObject) -> None:
        body = data.draw(bodies(MODELS[kind], provider.version))
        body.pop("deletionPolicy", None)  # a job that is to be kept refuses its replacement
        change = data.draw(st.sampled_from(changes(MODELS[kind], provider.version, body)))
        assert provider.diff(kind, "id", body, change.body).changes == {spell(change.path): change.kind}
        assert provider.diff(kind, "id", body, rotated(body)) == Planned()

    is_seen()


@pytest.mark.parametrize("kind", KINDS)
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


def hollow(value: Any) -> bool:
    """Whether a value holds nothing but empty lists and objects."""
    if isinstance(value, dict):
        return all(hollow(item) for item in value.values())
    return value is None or value == []


def near(found: str, path: str) -> bool:
    """Whether one is the other, or around it: an object that is empty on the server is not there at all."""
    return found == path or path.startswith((f"{found}.", f"{found}[")) or found.startswith((f"{path}.", f"{path}["))

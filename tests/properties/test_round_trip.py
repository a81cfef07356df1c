"""A valid body that the service takes comes back as what was declared, whatever the service makes of its spelling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_batch_provider.models.walk import locate
from azure_batch_provider.properties.plan import not_compared
from azure_batch_provider.values.paths import steps
from azure_batch_provider.values.signatures import bears_secret
from tests.emulator_process import EmulatorProcess
from tests.generated.bodies import bodies
from tests.marks import Secret, unwrapped
from tests.properties.entities import KINDS, placed, removed
from tests.properties.examples import bounded
from tests.properties.provider import MODELS, Planned, Provider


def open_texts(value: Any) -> Iterator[str]:
    """Every text that is not inside a secret."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from open_texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from open_texts(item)


def is_never_shown(kind: str, inputs: dict[str, Any], path: str) -> bool:
    """Whether the service shows nothing of what is declared there, or not all of it."""
    prop, _ = locate(MODELS[kind], steps(path))
    hidden = not_compared(MODELS[kind], unwrapped(inputs))
    return prop is not None and (not prop.traits.in_body or any(text.startswith(path) for text in hidden))


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_declared_differs_nowhere_from_what_is_read_back(
    account: EmulatorProcess, provider: Provider, kind: str
) -> None:
    @bounded
    @given(st.data())
    def comes_back(data: st.DataObject) -> None:
        body = placed(account, kind, data.draw(bodies(MODELS[kind], provider.version)))
        inputs, failures = provider.check(kind, body)
        assert failures == []
        made = provider.create(kind, inputs)
        read = provider.read(kind, made.id, made)
        assert read is not None and read.id == made.id
        assert provider.diff(kind, made.id, read.inputs, inputs, read.properties) == Planned()
        imported = provider.read(kind, made.id)
        assert imported is not None
        recorded = provider.diff(kind, made.id, imported.inputs, inputs, imported.properties)
        assert recorded.replaces == frozenset()
        assert all(is_never_shown(kind, inputs, path) for path in recorded.changes)
        assert set(recorded.changes.values()) <= {"add"}
        for seen in (made, read, imported):
            texts = [*open_texts(seen.inputs), *open_texts(seen.properties)]
            assert not any(bears_secret(text) for text in texts)
            assert isinstance(seen.properties["__private"], Secret)
        removed(account, made.id)

    comes_back()

"""Check refuses each broken rule at its place, whatever stands around it, and never repeats what was written."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_batch_provider.models.attribute import FieldType
from azure_batch_provider.models.base import Model
from azure_batch_provider.values.paths import spell
from tests.generated.bodies import bodies
from tests.generated.breakages import RULES, SECRET, breakages
from tests.generated.settling import SETTLERS
from tests.properties.entities import EVERY
from tests.properties.examples import bounded
from tests.properties.provider import MODELS, Provider

GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.just(SECRET) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def told(failures: list[tuple[str, str]]) -> list[str]:
    """The paths of failures: the property, or what the reason begins with where the engine must not print it."""
    found = [(property, re.match(r"`([^`]*)` ", reason)) for property, reason in failures]
    return [property or (match[1] if match else "") for property, match in found]


@pytest.mark.parametrize("kind", EVERY)
def test_a_broken_rule_is_told_at_its_place(provider: Provider, kind: str) -> None:
    @bounded
    @given(st.data())
    def is_told(data: st.DataObject) -> None:
        model = MODELS[kind]
        body = data.draw(bodies(model, provider.version))
        breakage = data.draw(st.sampled_from(breakages(model, provider.version, body)))
        _, failures = provider.check(kind, breakage.body)
        assert spell(breakage.path) in told(failures), breakage.rule
        assert not any(SECRET in reason for _, reason in failures)

    is_told()


@pytest.mark.parametrize("kind", EVERY)
def test_garbage_is_refused_without_a_trace_of_it(provider: Provider, kind: str) -> None:
    names = st.sampled_from(list(MODELS[kind].properties()))

    @bounded
    @given(body=st.data(), rest=st.dictionaries(names | st.text(max_size=9), GARBAGE, max_size=4))
    def is_refused(body: st.DataObject, rest: dict[str, Any]) -> None:
        whole = {**body.draw(bodies(MODELS[kind], provider.version)), **rest}
        _, failures = provider.check(kind, whole)
        assert not any(SECRET in reason for _, reason in failures)
        assert not any("bug" in reason or "Traceback" in reason for _, reason in failures)

    is_refused()


def models(field_type: FieldType) -> set[type[Model]]:
    """Every model in a shape."""
    inner = [prop.type for prop in field_type.model.properties().values()] if field_type.model else [field_type.item]
    own = {field_type.model} if field_type.model else set()
    return own.union(*(models(part) for part in inner if part is not None))


def test_every_rule_that_is_broken_or_kept_belongs_to_a_model() -> None:
    names = {model.__name__ for kind in EVERY for model in models(FieldType("object", model=MODELS[kind]))}
    assert set(RULES) | set(SETTLERS) <= names


def test_every_model_with_rules_has_one_that_is_broken() -> None:
    elsewhere = {
        # Their rules are broken by what their parts say together, which no single object shows.
        "HostEndpointSettings",
        "NetworkConfiguration",
        "SecurityProfile",
        # Broken by the form of their text, which the field's own breakages cover.
        "AzureBlobFileSystemConfiguration",
        "AzureFileShareConfiguration",
        "OutputFileBlobContainerDestination",
    }
    every = {model for kind in EVERY for model in models(FieldType("object", model=MODELS[kind]))}
    ruled = {model.__name__ for model in every if model.rules.__func__ is not Model.rules.__func__}  # type: ignore[attr-defined]
    assert ruled - elsewhere <= set(RULES)


def test_a_refusal_repeats_nothing_that_a_terminal_obeys_and_no_secret(provider: Provider) -> None:
    names = {"\x1b[31mred\u202e": 1, "https://user:S3CRET@host": 1, "sp=r&sig=S3CRET": 1}
    _, failures = provider.check("Job", {"poolInfo": {"poolId": "p"}, **names})
    assert len(failures) == len(names)
    shown = " ".join(reason for _, reason in failures)
    assert "red" in shown
    assert not any(sign in shown for sign in ("\x1b", "\u202e", "S3CRET"))

"""A scalar is said once, and everything that goes by the type of a field knows each of them."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Annotated, Any, Final, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_batch_provider import schema
from azure_batch_provider.archives.source import ARCHIVE, SIGNATURE
from azure_batch_provider.models import scalars as module
from azure_batch_provider.models.attribute import FieldType, Traits, prop
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.scalars import SCALARS, Enum, Scalar
from azure_batch_provider.properties.compare import Difference, equal
from azure_batch_provider.properties.plan import sentence
from azure_batch_provider.validation.messages import must_be
from scripts import dynamic_resources
from tests.generated.limits import Limits
from tests.generated.scalars import scalars as values
from tests.properties.examples import bounded

SAS: Final = "https://h/c?sv=2022-11-02&sp=r&sr=c&sig=%s"


class Letter(Enum):
    """A letter."""

    A = "a", "The first."


FOLDER: Final = {SIGNATURE: ARCHIVE, "path": "a"}
ALIKE: Final[dict[str, tuple[Any, Any, Any]]] = {
    "text": (SAS % "b25l", SAS % "dHdv", "a"),
    "integer": (1, 1, 0),
    "boolean": (True, True, False),
    "enum": ("a", "A", "b"),
    "duration": ("PT1H", "PT60M", "PT1H1S"),
    "time": ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-01T01:00:00Z"),
    "url": (SAS % "b25l", SAS % "dHdv", "https://h/c"),
    "id": ("night", "Night", "nights"),
    "caseless": ("standard_d2s_v3", "STANDARD_D2s_v3", "standard_d2s_v4"),
    "application": ("/subscriptions/s/applications/blender", "Blender", "ffmpeg"),
    "asset": (FOLDER, dict(FOLDER), {**FOLDER, "path": "b"}),
    "any": ({"a": 1, "b": None}, {"a": 1}, {"a": True}),
}
"""Of each scalar two values that mean the same, and one that means something else."""


def of(name: str) -> FieldType:
    return FieldType(name, enum=Letter if name == "enum" else None)


def test_the_examples_are_of_every_scalar() -> None:
    assert list(ALIKE) == list(SCALARS)


def test_every_type_that_a_model_can_use_is_one_of_them() -> None:
    types = [item for item in vars(module).values() if get_origin(item) is Annotated]
    used = {mark.name for item in types for mark in get_args(item) if isinstance(mark, Scalar)}
    assert used == set(SCALARS) - {"enum", "any"}, "these two are classes of their own"


@pytest.mark.parametrize("name", SCALARS)
def test_values_that_mean_the_same_are_equal(name: str) -> None:
    one, same, other = ALIKE[name]
    assert equal(None, of(name), one, same)
    assert not equal(None, of(name), one, other)


@pytest.mark.parametrize("name", SCALARS)
def test_it_has_a_type_in_the_schema_and_one_in_python(name: str) -> None:
    declared = schema._reference(of(name))
    python = dynamic_resources.output_type(of(name))
    assert {"string": "str", "integer": "int", "boolean": "bool"}.get(declared.get("type", ""), python) == python
    assert ("$ref" in declared) is (name in ("enum", "asset", "any"))


@pytest.mark.parametrize("name", SCALARS)
def test_what_a_value_must_be_is_said(name: str) -> None:
    wrong: Any = [1] if name != "any" else object()
    said = must_be(of(name), wrong)
    assert re.fullmatch(
        r"must be (a string|a whole number|true or false|`a`|an asset or an archive), not a list|is not a value .*",
        said,
    )


@pytest.mark.parametrize("name", SCALARS)
def test_no_sentence_shows_what_may_be_secret(name: str) -> None:
    annotation = {"enum": Letter, "any": Any}.get(name, Annotated[str, SCALARS[name]])
    holder: Any = type("Holder", (Model,), {"__annotations__": {"a": annotation}, "a": prop("A.")})
    assert holder.properties()["a"].type.kind == name
    planted = SAS % "c2VjcmV0"
    said = sentence(holder, Difference(("a",), "update", planted, planted), lambda path: False)
    # What can only be of one form is shown; a text may be anything.
    assert ("c2VjcmV0" in said) is (SCALARS[name].shown == "always")


def test_what_can_be_any_text_may_be_secret() -> None:
    shown = [scalar.name for scalar in SCALARS.values() if scalar.shown == "always"]
    assert shown == ["integer", "boolean", "enum", "duration", "time", "id"]


@pytest.mark.parametrize("name", SCALARS)
def test_values_are_generated_and_equal_themselves(name: str) -> None:
    @bounded
    @given(st.data())
    def are_equal(data: st.DataObject) -> None:
        value = data.draw(values(of(name), Limits()))
        assert equal(None, of(name), value, json.loads(json.dumps(value)))

    are_equal()


@pytest.mark.parametrize("trait", [item.name for item in dataclasses.fields(Traits)])
def test_every_trait_is_explained_and_counts_somewhere(trait: str) -> None:
    assert f"        {trait}: " in (Traits.__doc__ or "")
    package = Path(schema.__file__).parent
    read = [path for path in package.rglob("*.py") if re.search(rf"\btraits\.{trait}\b", path.read_text("utf-8"))]
    assert read, f"nothing goes by the trait {trait}"

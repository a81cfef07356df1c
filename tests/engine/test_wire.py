"""Values keep what they are on their way through messages, and what is not new is neither decoded nor encoded again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from azure_batch_provider.engine.wire import OUTPUT, SECRET, SIGNATURE, UNKNOWN_TEXTS, Fields, decode, encode, forget
from azure_batch_provider.values.inputs import Inputs
from azure_batch_provider.values.unknown import UNKNOWN

NAMES = st.sampled_from(["a", "b", "c"])
LEAVES = st.one_of(st.none(), st.booleans(), st.sampled_from([0, 1, -1, 0.5, "", "x", *sorted(UNKNOWN_TEXTS)[:2]]))


def _marked(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    secrets = values.map(lambda value: {SIGNATURE: SECRET, "value": value})
    known = st.builds(
        lambda value, secret: {SIGNATURE: OUTPUT, "value": value, "secret": secret}, values, st.booleans()
    )
    return secrets | known | st.just({SIGNATURE: OUTPUT})


VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3) | _marked(inner)
)
MESSAGES = st.dictionaries(NAMES, VALUES, max_size=3)
many = settings(max_examples=200, deadline=None)


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    """The message of values that are marked as Pulumi marks them."""
    message = struct_pb2.Struct()
    message.update(values)
    return message


@many
@given(MESSAGES, MESSAGES)
def test_what_another_message_has_as_well_is_the_same_decoded_once(one: dict[str, Any], other: dict[str, Any]) -> None:
    alone, first = decode(struct(one)), decode(struct({**one, **other}))
    shared = decode(struct(one), first)
    assert (repr(shared.values), shared.secret_paths) == (repr(alone.values), alone.secret_paths)
    for name in one.keys() - other.keys():
        assert shared.values[name] is first.values[name]


@many
@given(MESSAGES, MESSAGES, st.data())
def test_what_is_copied_is_what_would_be_encoded(
    one: dict[str, Any], other: dict[str, Any], data: st.DataObject
) -> None:
    received = decode(struct(one))
    paths = received.secret_paths
    if data.draw(st.booleans()):
        paths = frozenset(data.draw(st.lists(st.sampled_from([("a",), ("b", "a"), ("c", 0), *paths]))))
    values = {**decode(struct(one)).values, **decode(struct(other)).values}
    for inputs in (Inputs(values, paths), Inputs(received.values, paths)):
        assert encode(inputs, received) == encode(inputs)


def test_true_does_not_become_one() -> None:
    received = decode(struct({"triggers": [1, True, 0]}))
    assert encode(Inputs({"triggers": [True, 1, False]}), received) == struct({"triggers": [True, 1, False]})


@given(MESSAGES)
def test_fields_are_what_decoding_all_of_them_gives(values: dict[str, Any]) -> None:
    message = struct(values)
    fields = Fields(message)
    assert fields.get("absent") is None
    assert repr(dict(fields)) == repr(decode(message).values)
    assert len(fields) == len(message.fields) == len(values)


def test_every_value_comes_back() -> None:
    values = {"a": [UNKNOWN, None, {"b": "", "c": [1, 2.5, True, -(2**70)]}], "d": {}, "e": [], "f": "half \ud800"}
    found = decode(encode(Inputs(values, frozenset({("a", 2, "b"), ("d",)}))))
    assert found.values == {**values, "f": "half ?"}
    assert found.secret_paths == {("a", 2, "b"), ("d",)}


@pytest.fixture
def nothing_kept() -> Iterator[None]:
    forget()
    yield
    forget()


def _large(seed: str, unknown: bool = False) -> dict[str, Any]:
    first = {"a": sorted(UNKNOWN_TEXTS)[0] if unknown else "x", "b": {SIGNATURE: SECRET, "value": seed}}
    return {"tasks": {"t0": first, **{f"t{number}": {"a": seed} for number in range(1, 600)}}, "jobId": "j"}


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("unknown", [False, True])
def test_a_large_field_that_comes_in_each_call_is_decoded_once(unknown: bool) -> None:
    values = _large("s", unknown)
    first, second = decode(struct(values)), decode(struct(dict(reversed(values.items()))))
    assert second.values["tasks"] is first.values["tasks"]
    assert second.secret_paths == first.secret_paths == {("tasks", "t0", "b")}
    assert encode(second, second) == encode(first) == encode(second)


@pytest.mark.usefixtures("nothing_kept")
def test_large_fields_that_differ_are_told_apart() -> None:
    values = _large("s")
    plain = {"t0": {"a": "x", "b": "s"}}
    others = [_large("z"), {**values, "tasks": {**values["tasks"], **plain}}, {"sweep": values["tasks"]}]
    for each in (values, *others, values, *others):
        name = next(iter(each))
        found = decode(struct(each))
        assert found.values[name]["t0"] == {"a": "x", "b": "z" if each is others[0] else "s"}
        assert found.secret_paths == (frozenset() if each is others[1] else {(name, "t0", "b")})


@pytest.mark.usefixtures("nothing_kept")
def test_only_the_last_large_fields_are_kept() -> None:
    first = decode(struct(_large("0")))
    for number in range(1, 9):
        decode(struct(_large(str(number))))
    assert decode(struct(_large("8"))).values["tasks"] is decode(struct(_large("8"))).values["tasks"]
    assert decode(struct(_large("0"))).values["tasks"] is not first.values["tasks"]
    kept = decode(struct(_large("0")))
    forget()
    assert decode(struct(_large("0"))).values["tasks"] is not kept.values["tasks"]

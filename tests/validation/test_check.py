from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import ErrorDetails, core_schema

from azure_batch_provider.models.attribute import FieldType, Property, prop
from azure_batch_provider.models.base import API_2024, API_2025, Model
from azure_batch_provider.models.common import NodeIdentityReference
from azure_batch_provider.models.job import Job
from azure_batch_provider.models.job_schedule import JobSchedule
from azure_batch_provider.models.pool import Pool
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.models.scalars import Id, Text, Url
from azure_batch_provider.models.task import Task
from azure_batch_provider.validation.check import check
from azure_batch_provider.validation.messages import reason_of
from azure_batch_provider.values.paths import Path, spell
from azure_batch_provider.values.unknown import UNKNOWN
from tests.models.breaking import failures, paths, put, warned
from tests.models.full_bodies import FULL_POOL_PROPERTIES, FULL_TASK

BASIC = {"jobId": "j", "taskId": "t", "commandLine": "x"}
PLANTED = "pl4nted-s3cret"
FOREIGN = ("Input should", "pydantic", "https://errors", "valid string", "Extra inputs", "Field required", "dictionary")

bounded = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class Free(Model):
    """A body with free JSON, a map, and a list with a largest size."""

    settings: Any = prop("Whatever JSON can say.")
    tags: dict[str, Text] | None = prop("Texts by name.")
    hosts: list[Url] | None = prop("A few URLs.", max_length=2)
    entries: dict[Id, NodeIdentityReference] | None = prop("Objects by id.")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("poolId",), "poolId"),
        (("startTask", "resourceFiles", 0, "httpUrl"), "startTask.resourceFiles[0].httpUrl"),
        (("tasks", "t-1", "commandLine"), 'tasks["t-1"].commandLine'),
        (("tasks", 'say "hi"'), 'tasks["say \\"hi\\""]'),
        (("a b",), '["a b"]'),
        (("a", 0, 1), "a[0][1]"),
    ],
)
def test_a_path_is_spelt_as_the_engine_spells_it(path: Path, text: str) -> None:
    assert spell(path) == text


def test_all_failures_are_told_at_once_in_the_order_of_their_paths() -> None:
    body = {
        "jobId": "a b",
        "commandLine": None,
        "requiredSlots": "2",
        "resourceFiles": [{"httpUrl": "https://a/b"}, {"fileMode": 9}],
        "userIdentity": {"username": "me", "autoUser": {"scope": "all"}},
        "colour": "red",
        "environmentSettings": [{"name": "A"}, {"value": 1}],
    }
    found = [spell(failure.path) for failure in check(Task, body, API_2025).violations]
    assert found == [
        "colour",
        "commandLine",
        "environmentSettings[1].name",
        "environmentSettings[1].value",
        "jobId",
        "requiredSlots",
        "resourceFiles[0].filePath",
        "resourceFiles[1]",
        "resourceFiles[1].fileMode",
        "userIdentity.autoUser",
        "userIdentity.autoUser.scope",
    ]


QUOTED = "write it in quotes (in YAML, a `${...}` by itself needs `fn::toJSON`)"
UNOPENED = (
    "`{}` is what Pulumi's YAML host makes of a secret inside a larger value. Refer to the secret by itself, such as "
    "`${job.commonEnvironmentSettings[0].value}`"
)
WRONG: list[tuple[str, Any, str]] = [
    ("commandLine", 5, f"must be a string, not a number: {QUOTED}"),
    ("commandLine", True, f"must be a string, not true or false: {QUOTED}"),
    ("commandLine", ["x"], "must be a string, not a list"),
    ("commandLine", {}, f"must be a string, not an object: {UNOPENED}"),
    ("commandLine", b"x", "must be a string, not a Python bytes"),
    ("commandLine", "\ud800", "is not valid Unicode text"),
    ("requiredSlots", "2", "must be a whole number, not a string: write it without quotes"),
    ("requiredSlots", "two", "must be a whole number, not a string"),
    ("requiredSlots", 2.5, "must be a whole number, not a number with a fraction"),
    ("requiredSlots", 2.0, "must be a whole number, not a number with a decimal point"),
    ("requiredSlots", math.nan, "must be a whole number, not a number with a fraction"),
    ("requiredSlots", True, "must be a whole number, not true or false"),
    ("requiredSlots", 2**31, "must be at most 2147483647"),
    ("requiredSlots", 10**400, "must be at most 2147483647"),
    ("constraints", [], "must be an object, not a list"),
    ("constraints", "PT1H", "must be an object, not a string"),
    ("resourceFiles", {}, f"must be a list, not an object: {UNOPENED}"),
    ("resourceFiles", {1, 2}, "must be a list, not a Python set"),
    ("resourceFiles", (), "must be a list, not a Python tuple"),
    ("resourceFiles", "file", "must be a list, not a string"),
    ("environmentSettings", {"A": "1"}, "must be a list of objects, each with its own `name`, not an object"),
    ("onMissing", {}, f"must be one of `recreate`, `ignore`, not an object: {UNOPENED}"),
    ("environmentSettings", {}, f"must be a list, not an object: {UNOPENED}"),
    ("onMissing", 1, "must be one of `recreate`, `ignore`, not a number"),
    ("onMissing", "Recreated", "must be one of `recreate`, `ignore`; did you mean `recreate`?"),
    ("onMissing", "stop", "must be one of `recreate`, `ignore`"),
]


@pytest.mark.parametrize(("name", "value", "reason"), WRONG)
def test_a_value_of_the_wrong_type_is_told_in_our_own_words(name: str, value: Any, reason: str) -> None:
    found = failures(Task, {**BASIC, name: value})
    assert found.pop(name) == reason
    assert all(path.startswith(name) for path in found)


MISSPELT: list[tuple[dict[str, Any], str, str]] = [
    ({"command_line": "x"}, "command_line", "is not a property of Task; did you mean `commandLine`?"),
    ({"requiredslots": 1}, "requiredslots", "is not a property of Task; did you mean `requiredSlots`?"),
    ({"resourceFile": []}, "resourceFile", "is not a property of Task; did you mean `resourceFiles`?"),
    ({"id": "t"}, "id", "is not a property of Task; did you mean `taskId`?"),
    ({"maxTaskRetryCount": 1}, "maxTaskRetryCount", "did you mean `constraints.maxTaskRetryCount`?"),
    ({"colour": 1}, "colour", "is not a property of Task"),
    (
        {"userIdentity": {"userName": "me"}},
        "userIdentity.userName",
        "property of userIdentity; did you mean `username`?",
    ),
    (
        {"environmentSettings": [{"name": "A", "val": "1"}]},
        "environmentSettings[0].val",
        "is not a property of environmentSettings; did you mean `value`?",
    ),
    ({"a" * 1000: 1}, "a" * 1000, "is not a property of Task"),
    ({"[key]": 1}, '["[key]"]', "is not a property of Task"),
]


@pytest.mark.parametrize(("more", "path", "reason"), MISSPELT)
def test_an_unknown_property_is_told_with_the_one_that_may_have_been_meant(
    more: dict[str, Any], path: str, reason: str
) -> None:
    assert reason in failures(Task, {**BASIC, **more})[path]


def test_a_property_name_that_is_no_string_is_told_at_its_object() -> None:
    body: dict[Any, Any] = {**BASIC, 1: 2, (3, 4): 5, "constraints": {None: 1, "maxTaskRetryCount": -2}}
    assert failures(Task, body) == {
        "": "has a property name that is not a string",
        "constraints": "has a property name that is not a string",
        "constraints.maxTaskRetryCount": "must be at least -1",
    }


def test_a_property_name_that_is_no_text_is_told_at_its_object() -> None:
    assert failures(Task, {**BASIC, "constraints": {"\ud800": 1}}) == {
        "constraints": "has a property name that is not valid Unicode"
    }


def test_null_is_the_same_as_leaving_out() -> None:
    nulls = dict.fromkeys(Task.properties())
    assert failures(Task, {**nulls, **BASIC}) == {}
    assert failures(Task, nulls) == {"commandLine": "is required", "jobId": "is required"}
    assert failures(Task, {**BASIC, "dependsOn": {"taskIds": [None]}}) == {
        "dependsOn.taskIds[0]": "must be a string, not null"
    }


def test_free_json_is_accepted_and_nothing_else_in_its_place() -> None:
    assert failures(Free, {"settings": {"a": [1, 2.5, "x", None, {"b": False}, UNKNOWN]}, "tags": {"a": "b"}}) == {}
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    for value, reason in [
        (math.inf, "number that JSON does not have"),
        ({"a": [math.nan]}, "number that JSON does not have"),
        ({1: 2}, "property name that is not a string"),
        ([{1, 2}], "holds a Python set"),
        ({"a": "\ud800"}, "not valid Unicode"),
        ({"\ud800": 1}, "not valid Unicode"),
        (deep, "nested deeper than 64 levels"),
    ]:
        found = failures(Free, {"settings": value})
        assert list(found) == ["settings"]
        assert reason in found["settings"]


def test_a_map_and_a_short_list_are_checked_item_by_item() -> None:
    assert failures(Free, {"tags": {"a b": 1}, "hosts": ["a", 3, "c"]}) == {
        "hosts": "has 3 items, at most 2 are allowed",
        "hosts[1]": f"must be a string, not a number: {QUOTED}",
        'tags["a b"]': f"must be a string, not a number: {QUOTED}",
    }
    assert failures(Free, {"tags": ["a"]}) == {"tags": "must be an object (a map from names to values), not a list"}


def test_a_name_in_a_map_is_checked_like_any_text() -> None:
    body: dict[str, Any] = {
        "entries": {
            "a b": {},
            "x" * 65: {},
            "": {},
            5: {},
            None: {},
            "[key]": {},
            "good": {"resourceId": 1},
            "bad": {"resource": "x"},
        },
        "tags": {None: "x", 1: "y", "[key]": 2},
    }
    assert failures(Free, body) == {
        "entries": "has a property name that is not a string",
        'entries["a b"]': "is a name that may only consist of letters (A to Z), digits, hyphens and underscores",
        f"entries.{'x' * 65}": "is a name that has 65 characters, at most 64 are allowed",
        'entries[""]': "is a name that must not be empty",
        'entries["[key]"]': "is a name that may only consist of letters (A to Z), digits, hyphens and underscores",
        "entries.bad.resource": "is not a property of NodeIdentityReference; did you mean `resourceId`?",
        "entries.good.resourceId": f"must be a string, not a number: {QUOTED}",
        "tags": "has a property name that is not a string",
        'tags["[key]"]': f"must be a string, not a number: {QUOTED}",
    }


def test_the_inputs_are_left_as_they_were() -> None:
    body = {**BASIC, "colour": 1, "constraints": {"maxTaskRetryCount": "x", 1: 2}, "dependsOn": {"taskIds": ["a b"]}}
    before = repr(body)
    check(Task, body, API_2025)
    assert repr(body) == before


def test_what_is_wrong_elsewhere_does_not_hide_a_doubt() -> None:
    body = {**BASIC, "commandLine": "a && b", "requiredSlots": "x"}
    assert list(failures(Task, body)) == ["requiredSlots"]
    assert list(warned(Task, body)) == ["commandLine"]


def expected(field_type: FieldType) -> list[Any]:
    """Values that are certainly wrong for a shape."""
    if field_type.kind == "any":
        return [math.nan]
    return [5, {"a": 1}, ["a"]] if field_type.kind not in ("integer", "object", "map", "list") else ["text", True, 1.5]


def at(model: type[Model], path: Path) -> tuple[Property | None, FieldType]:
    found: Property | None = None
    field_type = FieldType("object", model=model)
    for part in path:
        if isinstance(part, str) and field_type.model is not None:
            found = field_type.model.properties()[part]
            field_type = found.type
        else:
            assert field_type.item is not None
            found, field_type = None, field_type.item
    return found, field_type


EVERYWHERE = [
    *((Task, FULL_TASK, path) for path in paths(FULL_TASK)),
    *((PoolProperties, FULL_POOL_PROPERTIES, path) for path in paths(FULL_POOL_PROPERTIES)),
]


@pytest.mark.parametrize(
    ("model", "body", "path"), EVERYWHERE, ids=lambda value: spell(value) if isinstance(value, tuple) else ""
)
def test_a_wrong_type_at_any_place_is_told_at_that_place(model: type[Model], body: dict[str, Any], path: Path) -> None:
    for value in expected(at(model, path)[1]):
        found = check(model, put(body, path, value), API_2024).violations
        assert path in {failure.path[: len(path)] for failure in found}
        assert {failure.path[: len(path)] for failure in found} == {path}


@pytest.mark.parametrize(
    ("model", "body", "path"), EVERYWHERE, ids=lambda value: spell(value) if isinstance(value, tuple) else ""
)
def test_a_required_property_that_is_left_out_is_told_by_its_name(
    model: type[Model], body: dict[str, Any], path: Path
) -> None:
    found, _ = at(model, path)
    if found is None or not found.required:
        return
    reasons = [
        failure.reason for failure in check(model, put(body, path, None), API_2024).violations if failure.path == path
    ]
    assert [reason.split(";")[0] for reason in reasons] == ["is required"]


def secret_bodies(field_type: FieldType) -> st.SearchStrategy[Any]:
    """Values of about the right form, in which every text holds a planted secret."""
    texts = st.builds(
        lambda before, after: f"{before}{PLANTED}{after}",
        st.sampled_from(["", "https://a/b?sig=", "https://[", "P", "/", "../", "&& ", "$", "a" * 70, "0", "{", "\n"]),
        st.sampled_from(["", "?se=2020-01-01&sig=x&sp=", " > x", "; a", "%PATH%", " $HOME", "a" * 70, "\ud800"]),
    )
    if field_type.kind == "object" and field_type.model is not None:
        fields = {name: secret_bodies(prop.type) for name, prop in field_type.model.properties().items()}
        return st.one_of(st.fixed_dictionaries({}, optional=fields), texts)
    if field_type.kind == "list" and field_type.item is not None:
        return st.one_of(
            st.lists(secret_bodies(field_type.item), max_size=2), texts, st.dictionaries(st.just("a"), texts)
        )
    return st.one_of(texts, st.lists(texts, max_size=1), st.integers(-3, 3))


@pytest.mark.parametrize("model", [Task, PoolProperties, Pool, Job, JobSchedule])
def test_no_reason_and_no_warning_repeats_what_the_program_wrote(model: type[Model]) -> None:
    @bounded
    @given(secret_bodies(FieldType("object", model=model)))
    def holds(body: Any) -> None:
        if isinstance(body, Mapping):
            for found in itertools.chain(*check(model, body, API_2025)):
                assert PLANTED not in found.reason
                assert PLANTED not in spell(found.path)

    holds()


def property_names(model: type[Model]) -> set[str]:
    found: set[str] = set()
    pending = [FieldType("object", model=model)]
    while pending:
        field_type = pending.pop()
        if field_type.model is not None:
            found |= set(field_type.model.properties())
            pending += [prop.type for prop in field_type.model.properties().values()]
        if field_type.item is not None:
            pending.append(field_type.item)
    return found


NAMES = sorted(property_names(Task) | property_names(PoolProperties) | property_names(Job))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**30),
    st.floats(),
    st.text(alphabet=st.characters()),
    st.sampled_from(["task", "Task", "PT1H", "https://a/b?se=9&sig=x", "../..", "a && b", "\ud800", "0770", "P1Y"]),
    st.binary(),
    st.just(UNKNOWN),
    st.builds(object),
    st.sampled_from([range(3), frozenset({1}), Task, math.inf]),
)
GARBAGE = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(), st.integers(), st.none()), inner, max_size=4),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("model", [Task, PoolProperties, Job, Free])
def test_whatever_the_inputs_are_the_answer_is_a_list_of_sentences(model: type[Model]) -> None:
    names = sorted(model.properties())

    @bounded
    @given(st.dictionaries(st.one_of(st.sampled_from(names), st.sampled_from(names), st.text()), GARBAGE, max_size=8))
    def holds(body: dict[str, Any]) -> None:
        for api_version in (API_2024, API_2025):
            found = check(model, body, api_version)
            for failure in itertools.chain(*found):
                assert failure.reason
                assert not any(wording in failure.reason for wording in FOREIGN)
                assert "\n" not in failure.reason
            assert len(set(found.violations)) == len(found.violations)

    holds()


@pytest.mark.parametrize(("model", "body"), [(Task, FULL_TASK), (PoolProperties, FULL_POOL_PROPERTIES)])
def test_garbage_in_the_midst_of_what_is_right_is_told_below_its_own_place(
    model: type[Model], body: dict[str, Any]
) -> None:
    @bounded
    @given(st.sampled_from(paths(body)), GARBAGE)
    def holds(path: Path, value: Any) -> None:
        for failure in check(model, put(body, path, value), API_2024).violations:
            # A rule may be told at the object that holds the value, or at a property beside it.
            assert failure.path[: len(path) - 1] == path[:-1] or failure.path == path[: len(failure.path)]

    holds()


@pytest.mark.parametrize("kind", get_args(core_schema.ErrorType))
def test_every_error_of_pydantic_becomes_a_sentence_of_ours(kind: str) -> None:
    limits = dict.fromkeys(("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length"), 2)
    context = {**limits, "pattern": "Input should", "error": ValueError("must be of the form that we say")}
    for path in [
        ("taskId",),
        ("requiredSlots",),
        ("resourceFiles",),
        ("constraints",),
        ("onMissing",),
        ("nothing",),
        (),
    ]:
        for value in [None, "x", 1, 1.5, True, [], {}, object()]:
            error = ErrorDetails(type=kind, loc=path, msg="Input should be x", input=value, ctx=context)
            where, reason = reason_of(Task, error)
            assert where == path[: len(where)]
            assert reason
            assert not any(wording in reason for wording in FOREIGN)


def test_ten_thousand_wrong_items_are_all_told() -> None:
    found = check(Task, {**BASIC, "dependsOn": {"taskIds": ["a b"] * 10_000}, "x": 1}, API_2025).violations
    assert len(found) == 10_001
    assert [failure.path for failure in found[:3]] == [("dependsOn", "taskIds", n) for n in range(3)]


SUBNET = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/n/subnets/s"


def of_auto_pool(**pool: Any) -> dict[str, Any]:
    """A job whose pool is made for it."""
    specification = {
        "vmSize": "standard_d2s_v3",
        "virtualMachineConfiguration": {
            "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
            "nodeAgentSKUId": "batch.node.ubuntu 24.04",
        },
        **pool,
    }
    return {"jobId": "j", "poolInfo": {"autoPoolSpecification": {"poolLifetimeOption": "job", "pool": specification}}}


POOL_PATH = ("poolInfo", "autoPoolSpecification", "pool")


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        (
            {"jobId": "j", "poolInfo": {"poolId": "p"}, "networkConfiguration": {"subnetId": SUBNET}},
            ("networkConfiguration", "subnetId"),
        ),
        (
            of_auto_pool(networkConfiguration={"subnetId": SUBNET}),
            (*POOL_PATH, "networkConfiguration", "subnetId"),
        ),
        (
            of_auto_pool(
                networkConfiguration={
                    "publicIPAddressConfiguration": {"provision": "usermanaged", "ipAddressIds": [SUBNET]}
                }
            ),
            (*POOL_PATH, "networkConfiguration", "publicIPAddressConfiguration", "ipAddressIds"),
        ),
        (
            of_auto_pool(
                virtualMachineConfiguration={
                    "imageReference": {"virtualMachineImageId": f"{SUBNET}/images/i"},
                    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
                }
            ),
            (*POOL_PATH, "virtualMachineConfiguration", "imageReference", "virtualMachineImageId"),
        ),
    ],
)
def test_what_links_networks_images_and_addresses_needs_entra_and_is_refused_with_a_key(
    inputs: dict[str, Any], path: tuple[str, ...]
) -> None:
    assert check(Job, inputs, API_2025).violations == []
    (failure,) = check(Job, inputs, API_2025, by_key=True).violations
    assert failure.path == path
    assert failure.reason.startswith("needs Entra: ")
    assert check(Job, put(inputs, path, UNKNOWN), API_2025, by_key=True).violations == []


def test_no_addresses_at_all_and_pools_of_the_marketplace_need_no_entra() -> None:
    networks: tuple[Any, ...] = ({}, {"publicIPAddressConfiguration": {"ipAddressIds": []}}, UNKNOWN)
    for network in networks:
        assert check(Job, of_auto_pool(networkConfiguration=network), API_2025, by_key=True).violations == []

"""The resources that a program declares are the models' inputs, under Python's names."""

from __future__ import annotations

import base64
import inspect
import pickle
import warnings
from typing import Any

import pulumi
import pytest
from pulumi.dynamic.dynamic import serialize_provider

from azure_batch_provider import dynamic, registry
from azure_batch_provider.dynamic import provider
from azure_batch_provider.dynamic.batch_provider import BatchProvider
from azure_batch_provider.dynamic.resource import BatchResource, rest_name
from azure_batch_provider.models.attribute import FieldType, Property
from azure_batch_provider.models.pool_properties import PoolProperties
from azure_batch_provider.models.start_task import StartTask

OFFERED = [each for each in registry.RESOURCES.values() if each.dynamic]
RESOURCES = [(each.token, getattr(dynamic, each.name)) for each in OFFERED]
PROVIDERS: list[type[BatchProvider]] = [getattr(provider, f"{each.name}Provider") for each in OFFERED]


def arguments(resource: type[BatchResource]) -> dict[str, inspect.Parameter]:
    parameters = dict(inspect.signature(resource.__init__).parameters)
    return {name: item for name, item in parameters.items() if name not in ("self", "name", "opts")}


def prop(token: str, argument: str) -> Property:
    return registry.model(token).properties()[rest_name(argument)]


def written(field_type: FieldType) -> tuple[str, str]:
    """How an input and an output of this shape are annotated."""
    if field_type.kind == "object":
        return "pulumi.Input[Body]", "Mapping[str, Any]"
    if field_type.item is not None:
        given, shown = ("Body", "Mapping[str, Any]") if field_type.item.kind == "object" else ("Any", "Any")
        return f"pulumi.Input[Sequence[pulumi.Input[{given}]]]", f"Sequence[{shown}]"
    name = {"integer": "int", "boolean": "bool"}.get(field_type.kind, "str")
    return f"pulumi.Input[{name}]", name


def test_every_resource_type_that_works_without_the_plugin_is_offered() -> None:
    assert sorted(dynamic.__all__) == sorted(each.name for each in OFFERED)


@pytest.mark.parametrize(("token", "resource"), RESOURCES)
def test_the_arguments_are_the_inputs_of_the_model(token: str, resource: type[BatchResource]) -> None:
    found = arguments(resource)
    assert {rest_name(name) for name in found} == set(registry.model(token).properties())
    for name, argument in found.items():
        field = prop(token, name)
        expected = written(field.type)[0]
        assert argument.kind is inspect.Parameter.KEYWORD_ONLY
        assert argument.annotation == (expected if field.required else f"{expected} | None")
        assert (argument.default is inspect.Parameter.empty) is field.required


@pytest.mark.parametrize(("token", "resource"), RESOURCES)
def test_each_argument_is_described_as_the_model_describes_it(token: str, resource: type[BatchResource]) -> None:
    text = " ".join((resource.__init__.__doc__ or "").split())
    fields = {name: prop(token, name) for name in arguments(resource)}
    described = [" ".join(filter(None, (f"{n}: {f.description}", f.traits.deprecated))) for n, f in fields.items()]
    assert all(field.description for field in fields.values())
    assert " ".join(described) in text


@pytest.mark.parametrize(("token", "resource"), RESOURCES)
def test_each_input_is_an_output_too(token: str, resource: type[BatchResource]) -> None:
    for name in arguments(resource):
        getter = getattr(resource, name).fget
        assert getter._pulumi_name == prop(token, name).name
        kind = written(prop(token, name).type)[1]
        assert getter.__annotations__["return"] in (f"pulumi.Output[{kind}]", f"pulumi.Output[{kind} | None]")


@pytest.mark.parametrize("kind", PROVIDERS)
def test_a_provider_is_recorded_by_its_name_alone(kind: type[BatchProvider]) -> None:
    """What is recorded here stands in users' states: another text must never be needed to read it."""
    recorded = base64.b64decode(serialize_provider(kind()))
    assert len(recorded) < 100
    assert not kind.serialize_as_secret_always
    assert vars(kind()) == {}
    name = f"\x8c{chr(len(kind.__name__))}{kind.__name__}".encode("latin-1")
    assert recorded.endswith(b"\x8c\x25azure_batch_provider.dynamic.provider\x94" + name + b"\x94\x93\x94)\x81\x94.")
    assert type(pickle.loads(recorded)) is kind


class Recorder(pulumi.runtime.Mocks):
    """Stands in for the engine, so that what a constructor registers can be looked at."""

    def __init__(self) -> None:
        self.registered: list[pulumi.runtime.MockResourceArgs] = []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.registered.append(args)
        return f"id of {args.name}", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        return {}, None


@pytest.fixture
def engine() -> Recorder:
    recorder = Recorder()
    with warnings.catch_warnings():
        # Pulumi makes futures before there is a loop, and lets asyncio make one: Python 3.12 warns of that.
        warnings.filterwarnings("ignore", "There is no current event loop", DeprecationWarning)
        pulumi.runtime.set_mocks(recorder, project="project", stack="stack", preview=False)
    return recorder


def declare(engine: Recorder, program: Any) -> dict[str, Any]:
    """The inputs that a program registers for its only resource."""

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> Any:
        resource = program()
        return resource.urn

    run()
    (registered,) = engine.registered
    return dict(registered.inputs)


def test_a_model_stands_for_what_was_set_in_it(engine: Recorder) -> None:
    start = StartTask(commandLine="/bin/true", maxTaskRetryCount=2)
    inputs = declare(engine, lambda: dynamic.PoolProperties("p", pool_id="pool", start_task=start))
    assert inputs["startTask"] == {"commandLine": "/bin/true", "maxTaskRetryCount": 2}
    assert set(PoolProperties.properties()) & set(inputs) == {"poolId", "startTask"}


def test_a_resource_carries_its_urn_and_where_its_secrets_are(engine: Recorder) -> None:
    def program() -> pulumi.Resource:
        value = pulumi.Output.secret("word")
        return dynamic.Task(
            "t",
            job_id=pulumi.Output.from_input("job"),
            command_line=pulumi.Output.secret("true"),
            environment_settings=[{"name": "A", "value": "open"}, {"name": "B", "value": value}],
        )

    inputs = declare(engine, program)
    assert inputs["__urn"] == "urn:pulumi:stack::project::pulumi-python:dynamic/azure-batch:Task::t"
    assert inputs["__secrets"] == ["commandLine", "environmentSettings[1].value"]
    assert "__preview" not in inputs


def test_an_import_is_refused_with_the_way_out(engine: Recorder) -> None:
    options = pulumi.ResourceOptions(import_="pools/pool")
    with pytest.raises(pulumi.RunError, match=r"p: dynamic providers cannot import\. .*plugin"):
        dynamic.PoolProperties("p", pool_id="pool", opts=options)

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from azure_batch_provider import registry, schema
from azure_batch_provider.batch.client import BatchClient
from azure_batch_provider.config.configuration import Configuration
from azure_batch_provider.config.resolve import configuration
from azure_batch_provider.config.settings import PROPERTIES
from azure_batch_provider.http.deadline import Deadline
from azure_batch_provider.lifecycle.context import Call, Session
from azure_batch_provider.lifecycle.resource import Resource
from azure_batch_provider.models.attribute import Property
from azure_batch_provider.models.base import API_2025, API_VERSIONS, Model
from azure_batch_provider.validation.check import check
from azure_batch_provider.values.unknown import UNKNOWN

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = schema.package_schema()
TYPES: dict[str, Any] = SCHEMA["types"]
PREFIX = "#/types/"
EXAMPLES = re.compile(r"\n\n{{% examples %}}\n(.*?)\n{{% /examples %}}", re.DOTALL)


def models() -> Iterator[tuple[type[Model], dict[str, Any]]]:
    """Every model with its part of the schema, resources and functions first."""
    pending = []
    for token, resource in SCHEMA["resources"].items():
        yield registry.model(token), {**resource, "required": resource["requiredInputs"]}
        pending.append(registry.model(token))
    for token, function in SCHEMA["functions"].items():
        pending += [registry.arguments(token), registry.result(token)]
        yield from zip(pending[-2:], (function["inputs"], function["outputs"]), strict=True)
    seen: set[type[Model]] = set(pending)
    while pending:
        for prop in pending.pop().properties().values():
            model = (prop.type.item or prop.type).model
            if model is not None and model not in seen:
                seen.add(model)
                pending.append(model)
                yield model, TYPES[f"azure-batch:index:{model.__name__}"]


def described() -> Iterator[tuple[str, str]]:
    """Every place that has a description, and the description, without the examples."""
    parts = [(token, part) for section in ("resources", "types") for token, part in SCHEMA[section].items()]
    for token, function in SCHEMA["functions"].items():
        yield token, EXAMPLES.sub("", function["description"])
        parts += [(f"{token}.{side}", function[side]) for side in ("inputs", "outputs")]
    for token, part in parts:
        yield token, EXAMPLES.sub("", part.get("description", ""))
        for name, prop in part.get("properties", {}).items():
            yield f"{token}.{name}", prop.get("description", "")
        for value in part.get("enum", ()):
            yield f"{token}={value['value']}", value.get("description", "")
    for name, variable in SCHEMA["config"]["variables"].items():
        yield f"config.{name}", variable.get("description", "")
    yield "provider", SCHEMA["provider"]["description"]
    yield "package", SCHEMA["description"]


def references(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        for name, value in part.items():
            if name == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for item in part:
            yield from references(item)


def test_the_schema_in_the_repository_is_the_one_that_the_models_generate() -> None:
    stored = (ROOT / "schema.json").read_text(encoding="utf-8")
    assert stored == schema.text(), "schema.json is not what the models say: run `make generate`"


def test_the_module_prints_the_schema_in_its_canonical_form() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "azure_batch_provider.schema"],
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    ).stdout
    assert printed == schema.text()
    assert printed == json.dumps(json.loads(printed), indent=2, ensure_ascii=False) + "\n"


def test_every_part_of_the_schema_has_a_description_that_is_a_sentence() -> None:
    for place, text in described():
        assert text.strip() == text, place
        assert re.search(r"[.`]$", text), f"{place}: {text!r}"
        assert text[0].isupper() or text[0] == "`", f"{place}: {text!r}"


def test_no_description_is_a_placeholder() -> None:
    for place, text in described():
        assert not re.search(r"\b(todo|tbd|fixme|xxx|lorem|placeholder|undocumented|enums)\b", text, re.IGNORECASE), (
            place
        )
        name = re.split(r"[:.=]", place)[-1]
        words = re.sub(r"[^a-z0-9]", "", text.casefold())
        own = re.sub(r"[^a-z0-9]", "", name.casefold())
        assert words != own or len(own) <= 4, f"{place} only repeats its name"


def test_properties_are_those_of_the_models_with_their_flags() -> None:
    resources = [registry.model(token) for token in SCHEMA["resources"]]
    for model, part in models():
        assert list(part["properties"]) == list(model.properties()), model
        for name, prop in model.properties().items():
            written = part["properties"][name]
            assert written["description"] == prop.description
            assert written.get("secret", False) is prop.traits.secret, (model, name)
            assert written.get("willReplaceOnChanges", False) is (
                model in resources and model.requires_replace(name)
            ), (model, name)
        assert part.get("required", []) == [name for name, prop in model.properties().items() if prop.required]


def test_types_are_just_those_that_resources_and_functions_consist_of() -> None:
    used = {reference.removeprefix(PREFIX) for reference in references(SCHEMA) if reference.startswith(PREFIX)}
    assert set(TYPES) == used
    assert set(references(SCHEMA)) - {PREFIX + token for token in used} == {"pulumi.json#/Any", "pulumi.json#/Asset"}


JSON_TYPES = {"integer": "integer", "boolean": "boolean"}


def test_types_of_properties_are_those_of_the_models() -> None:
    for model, part in models():
        for name, prop in model.properties().items():
            written = {
                key: value for key, value in part["properties"][name].items() if key in ("type", "items", "$ref")
            }
            written |= {key: value for key, value in part["properties"][name].items() if key == "additionalProperties"}
            assert written == expected(prop), (model, name)


def expected(prop: Property) -> dict[str, Any]:
    def of(field_type: Any) -> dict[str, Any]:
        if field_type.kind in ("object", "enum"):
            return {"$ref": f"{PREFIX}azure-batch:index:{(field_type.model or field_type.enum).__name__}"}
        if field_type.kind == "list":
            return {"type": "array", "items": of(field_type.item)}
        if field_type.kind == "map":
            return {"type": "object", "additionalProperties": of(field_type.item)}
        return (
            {"$ref": "pulumi.json#/Any"}
            if field_type.kind == "any"
            else {"$ref": "pulumi.json#/Asset"}
            if field_type.kind == "asset"
            else {"type": JSON_TYPES.get(field_type.kind, "string")}
        )

    return of(prop.type)


def test_enums_hold_the_values_of_the_models_under_names_that_every_language_can_write() -> None:
    choices: dict[str, dict[str, str]] = {}
    for model, _ in models():
        for prop in model.properties().values():
            enum = (prop.type.item or prop.type).enum
            if enum is not None:
                members = {str(member.value): member.description for member in enum}
                choices[f"azure-batch:index:{enum.__name__}"] = members
    settings = SCHEMA["config"]["variables"]
    choices |= {
        settings[item.name]["$ref"].removeprefix(PREFIX): dict(item.values) for item in PROPERTIES if item.values
    }
    assert choices.keys() == {token for token, part in TYPES.items() if "enum" in part}
    for token, members in choices.items():
        assert {value["value"]: value["description"] for value in TYPES[token]["enum"]} == members
        names = [value["name"] for value in TYPES[token]["enum"]]
        assert len({name.casefold() for name in names}) == len(names)
        assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) for name in names)


@pytest.mark.parametrize("token", sorted(SCHEMA["resources"]))
def test_outputs_of_a_resource_are_its_inputs(token: str) -> None:
    resource = SCHEMA["resources"][token]
    assert resource["properties"] == resource["inputProperties"]
    assert "id" not in resource["properties"]


@pytest.mark.parametrize(
    ("token", "inputs", "outputs"),
    [
        ("ApplicationPackage", ["applicationId", "source"], ["applicationId", "version", "source"]),
        ("Job", ["poolInfo"], ["jobId", "poolInfo"]),
        ("PoolProperties", ["poolId"], ["poolId"]),
        ("Task", ["jobId", "commandLine"], ["jobId", "taskId", "commandLine"]),
    ],
)
def test_ids_are_always_there_as_outputs_though_they_may_be_left_out_as_inputs(
    token: str, inputs: list[str], outputs: list[str]
) -> None:
    resource = SCHEMA["resources"][f"azure-batch:index:{token}"]
    assert resource["requiredInputs"] == inputs
    assert resource["required"] == outputs


SECRET = {
    "AzureBlobFileSystemConfiguration.accountKey",
    "AzureBlobFileSystemConfiguration.sasKey",
    "AzureFileShareConfiguration.accountKey",
    "CifsMountConfiguration.password",
    "ContainerRegistryReference.password",
    "LinuxUserConfiguration.sshPrivateKey",
    "UserAccount.password",
    "VMExtension.protectedSettings",
}


def test_what_the_service_never_returns_is_a_secret_and_nothing_else_is() -> None:
    found = {
        f"{token.rsplit(':', 1)[1]}.{name}"
        for token, part in TYPES.items()
        for name, prop in part.get("properties", {}).items()
        if prop.get("secret")
    }
    assert found == SECRET
    for model, _ in models():
        for prop in model.properties().values():
            if prop.type.kind != "asset":  # what is in a package is not read back, and no secret
                assert prop.traits.secret == prop.traits.write_only


def test_configuration_is_the_same_for_default_and_explicit_providers() -> None:
    assert SCHEMA["config"]["variables"] == SCHEMA["provider"]["inputProperties"]
    assert list(SCHEMA["config"]["variables"]) == [setting.name for setting in PROPERTIES]
    secrets = {name for name, setting in SCHEMA["config"]["variables"].items() if setting.get("secret")}
    assert secrets == {"accountKey", "clientSecret", "oidcToken"}


def test_settings_with_a_closed_set_of_values_are_enums() -> None:
    closed = {name for name, found in SCHEMA["config"]["variables"].items() if "$ref" in found}
    assert closed == {"apiVersion", "cloud", "driftDetection"}


def test_what_the_service_has_retired_is_deprecated() -> None:
    parts = [(token, part) for section in ("resources", "types") for token, part in SCHEMA[section].items()]
    retired = {
        f"{token.rpartition(':')[2]}.{name}"
        for token, part in parts
        for name, found in part.get("properties", {}).items()
        if found.get("deprecationMessage", "").startswith("The service has retired ")
    }
    assert retired == {
        "JobManagerTask.authenticationTokenSettings",
        "Pool.certificateReferences",
        "Pool.targetNodeCommunicationMode",
        "PoolProperties.certificateReferences",
        "PoolProperties.targetNodeCommunicationMode",
        "PoolSpecification.certificateReferences",
        "PoolSpecification.targetNodeCommunicationMode",
        "Task.authenticationTokenSettings",
        "TaskBody.authenticationTokenSettings",
    }


@pytest.mark.parametrize("token", sorted(SCHEMA["resources"]))
def test_the_command_that_imports_a_resource_has_its_token_and_an_id_of_its_form(token: str) -> None:
    session = Session(configuration({"endpoint": "https://a.b.batch.azure.com", "accountKey": "a2V5"}, {}), _connect)
    call = Call("", "", token, lambda *_: None, Deadline())
    kind = cast("type[Resource]", type(registry.lifecycle(token, session, call)))
    (command,) = re.findall(r"```sh\npulumi import (.*)\n```", SCHEMA["resources"][token]["description"])
    named, name, id = command.split()
    assert (named, name) == (token, "example")
    assert kind(session, call).id_inputs(id)


def _connect(_: Configuration) -> BatchClient:
    raise AssertionError("nothing is asked of the service")


def test_configuration_says_which_variables_it_falls_back_to() -> None:
    for setting in PROPERTIES:
        text = SCHEMA["config"]["variables"][setting.name]["description"]
        assert all(f"`{name}`" in text for name in setting.environment)
        assert all(f"`{value}`" in text for value in setting.values)


def test_no_default_is_in_the_schema_for_sdks_to_send_as_if_the_program_had_written_it() -> None:
    def keys(part: Any) -> Iterator[str]:
        if isinstance(part, Mapping):
            for name, value in part.items():
                if name == "properties" or name == "inputProperties" or name == "variables":
                    for inner in value.values():
                        yield from keys(inner)
                else:
                    yield name
                    yield from keys(value)
        elif isinstance(part, list):
            for item in part:
                yield from keys(item)

    assert {"default", "defaultInfo"}.isdisjoint(keys(SCHEMA))


LANGUAGES = ["typescript", "python", "go", "csharp", "java", "yaml"]


@pytest.mark.parametrize("token", sorted([*SCHEMA["resources"], *SCHEMA["functions"]]))
def test_each_resource_and_function_has_an_example_of_itself_in_every_language(token: str) -> None:
    described = SCHEMA["resources"].get(token) or SCHEMA["functions"][token]
    (section,) = EXAMPLES.findall(described["description"])
    blocks = dict(re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL))
    assert list(blocks) == LANGUAGES, "run `make examples`"
    example = yaml.safe_load(blocks["yaml"])
    resources = list(example.get("resources", {}).values())
    calls = [variable["fn::invoke"] for variable in example.get("variables", {}).values()]
    assert token.replace(":index", "") in [*(item["type"] for item in resources), *(call["function"] for call in calls)]
    for resource in resources:
        properties = {name: known(value) for name, value in resource["properties"].items()}
        model = registry.model(resource["type"].replace(":", ":index:"))
        for api_version in API_VERSIONS:
            assert check(model, properties, api_version).violations == []
        assert check(model, properties, API_2025).warnings == []
    for call in calls:
        arguments = {name: known(value) for name, value in call["arguments"].items()}
        model = registry.arguments(call["function"].replace(":", ":index:"))
        assert check(model, arguments, API_2025).violations == []


def known(value: Any) -> Any:
    """A value of an example; what YAML makes of references and functions is not known here."""
    if isinstance(value, Mapping):
        return UNKNOWN if any(key.startswith("fn::") for key in value) else {k: known(v) for k, v in value.items()}
    if isinstance(value, list):
        return [known(item) for item in value]
    return UNKNOWN if isinstance(value, str) and "${" in value else value


def test_an_example_that_was_changed_is_converted_again() -> None:
    """That the conversion is fresh as a whole is proved in tests/languages; this is quick."""
    programs = {path.stem: path.read_text().strip() for path in (ROOT / "scripts/examples/programs").glob("*.yaml")}
    assert {path.stem for path in schema.EXAMPLES.iterdir()} == set(programs)
    for name, program in programs.items():
        assert f"```yaml\n{program}\n```" in (schema.EXAMPLES / f"{name}.md").read_text(), "run `make examples`"


def test_version_and_name_are_those_of_the_distribution() -> None:
    from importlib.metadata import version

    assert SCHEMA["name"] == "azure-batch"
    assert SCHEMA["version"] == version("azure-batch-provider")


def test_two_types_of_one_name_would_be_noticed() -> None:
    first, second = (type("Twice", (Model,), {"__annotations__": {}}) for _ in range(2))
    holder = type("Holder", (Model,), {"__annotations__": {"a": first, "b": second}})
    with pytest.raises(TypeError, match="Twice"):
        schema._parts([holder])

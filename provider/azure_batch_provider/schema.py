"""The package schema: what Pulumi, its SDK generators and its documentation know of the provider.

Made from the models, the configuration's properties and the converted examples in the folder `examples`, and from
nothing else: no name, text or flag of a resource stands here. `python -m azure_batch_provider.schema` prints it.

No defaults are in it, neither the service's nor those read from the environment: SDKs would send them as if the program
had written them, and record them in the state.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any, Final

from azure_batch_provider import registry
from azure_batch_provider.config.settings import PROPERTIES
from azure_batch_provider.config.settings import Property as Setting
from azure_batch_provider.models.attribute import FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.scalars import SCALARS, Enum

_ANYTHING: Final = {"$ref": "pulumi.json#/Any"}
_INDEX: Final = f"{registry.PACKAGE}:index"

REPOSITORY: Final = "https://github.com/azure-batch-pulumi/pulumi-azure-batch"
"""Where the project is published; the Go SDK is imported by it."""
LICENSE: Final = "Apache-2.0"
RELEASES: Final = f"github://api.github.com/{REPOSITORY.removeprefix('https://github.com/')}"
"""Where an engine that has no plugin fetches one: releases of the project. Who serves plugins from elsewhere builds
SDKs that name another address: `make sdk PLUGINS=https://...`."""
LOGO: Final = f"https://raw.githubusercontent.com/{REPOSITORY.removeprefix('https://github.com/')}/main/docs/logo.svg"
EXAMPLES: Final = Path(__file__).resolve().parent / "examples"
"""Each is written in YAML; `make examples` converts it into the other languages, for the schema to have them all."""

_LANGUAGES: Final[dict[str, Any]] = {
    "csharp": {
        "rootNamespace": "AzureBatchPulumi",
        "namespaces": {registry.PACKAGE: "AzureBatch"},
        "packageReferences": {"Pulumi": "3.*"},
        "respectSchemaVersion": True,
    },
    "go": {
        "importBasePath": f"{REPOSITORY.removeprefix('https://')}/sdk/go/azurebatch",
        "respectSchemaVersion": True,
    },
    "java": {
        "basePackage": "io.github.azurebatchpulumi",
        "dependencies": {
            "com.google.code.findbugs:jsr305": "3.0.2",
            "com.google.code.gson:gson": "2.10",
            "com.pulumi:pulumi": "1.36.1",
        },
        # The package has a pom.xml of our own: what the generator writes for Gradle publishes for Pulumi itself.
        "buildFiles": "none",
    },
    "nodejs": {"packageName": "pulumi-azure-batch", "respectSchemaVersion": True},
    "python": {
        "packageName": "pulumi_azure_batch",
        "pyproject": {"enabled": True},
        "pythonRequires": ">=3.10",
        "readme": (
            "Azure Batch pool properties, jobs and tasks as code: the Python SDK of the Pulumi package `azure-batch`. "
            "It is generated from the package's schema and needs the plugin, which `azure-batch-provider` contains."
        ),
        "requires": {"pulumi": ">=3.231.0,<4.0.0"},
        "respectSchemaVersion": True,
    },
}


def package_schema() -> dict[str, Any]:
    """Return the schema of the whole package, as https://www.pulumi.com/docs/iac/extending-pulumi/schema/ has it."""
    models = {token: registry.model(token) for token in registry.RESOURCES}
    functions = {token: (registry.arguments(token), registry.result(token)) for token in registry.FUNCTIONS}
    settings = {setting.name: _setting(setting) for setting in PROPERTIES}
    return {
        "name": registry.PACKAGE,
        "displayName": "Azure Batch",
        "version": version("azure-batch-provider"),
        "description": "The Azure Batch data plane as code: pool properties, jobs and tasks.",
        "keywords": ["pulumi", "azure", "batch", "category/cloud", "kind/native"],
        "homepage": REPOSITORY,
        "repository": REPOSITORY,
        "license": LICENSE,
        "logoUrl": LOGO,
        "pluginDownloadURL": RELEASES,
        "publisher": "Azure Batch for Pulumi",
        "meta": {"moduleFormat": "(.*)", "supportPack": True},
        "config": {"variables": settings},
        "provider": {
            "description": "An Azure Batch account, reached by its endpoint with an account key or an Entra identity.",
            "properties": {name: setting for name, setting in settings.items() if setting["type"] == "string"},
            "inputProperties": settings,
        },
        "resources": {token: _resource(token, model) for token, model in models.items()},
        "functions": {token: _function(token, *models) for token, models in functions.items()},
        "types": dict(sorted({**_settings_types(), **_types([*models.values(), *chain(*functions.values())])}.items())),
        "language": _LANGUAGES,
    }


@cache
def text() -> str:
    """Return the schema in its canonical form: JSON, indented by two, with a newline at its end."""
    return json.dumps(package_schema(), indent=2, ensure_ascii=False) + "\n"


def _setting(setting: Setting) -> dict[str, Any]:
    sentences = [setting.description]
    if setting.values:
        sentences.append(f"One of {', '.join(f'`{value}`' for value in setting.values)}.")
    if setting.default is not None:
        default = setting.default if isinstance(setting.default, str) else json.dumps(setting.default)
        sentences.append(f"Default: `{default}`.")
    if setting.environment:
        what = "variable" if len(setting.environment) == 1 else "variables"
        sentences.append(f"Environment {what}: {', '.join(f'`{name}`' for name in setting.environment)}.")
    found: dict[str, Any] = {"type": setting.type, "description": " ".join(sentences)}
    if setting.values:
        found["$ref"] = f"#/types/{_INDEX}:{_capital(setting.name)}"
    if setting.secret:
        found["secret"] = True
    return found


def _settings_types() -> dict[str, Any]:
    """The closed sets of values of settings."""
    return {
        f"{_INDEX}:{_capital(setting.name)}": {
            "type": "string",
            "description": setting.description,
            "enum": [
                {"name": _value_name(value), "description": what, "value": value}
                for value, what in setting.values.items()
            ],
        }
        for setting in PROPERTIES
        if setting.values
    }


def _value_name(value: str) -> str:
    """What a value of a setting is called in SDKs: `Live`, `V20240701` for `2024-07-01.20.0`."""
    year_month_day = re.match(r"(\d+)-(\d+)-(\d+)", value)
    return _capital(value) if year_month_day is None else f"V{''.join(year_month_day.groups())}"


def _capital(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}"


def _resource(token: str, model: type[Model]) -> dict[str, Any]:
    """Outputs are the inputs: whatever the service adds by itself would make a change of every refresh."""
    fields = model.properties()
    properties = {name: _property(field, model.requires_replace(name)) for name, field in fields.items()}
    return {
        "description": "\n\n".join([_description(model), *_example(token), _importing(token, model)]),
        "properties": properties,
        # What is in its id is always there, whether the program has said it or not.
        "required": [name for name, field in fields.items() if field.required or f"<{name}>" in model.id_form],
        "inputProperties": properties,
        "requiredInputs": [name for name, field in fields.items() if field.required],
    }


def _importing(token: str, model: type[Model]) -> str:
    """The section on how a resource is imported, with the whole command."""
    example = re.sub(
        r"<([a-zA-Z]+?)(?:Id)?>",
        lambda found: "my-" + re.sub(r"[A-Z]", lambda letter: f"-{letter[0].lower()}", found[1]),
        model.id_form,
    )
    command = f"pulumi import {token} example {example}"
    return f"## Import\n\nBy `{model.id_form}`:\n\n```sh\n{command}\n```"


def _function(token: str, arguments: type[Model], result: type[Model]) -> dict[str, Any]:
    described = "\n\n".join([_description(arguments), *_example(token)])
    return {"description": described, "inputs": _object(arguments), "outputs": _object(result)}


def _example(token: str) -> list[str]:
    """The section "Example Usage", in all languages; none for what is so new that its example is not converted yet."""
    file = EXAMPLES / f"{token.rpartition(':')[2]}.md"
    return [file.read_text(encoding="utf-8").strip()] if file.exists() else []


def _type(part: type[Model] | type[Enum]) -> dict[str, Any]:
    if issubclass(part, Enum):
        values = [
            {"name": _member_name(member), "description": member.description, "value": member.value} for member in part
        ]
        return {"type": "string", "description": _description(part), "enum": values}
    return _object(part)


def _object(part: type[Model]) -> dict[str, Any]:
    fields = part.properties()
    found: dict[str, Any] = {
        "type": "object",
        "description": _description(part),
        "properties": {name: _property(field) for name, field in fields.items()},
    }
    required = [name for name, field in fields.items() if field.required]
    return {**found, "required": required} if required else found


def _property(field: Property, requires_replace: bool = False) -> dict[str, Any]:
    found = {**_reference(field.type), "description": field.description}
    if field.traits.secret:
        found["secret"] = True
    if requires_replace:
        found["willReplaceOnChanges"] = True
    if field.traits.deprecated is not None:
        found["deprecationMessage"] = field.traits.deprecated
    return found


def _reference(field_type: FieldType) -> dict[str, Any]:
    if field_type.model or field_type.enum:
        name = (field_type.model or field_type.enum).__name__  # type: ignore[union-attr]
        return {"$ref": f"#/types/{_INDEX}:{name}"}
    if field_type.item:
        inner = _reference(field_type.item)
        return {"type": "array", "items": inner} if field_type.kind == "list" else _map(inner)
    if field_type.kind == "asset":
        return {"$ref": "pulumi.json#/Asset"}  # an archive as well
    json_type = SCALARS[field_type.kind].json
    return dict(_ANYTHING) if json_type is None else {"type": json_type}


def _map(inner: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": inner}


def _types(models: Iterable[type[Model]]) -> dict[str, Any]:
    return {f"{_INDEX}:{part.__name__}": _type(part) for part in _parts(models)}


def _parts(models: Iterable[type[Model]]) -> list[type[Model] | type[Enum]]:
    """Every type that resources and functions consist of, by name; two of one name would be one in the schema."""
    found: dict[str, type[Model] | type[Enum]] = {}
    pending = [part for model in models for part in _direct(model)]
    while pending:
        part = pending.pop()
        if found.setdefault(part.__name__, part) is not part:
            raise TypeError(f"two types of the models are called {part.__name__}")
        if issubclass(part, Model):
            pending += [inner for inner in _direct(part) if found.get(inner.__name__) is not inner]
    return [found[name] for name in sorted(found)]


def _direct(model: type[Model]) -> Iterator[type[Model] | type[Enum]]:
    for field in model.properties().values():
        field_type: FieldType | None = field.type
        while field_type is not None:
            if field_type.model is not None:
                yield field_type.model
            if field_type.enum is not None:
                yield field_type.enum
            field_type = field_type.item


def _member_name(member: Enum) -> str:
    """The name of an enum's value in SDKs, which each of them cases in its own way."""
    return "".join(part.capitalize() for part in member.name.split("_"))


def _description(part: type) -> str:
    return inspect.cleandoc(part.__doc__ or "")


if __name__ == "__main__":
    sys.stdout.write(text())

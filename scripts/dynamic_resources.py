"""Writes the modules of the dynamic resources from the models, so that no argument, type or description can drift.

    python scripts/dynamic_resources.py FOLDER

The text comes out the way ruff formats it, and it is the same at each run. `azure_batch_provider.dynamic` is not
imported here: what is written must not be needed to write it.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from azure_batch_provider import registry
from azure_batch_provider.models.attribute import FieldType, Property
from azure_batch_provider.models.base import Model

WIDTH = 120
_SCALARS: Mapping[str | None, str] = {None: "Any", "boolean": "bool", "integer": "int", "string": "str"}
"""Types by a scalar's JSON type."""

_MODULE = '''\
"""The resource `{name}`, as a program without a plugin declares it.

Written by scripts/generate.py from the resource's model: a change belongs there.
"""

from __future__ import annotations

{imports}

import pulumi

from azure_batch_provider.dynamic.provider import {name}Provider
from azure_batch_provider.dynamic.resource import BatchResource{body}

{resource}'''

_CLASS = '''
class {name}(BatchResource, module="{package}", name="{name}"):
    """{summary}

    Follows the same rules as the resource of that name in the `{package}` plugin; see docs/dynamic.md for what
    dynamic providers cannot do.
    """

    def __init__(
        self,
        name: str,
        *,
{parameters}
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare it. Nested bodies are spelled as in the REST API: dicts in camelCase, or the models of this package.

        Args:
            name: of the resource in the stack.
{arguments}
            opts: of the resource; `import_` is not possible here.

        Raises:
            pulumi.RunError: `opts` asks for what a dynamic provider cannot do.
        """
        super().__init__(
            {name}Provider(),
            name,
            {{
{inputs}
            }},
            opts,
        )

{outputs}
'''

_PROVIDERS = '''\
"""The dynamic providers of all resource types, by the names that states know them by.

Written by scripts/generate.py from the registry.
"""

from __future__ import annotations

from azure_batch_provider.dynamic.batch_provider import BatchProvider
{classes}'''

_PROVIDER = '''

class {name}Provider(BatchProvider):
    """See `azure_batch_provider.{module}`."""

    token = "{token}"
'''

_PACKAGE = '''\
"""Azure Batch for Pulumi programs in Python that want no plugin: the second front door.

The same models, lifecycles and errors as the plugin's, as far as Pulumi's dynamic providers allow; docs/dynamic.md
lists what they do not. A program uses {modules},
made on `resource.py`. The engine starts a process with `provider.py` and `batch_provider.py` in it, with
`operation.py` and `failure.py`; `hidden.py` is what travels between the two. This file, what a program uses and
`provider.py` are written by scripts/generate.py.
"""

from __future__ import annotations

{imports}

__all__ = [{names}]
'''

_OUTPUT = """\
    @property
    @pulumi.getter(name="{name}")
    def {attribute}(self) -> pulumi.Output[{type}]:
        return self._declared("{name}")"""


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: python scripts/dynamic_resources.py FOLDER", file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    resources = [resource for resource in registry.RESOURCES.values() if resource.dynamic]
    for resource in resources:
        (folder / f"{snake_case(resource.name)}.py").write_text(module(resource), encoding="utf-8")
    (folder / "provider.py").write_text(providers(resources), encoding="utf-8")
    (folder / "__init__.py").write_text(package(resources), encoding="utf-8")
    return 0


def providers(resources: Sequence[registry.Resource]) -> str:
    classes = (
        _PROVIDER.format(name=each.name, module=each.lifecycle.partition(":")[0], token=each.token)
        for each in resources
    )
    return _PROVIDERS.format(classes="".join(classes))


def package(resources: Sequence[registry.Resource]) -> str:
    names = {each.name: snake_case(each.name) for each in resources}
    *first, last = (f"`{module}.py`" for module in names.values())
    return _PACKAGE.format(
        modules=f"{', '.join(first)} and {last}",
        imports="\n".join(
            f"from azure_batch_provider.dynamic.{module} import {name}" for name, module in names.items()
        ),
        names=", ".join(f'"{name}"' for name in names),
    )


def module(resource: registry.Resource) -> str:
    """The module of a resource type."""
    text = declaration(resource.name, registry.model(resource.token))
    code = re.sub(r'"""(?s:.*?)"""', "", text)
    collections = [word for word in ("Mapping", "Sequence") if f"{word}[" in code]
    imports = [f"from collections.abc import {', '.join(collections)}"] if collections else []
    imports += ["from typing import Any"] if re.search(r"\bAny\b", code) else []
    body = ", Body" if re.search(r"\bBody\b", code) else ""
    text = _MODULE.format(name=resource.name, imports="\n".join(imports), body=body, resource=text)
    # One without a collection imports nothing but Pulumi.
    return text.replace("\n\n\n\nimport pulumi", "\n\nimport pulumi")


def declaration(name: str, model: type[Model]) -> str:
    fields = list(model.properties().values())
    # What must be given comes first.
    ordered = sorted(fields, key=lambda field: not field.required)
    return _CLASS.format(
        name=name,
        package=registry.PACKAGE,
        summary=summary(model),
        parameters="\n".join(f"        {parameter(field)}," for field in ordered),
        arguments="\n".join(argument(field) for field in ordered),
        inputs="\n".join(f'                "{field.name}": {snake_case(field.name)},' for field in fields),
        outputs="\n\n".join(output(name, field) for field in fields),
    )


def summary(model: type[Model]) -> str:
    """What the model says of itself, up to its example: that is one for the plugin, as is what follows it."""
    text, _, _ = inspect.cleandoc(model.__doc__ or "").partition("\n```")
    return "\n\n".join(paragraphs(text))


def paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        lines = wrapped(" ".join(paragraph.split()), "    ", "    ")
        yield lines.lstrip() if number == 0 else lines


def parameter(field: Property) -> str:
    declared = f"{snake_case(field.name)}: pulumi.Input[{input_type(field.type)}]"
    return declared if field.required else f"{declared} | None = None"


def argument(field: Property) -> str:
    text = " ".join(filter(None, (field.description, field.traits.deprecated)))
    return wrapped(f"{snake_case(field.name)}: {text}", " " * 12, " " * 16)


def output(resource: str, field: Property) -> str:
    """An id that is left out is chosen, so it is always there."""
    always = field.required or field.name == f"{resource[0].lower()}{resource[1:]}Id"
    kind = output_type(field.type)
    return _OUTPUT.format(name=field.name, attribute=snake_case(field.name), type=kind if always else f"{kind} | None")


def input_type(field_type: FieldType) -> str:
    """The type of a value whose parts may be outputs of other resources."""
    if field_type.item is None:
        return _SCALARS[field_type.scalar.json] if field_type.scalar is not None else "Body"
    inner = f"pulumi.Input[{input_type(field_type.item)}]"
    return f"Sequence[{inner}]" if field_type.kind == "list" else f"Mapping[str, {inner}]"


def output_type(field_type: FieldType) -> str:
    if field_type.item is None:
        return _SCALARS[field_type.scalar.json] if field_type.scalar is not None else "Mapping[str, Any]"
    inner = output_type(field_type.item)
    return f"Sequence[{inner}]" if field_type.kind == "list" else f"Mapping[str, {inner}]"


def wrapped(text: str, first: str, following: str) -> str:
    """Words that a hyphen joins stay together, so that they can be searched for."""
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=following, break_on_hyphens=False, break_long_words=False
    )


def snake_case(name: str) -> str:
    """`jobId` and `JobId` to `job_id`."""
    return re.sub(r"(?<=.)([A-Z])", r"_\1", name).lower()


if __name__ == "__main__":
    sys.exit(main())

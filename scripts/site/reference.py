"""A page of reference for each resource and function, from the package schema alone."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]

_EXAMPLES = re.compile(r"{{% examples %}}(.*?){{% /examples %}}", re.DOTALL)
_MARK = re.compile(r"{{% .*? %}}\n?")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LANGUAGES = {
    "typescript": "TypeScript",
    "python": "Python",
    "go": "Go",
    "csharp": "C#",
    "java": "Java",
    "yaml": "YAML",
}
"""In whose tabs the examples are."""
_PLAIN = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


def pages(schema: Schema) -> dict[str, str]:
    """Each page by its path in the site, `reference/job.md` for example."""
    found = {"reference/index.md": _index(schema), "reference/provider.md": _provider(schema)}
    for token, resource in schema["resources"].items():
        found[f"reference/{_name(token).lower()}.md"] = _resource(schema, token, resource)
    for token, function in schema["functions"].items():
        found[f"reference/{_name(token).lower()}.md"] = _function(schema, token, function)
    return found


def _index(schema: Schema) -> str:
    lines = ["# Reference", "", schema["description"], "", "| | |", "|---|---|"]
    lines.append("| [the provider](provider.md) | Its configuration. |")
    for kind in ("resources", "functions"):
        for token, item in schema[kind].items():
            lines.append(f"| [{_name(token)}]({_name(token).lower()}.md) | {_cell(_first(item['description']))} |")
    return "\n".join(lines) + "\n"


def _provider(schema: Schema) -> str:
    lines = ["# Configuration of the provider", "", schema["provider"]["description"], ""]
    settings = schema["config"]["variables"]
    return "\n".join([*lines, *_table(schema, settings, ()), *_types(schema, [settings])]) + "\n"


def _resource(schema: Schema, token: str, resource: Mapping[str, Any]) -> str:
    inputs, outputs = resource["inputProperties"], resource["properties"]
    lines = [f"# {_name(token)}", "", f"`{token}`", "", _description(resource), "", "## Inputs", ""]
    lines += _table(schema, inputs, resource.get("requiredInputs", ()))
    more = {name: outputs[name] for name in outputs if name not in inputs}
    lines += ["", "## Outputs", "", "Every input, and:" if more else "Every input.", ""]
    lines += _table(schema, more, ()) if more else []
    return "\n".join([*lines, *_types(schema, [inputs, more])]) + "\n"


def _function(schema: Schema, token: str, function: Mapping[str, Any]) -> str:
    inputs, outputs = function.get("inputs", {}), function["outputs"]
    lines = [f"# {_name(token)}", "", f"`{token}`", "", _description(function), "", "## Arguments", ""]
    lines += _table(schema, inputs.get("properties", {}), inputs.get("required", ()))
    lines += ["", "## Result", "", *_table(schema, outputs["properties"], ())]
    return "\n".join([*lines, *_types(schema, [inputs.get("properties", {}), outputs["properties"]])]) + "\n"


def _description(item: Mapping[str, Any]) -> str:
    """With the examples as tabs, one for each language, in the place of the Registry's marks."""
    parts = _EXAMPLES.split(item["description"])
    return "".join(part if at % 2 == 0 else _tabs(part) for at, part in enumerate(parts))


def _tabs(examples: str) -> str:
    head = _MARK.sub("", _BLOCK.sub("", examples)).strip()
    tabs = (
        f'=== "{_LANGUAGES[language]}"\n\n' + textwrap.indent(f"```{language}\n{text}```", "    ")
        for language, text in _BLOCK.findall(examples)
    )
    return "\n\n".join([head, *tabs])


def _types(schema: Schema, properties: list[Mapping[str, Any]]) -> Iterator[str]:
    """The sections of all types that properties refer to, directly or not, by name."""
    names: set[str] = set()
    found = [name for group in properties for item in group.values() for name in _references(item)]
    while found:
        name = found.pop()
        if name not in names:
            names.add(name)
            for item in schema["types"][name].get("properties", {}).values():
                found += _references(item)
    if names:
        yield from ("", "## Types")
    for name in sorted(names, key=_name):
        item = schema["types"][name]
        yield from ("", f"### {_name(name)}", "", item.get("description", ""), "")
        if "enum" in item:
            yield from ("| value | |", "|---|---|")
            for value in item["enum"]:
                yield f"| `{value['value']}` | {_cell(value.get('description', ''))} |"
        else:
            yield from _table(schema, item["properties"], item.get("required", ()))


def _table(schema: Schema, properties: Mapping[str, Any], required: object) -> list[str]:
    if not properties:
        return ["None."]
    needed = set(required) if isinstance(required, (list, tuple)) else set()
    lines = ["| name | type | |", "|---|---|---|"]
    for name in sorted(properties, key=lambda name: (name not in needed, list(properties).index(name))):
        item = properties[name]
        marks = ["**required**"] * (name in needed)
        marks += ["a change **replaces**"] * bool(item.get("willReplaceOnChanges") or item.get("replaceOnChanges"))
        marks += ["**secret**"] * bool(item.get("secret"))
        marks += [f"**deprecated**: {item.get('deprecationMessage')}"] * ("deprecationMessage" in item)
        text = " ".join([item.get("description", ""), f"({'; '.join(marks)})" if marks else ""]).strip()
        lines.append(f"| `{name}` | {_type(item)} | {_cell(text)} |")
    return lines


def _type(item: Mapping[str, Any]) -> str:
    if "$ref" in item:
        own = [_name(name) for name in _references(item)]
        if own:
            return f"[{own[0]}](#{own[0].lower()})"
        return "archive or file" if item["$ref"].endswith(("Archive", "Asset")) else "anything"
    if "oneOf" in item:
        return " or ".join(dict.fromkeys(_type(one) for one in item["oneOf"]))
    if item["type"] == "array":
        return f"list of {_type(item['items'])}"
    if item["type"] == "object":
        return f"map of {_type(item.get('additionalProperties', {'type': 'string'}))}"
    return _PLAIN[item["type"]]


def _references(item: Mapping[str, Any]) -> list[str]:
    """The types of this package that a property refers to."""
    found = [item["$ref"].removeprefix("#/types/")] if item.get("$ref", "").startswith("#/types/") else []
    for part in (item.get("items"), item.get("additionalProperties"), *item.get("oneOf", ())):
        found += _references(part) if isinstance(part, Mapping) else []
    return found


def _name(token: str) -> str:
    return token.rsplit(":", 1)[-1]


def _first(description: str) -> str:
    """The first sentence."""
    return re.split(r"(?<=[.:]) |\n\n", " ".join(description.split("\n\n")[0].split()), maxsplit=1)[0]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")

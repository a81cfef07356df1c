"""What Pulumi's libraries get wrong when they convert our examples, put right: most of it would not compile."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]


def python(text: str, _: Schema) -> str:
    """Formatted as `make format` would."""
    ruff = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "example.py", "-"]
    return subprocess.run(ruff, input=text, stdout=subprocess.PIPE, text=True, check=True).stdout


def typescript(text: str, _: Schema) -> str:
    return text


def csharp(text: str, _: Schema) -> str:
    """Without the blanks that it leaves at line ends."""
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


def go(text: str, schema: Schema) -> str:
    """A function is called Lookup, with all of its types, where a resource's getter has its name. What it answers is
    plain, and becomes an output where it is exported.
    """
    names = {_name(token) for token in schema["resources"]}
    functions = [_name(token) for token in schema["functions"]]
    taken = "|".join(name.removeprefix("get") for name in functions if name.removeprefix("get") in names)
    text = re.sub(
        rf"\bazurebatch\.Get({taken})((?:Output)?(?:Args|Result)?(?:Output)?)\b", r"azurebatch.Lookup\1\2", text
    )
    for plain in re.findall(r"(\w+), err := azurebatch\.(?:Get|Lookup)", text):
        text = re.sub(rf'(ctx\.Export\("\w+", )({plain}\b.*)\)$', r"\1pulumi.Any(\2))", text, flags=re.MULTILINE)
    return text


def java(text: str, schema: Schema) -> str:
    """Arguments as builders take them, items of lists by `get`, and the imports of what is used, from where it is."""
    enums: set[str] = set()
    lines = text[text.index("public class App") :]
    body = re.sub(r"\(\)\[(\d+)\]", r"().get(\1)", "\n".join(_typed(lines.splitlines(), schema, enums)))
    own = f"{schema['language']['java']['basePackage']}.azurebatch"
    resources = {_name(token) for token in schema["resources"]}
    imports = {f"{own}.enums.{name}" for name in enums}
    for name in re.findall(r"\b[A-Z]\w+", re.sub(r'"[^"]*"', "", body)):
        bare = name.removesuffix("Args")
        if name == "AzurebatchFunctions" or bare in resources:
            imports.add(f"{own}.{name}")
        elif bare != name:
            imports.add(f"{own}.inputs.{name}")
    for found in re.findall(r"^import ((?:com\.pulumi|java)\.(?:\w+\.)*(\w+));$", text, re.MULTILINE):
        if re.search(rf"\b{found[1]}\b", body) and not found[0].startswith("com.pulumi.azurebatch."):
            imports.add(found[0])
    head = "".join(f"import {name};\n" for name in sorted(imports))
    return f"package generated_program;\n\n{head}\n{body}\n"


def _typed(lines: list[str], schema: Schema, enums: set[str]) -> Iterator[str]:
    """The lines of a program with enums by their constants, and an output of a list where there is one of its item.

    The enums' names are added to `enums`.
    """
    builders: list[str] = []
    for line in lines:
        value = re.fullmatch(r"(\s*\.(\w+)\()([^)].*)\)", line)
        if value and builders and "builder()" not in line:
            wanted = _property(schema, builders[-1], value[2])
            enum = wanted.get("$ref", "").removeprefix("#/types/")
            for constant in schema["types"].get(enum, {}).get("enum", ()):
                if f'"{constant["value"]}"' == value[3]:
                    enums.add(_name(enum))
                    line = f"{value[1]}{_name(enum)}.{constant['name']})"
            if wanted.get("type") == "array" and re.fullmatch(r"\w+\.\w+\(\)", value[3]):
                line = f"{value[1]}Output.all({value[3]}))"
        builders += re.findall(r"(\w+)Args\.builder\(\)", line)
        del builders[len(builders) - line.count(".build()") :]
        yield line


def _property(schema: Schema, owner: str, name: str) -> Mapping[str, Any]:
    """A property of a resource, of a type, or of a function's arguments."""
    prefix = f"{schema['name']}:index"
    function = f"{prefix}:{owner[0].lower()}{owner[1:]}"
    for properties in (
        schema["resources"].get(f"{prefix}:{owner}", {}).get("inputProperties"),
        schema["types"].get(f"{prefix}:{owner}", {}).get("properties"),
        schema["functions"].get(function, {}).get("inputs", {}).get("properties"),
    ):
        if properties:
            return dict(properties[name])
    raise KeyError(f"nothing is called {owner}")


def _name(token: str) -> str:
    return token.rpartition(":")[2]


MENDED: Final[Mapping[str, Callable[[str, Schema], str]]] = {
    "csharp": csharp,
    "go": go,
    "java": java,
    "python": python,
    "typescript": typescript,
}
"""By language."""

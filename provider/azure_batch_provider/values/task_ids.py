"""The ids of a sweep's tasks: a text with placeholders, for each combination of the parameters.

Knows which ids the service takes, and nothing else of tasks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import starmap
from typing import Final

from azure_batch_provider.values.parameters import Combinations, Parameter
from azure_batch_provider.values.template import Template, TemplateError, parse, safe_text

LONGEST: Final = 64
"""Characters of an id."""
_ID: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST}}}")


def default_format(combinations: Combinations) -> str:
    """How ids are made unless a program says it: of one parameter of whole numbers, its value padded to the longest, so
    that ids sort as their numbers do; otherwise of all values with hyphens between them."""
    parameters = combinations.parameters
    if len(parameters) == 1:
        ((name, only),) = parameters.items()
        if only.whole:
            return f"{{{name}:0{len(str(only.longest))}}}"
    return "-".join(_whole_value(name, one) for name, one in parameters.items())


def _whole_value(name: str, parameter: Parameter) -> str:
    plain = parameter.whole or all(safe_text(value) == str(value) for value in parameter.values)
    return f"{{{name}}}" if plain else f"{{{name}:id}}"


def ids(template: Template, combinations: Combinations) -> Iterator[str]:
    """The id of each combination, in order."""
    return starmap(template.renderer(combinations.names), combinations)


def flaw(template: Template, combinations: Combinations) -> str | None:
    """Why these are not ids for tasks of one job, `None` if they are. The names of the template are all known, and
    only whole numbers are padded."""
    found = list(ids(template, combinations))
    if not all(map(_ID.fullmatch, found)):
        index = next(index for index, id in enumerate(found) if not _ID.fullmatch(id))
        return f"makes {_malformed(template, found[index])} (where {combinations.described(index)})"
    if len(set(map(str.casefold, found))) == len(found):
        return None
    missing = [name for name, one in combinations.parameters.items() if len(one) > 1 and name not in template.names]
    if missing:
        listed = ", ".join(f"`{{{name}}}`" for name in missing)
        return f"must contain {listed}, or else tasks that differ in nothing else have the same id"
    seen: dict[str, int] = {}
    for index, id in enumerate(found):
        first = seen.setdefault(id.casefold(), index)
        if first != index:
            break
    return (
        f"makes the same id (case does not count) where {combinations.described(first)} "
        f"and where {combinations.described(index)}"
    )


def _malformed(template: Template, id: str) -> str:
    if not id:
        return "an empty id"
    if len(id) > LONGEST:
        return f"an id of {len(id)} characters, at most {LONGEST} are allowed"
    reason = "an id with characters other than letters (A to Z), digits, hyphens and underscores"
    if all(safe_text(part) == part for part in template.parts if isinstance(part, str)):
        return f"{reason}, in place of which `{{name:id}}` puts `_`"
    return reason


def usable(text: str, combinations: Combinations) -> bool:
    """Whether a format makes ids of exactly these parameters that tasks of one job can have."""
    try:
        template = parse(text)
    except TemplateError:
        return False
    parameters = combinations.parameters
    return (
        template.names == parameters.keys()
        and all(parameters[one.name].whole for one in template.placeholders if one.width)
        and flaw(template, combinations) is None
    )

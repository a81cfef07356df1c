"""Why a value was refused, in our own words: one table from pydantic's error types to sentences.

No sentence repeats a string of the inputs, which may be secret, nor any wording of pydantic. What is looked up in the
inputs is only of which type a value is, and which of our own names is near to what was written.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

from azure_batch_provider.models.attribute import FieldType, Property
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.walk import locate
from azure_batch_provider.values.paths import Path

_FORMS: Final = {
    "^[A-Za-z0-9_-]+$": "may only consist of letters (A to Z), digits, hyphens and underscores",
    "^[A-Za-z0-9_-][A-Za-z0-9_.-]*$": "may only consist of letters (A to Z), digits, dots, hyphens and underscores, "
    "and not begin with a dot",
    "^[0-9a-f]{64}$": "must be 64 hexadecimal digits in lower case",
}
"""By the pattern that is not met."""
_LONGEST_NAME: Final = 64
"""Longer names are not compared with ours: they are not misspellings."""

KEY: Final = "[key]"
"""What pydantic puts behind the path of a map's entry when it is the name that is wrong."""
_TEXT: Final = FieldType("text")

_UNOPENED: Final = (
    "`{}` is what Pulumi's YAML host makes of a secret inside a larger value. Refer to the secret by itself, such as "
    "`${job.commonEnvironmentSettings[0].value}`"
)
"""What a program in YAML gets for a secret inside another resource's list or object."""

_NOUNS: Final = {
    "object": "an object",
    "map": "an object (a map from names to values)",
    "list": "a list",
}
_COUNTED: Final = {"list": "items", "map": "entries"}


def reason_of(model: type[Model], error: ErrorDetails, *, holder: Any = None, suggest: bool = True) -> tuple[Path, str]:
    """Return the path and the sentence for one of pydantic's errors in a model.

    Args:
        holder: the object that the value belongs to.
        suggest: whether to look for a name that may have been meant.
    """
    path = tuple(error["loc"])
    if error["type"] == "invalid_key":
        return path[:-1], "has a property name that is not a string"
    if error["type"] == "extra_forbidden":
        return path, _no_property(model, path, suggest)
    if names_an_entry(model, path):
        return _name_of(path, error)
    prop, field_type = locate(model, path)
    if field_type is None:
        return path, "cannot be used here"
    value = error["input"]
    # What is in a list or a map is not required.
    required = prop is not None and prop.required and prop.type is field_type
    if error["type"] == "missing" or (value is None and required):
        bare = len(path) > 1 and isinstance(holder, Mapping) and all(item is None for item in holder.values())
        return path, f"is required; {_UNOPENED}" if bare else "is required"
    sentence = _SENTENCES.get(error["type"])
    if sentence is None:
        return path, must_be(field_type, value, prop)
    return path, sentence(field_type, value, error.get("ctx", {}))


def names_an_entry(model: type[Model], path: Path) -> bool:
    """Whether pydantic means the name of a map's entry by a path, and not the entry itself."""
    _, holder = locate(model, path[:-2])
    return path[-1:] == (KEY,) and holder is not None and holder.kind == "map"


def _name_of(path: Path, error: ErrorDetails) -> tuple[Path, str]:
    """What is wrong with a name in a map."""
    name = error["input"]
    if not isinstance(name, str):
        return path[:-2], "has a property name that is not a string"
    sentence = _SENTENCES.get(error["type"])
    return path[:-1], f"is a name that {sentence(_TEXT, name, error.get('ctx', {}))}" if sentence else "is not allowed"


def not_plain(model: type[Model], path: Path, value: Any) -> str:
    """The sentence for a value that pydantic takes for a list or an object and JSON does not."""
    prop, field_type = locate(model, path)
    return must_be(field_type, value, prop) if field_type is not None else "cannot be used here"


def must_be(field_type: FieldType, value: Any, prop: Property | None = None) -> str:
    """The sentence that a value has the wrong type, or is otherwise not what its type wants."""
    wanted = field_type.scalar.noun if field_type.scalar is not None else _NOUNS[field_type.kind]
    if field_type.kind == "enum":
        return _one_of(field_type, value, {})
    if (
        field_type.kind == "list"
        and prop is not None
        and prop.traits.key is not None
        and isinstance(value, Mapping)
        and value
    ):
        return f"must be a list of objects, each with its own `{prop.traits.key}`, not an object"
    given = _noun_of(value)
    if field_type.kind == "any" or given == wanted:
        return "is not a value that can be used here"
    return f"must be {wanted}, not {given}{_remedy(wanted, value)}"


def _noun_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "a number"
    if isinstance(value, float):
        return "a number with a decimal point" if value.is_integer() else "a number with a fraction"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, Mapping):
        return "an object"
    return f"a Python {type(value).__name__}"


def _remedy(wanted: str, value: Any) -> str:
    if wanted == "a string" and isinstance(value, (bool, int, float)):
        # YAML's quotes make no text of a reference that stands alone in them.
        return ": write it in quotes (in YAML, a `${...}` by itself needs `fn::toJSON`)"
    if value == {}:
        return f": {_UNOPENED}"
    if isinstance(value, str) and (
        (wanted == "a whole number" and re.fullmatch(r"\s*-?[0-9]{1,10}\s*", value))
        or (wanted == "true or false" and value.casefold() in ("true", "false"))
    ):
        return ": write it without quotes"
    return ""


def _no_property(model: type[Model], path: Path, suggest: bool) -> str:
    _, holder = locate(model, path[:-1])
    owner = holder.model if holder is not None else None
    name = path[-1] if path else None
    if owner is None or not isinstance(name, str):
        return "is not a property that is known here"
    reason = f"is not a property of {_called(model, path[:-1], owner)}"
    meant = _meant(owner, name) if suggest else None
    return f"{reason}; did you mean `{meant}`?" if meant else reason


def _called(model: type[Model], path: Path, owner: type[Model]) -> str:
    """What an object is called: by the property that holds it or its list, and in a map, whose names are the
    program's, by what it is."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    prop, field_type = locate(model, path)
    return prop.name if prop is not None and prop.type is field_type else owner.__name__


def _meant(model: type[Model], name: str) -> str | None:
    """Which property may have been meant: of the object itself, or of one of the objects right below it."""
    properties = model.properties()
    own = next((known for known, prop in properties.items() if prop.wire_name == name), None)
    if own is not None:
        return own
    near = nearest(name, properties)
    if near is not None:
        return near
    below = (
        f"{known}.{name}"
        for known, prop in properties.items()
        if prop.type.model is not None and name in prop.type.model.properties()
    )
    return next(below, None)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one of the known names that a misspelt one may stand for: by case, by underscores, by a few letters."""
    if len(name) > _LONGEST_NAME:
        return None
    by_letters = {_letters(one): one for one in known}
    letters = _letters(name)
    if letters in by_letters:
        return by_letters[letters]
    close = difflib.get_close_matches(letters, by_letters, n=1, cutoff=0.75)
    return by_letters[close[0]] if close else None


def _letters(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "").casefold()


def _one_of(field_type: FieldType, value: Any, context: Mapping[str, Any]) -> str:
    values = [enum.value for enum in field_type.enum or ()]
    listed = ", ".join(f"`{one}`" for one in values)
    wanted = f"must be {listed}" if len(values) == 1 else f"must be one of {listed}"
    if not isinstance(value, str):
        return f"{wanted}, not {_noun_of(value)}{_remedy(wanted, value)}"
    meant = nearest(value, values) if len(values) > 1 else None
    return f"{wanted}; did you mean `{meant}`?" if meant else wanted


def _form(field_type: FieldType, value: Any, context: Mapping[str, Any]) -> str:
    return _FORMS.get(str(context.get("pattern")), "does not have the form that the service asks for")


def _long(field_type: FieldType, value: Any, context: Mapping[str, Any]) -> str:
    counted = _COUNTED.get(field_type.kind, "characters")
    size = (
        f"has {len(value)} {counted}" if isinstance(value, (str, list, tuple, Mapping)) else f"has too many {counted}"
    )
    return f"{size}, at most {context['max_length']} are allowed"


def _short(field_type: FieldType, value: Any, context: Mapping[str, Any]) -> str:
    if context["min_length"] == 1:
        return "must not be empty"
    counted = _COUNTED.get(field_type.kind, "characters")
    return f"must have at least {context['min_length']} {counted}"


def _no_unicode(field_type: FieldType, value: Any, context: Mapping[str, Any]) -> str:
    return "has a property name that is not valid Unicode" if field_type.model else "is not valid Unicode text"


def _our_own(field_type: FieldType, value: Any, context: Mapping[str, Any]) -> str:
    return str(context["error"])


_SENTENCES: Final[Mapping[str, Callable[[FieldType, Any, Mapping[str, Any]], str]]] = {
    "enum": _one_of,
    "string_pattern_mismatch": _form,
    "string_too_long": _long,
    "too_long": _long,
    "string_too_short": _short,
    "too_short": _short,
    "string_unicode": _no_unicode,
    "greater_than": lambda field_type, value, context: f"must be greater than {context['gt']}",
    "greater_than_equal": lambda field_type, value, context: f"must be at least {context['ge']}",
    "less_than": lambda field_type, value, context: f"must be less than {context['lt']}",
    "less_than_equal": lambda field_type, value, context: f"must be at most {context['le']}",
    "multiple_of": lambda field_type, value, context: f"must be a multiple of {context['multiple_of']}",
    "value_error": _our_own,
}
"""Error types that say more than "this is not a string": whatever is not listed here is described by the type alone."""

"""What is wrong with the inputs of a resource, all of it at once, and what is doubtful about them.

The models decide; this module runs them. pydantic looks at each value by itself, then the rules of every nested object
run over what is left: a value that is unknown or has already failed is `UNKNOWN` to them. Nothing here raises, whatever
the inputs are, and no reason repeats a string of theirs: any of them may be a secret.

Knows the models and plain values; nothing of Pulumi, HTTP or of any one resource.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from azure_batch_provider.models.attribute import FieldType
from azure_batch_provider.models.base import Model, Violation
from azure_batch_provider.models.rules import is_set
from azure_batch_provider.properties.request_body import body
from azure_batch_provider.validation.messages import KEY, must_be, names_an_entry, not_plain, reason_of
from azure_batch_provider.validation.valid_part import Remainder
from azure_batch_provider.values.paths import Path
from azure_batch_provider.values.unknown import UNKNOWN

LARGEST_BODY: Final = 1024 * 1024
"""Bytes that the service takes in one request."""

NEEDS_ENTRA: Final = (
    "needs Entra: the service links networks, images and addresses only for who signs in with Microsoft Entra, and the "
    "provider is configured with an account key. Configure an Entra identity instead of `accountKey`"
)
_ROUNDS: Final = 32
"""Far more than any model is deep: each round of validation reaches at least one level further."""
_DEEPEST: Final = 64
_SUGGESTIONS: Final = 100
"""Near misses are looked for this often in one check: they cost far more than finding the failure."""


def check(model: type[Model], inputs: Mapping[str, Any], api_version: str, *, by_key: bool = False) -> list[Violation]:
    """Return all that the service would refuse, ordered by path.

    `inputs` is plain: JSON values without `Secret`, and `UNKNOWN` anywhere. Null is the same as leaving out. `by_key`
    says that requests are signed with the account's key.
    """
    value, failures = _validated(model, inputs)
    if value is None:
        return failures
    for part in _parts(FieldType("object", model=model), value, ()):
        if isinstance(part, Violation):
            failures.append(part)
        else:
            failures += _of_other_version(part, api_version)
            failures += _for_entra_only(part) if by_key else []
            failures += _placed(part.model.rules(part.value, api_version), part.path)
    failures += _too_large(model, value)
    return _told(failures)


def warnings(model: type[Model], inputs: Mapping[str, Any], api_version: str) -> list[Violation]:
    """Return what the service would accept although it cannot work as written, ordered by path."""
    value, _ = _validated(model, inputs)
    if value is None:
        return []
    found = [
        doubt
        for part in _parts(FieldType("object", model=model), value, ())
        if isinstance(part, _Object)
        for doubt in _placed(part.model.warnings(part.value, api_version), part.path)
    ]
    return _told(found)


def _told(failures: Iterable[Violation]) -> list[Violation]:
    return sorted(dict.fromkeys(failures), key=_by_path)


def _by_path(failure: Violation) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, part, "") if isinstance(part, int) else (1, 0, part) for part in failure.path)


def _placed(broken: Iterator[Violation], path: Path) -> list[Violation]:
    return [Violation((*path, *found.path), found.reason) for found in broken]


def _validated(model: type[Model], inputs: Mapping[str, Any]) -> tuple[dict[str, Any] | None, list[Violation]]:
    """The inputs with `UNKNOWN` for each value that is wrong by itself, and what is wrong; `None` if nothing is left.

    pydantic stops at a list that is too long, and at items before it measures the list in other cases: what failed is
    taken out, of a list what is too much, and the rest is validated again until it is right.
    """
    left = Remainder(inputs)
    failures: list[Violation] = []
    for _ in range(_ROUNDS):
        try:
            model.model_validate(left.value)
        except ValidationError as error:
            details = error.errors(include_url=False)
        else:
            return left.value, failures
        for detail in details:
            stray = left.stray(detail["loc"])
            if stray is None:
                holder = left.at(detail["loc"][:-1])
                path, reason = reason_of(model, detail, holder=holder, suggest=len(failures) < _SUGGESTIONS)
                kind = KEY if names_an_entry(model, detail["loc"]) else detail["type"]
                rest = left.take_out(detail["loc"], kind, detail.get("ctx", {}))
            else:
                path, reason = stray, not_plain(model, stray, left.at(stray))
                rest = left.take_out(stray)
            failures.append(Violation(path, reason))
            if not rest:
                return None, _told(failures)
    return None, _told(failures)


@cache
def _nested(model: type[Model]) -> tuple[tuple[str, FieldType], ...]:
    """The fields of a model that have to be walked into: objects somewhere in them, or free JSON."""
    return tuple((name, prop.type) for name, prop in model.properties().items() if _is_deep(prop.type))


def _is_deep(field_type: FieldType) -> bool:
    return field_type.kind in ("object", "list", "map", "any")


@cache
def _bound(model: type[Model]) -> tuple[tuple[str, str], ...]:
    """The fields that only one api-version knows, with that version."""
    return tuple((name, prop.traits.only) for name, prop in model.properties().items() if prop.traits.only)


class _Object(NamedTuple):
    """An object somewhere in the inputs."""

    model: type[Model]
    value: Mapping[str, Any]
    path: Path


def _parts(field_type: FieldType, value: Any, path: Path) -> Iterator[_Object | Violation]:
    """Yield every object in the value, and a failure for whatever pydantic lets pass although it is no JSON."""
    if value is None or value is UNKNOWN:
        return
    if field_type.kind == "object" and field_type.model is not None:
        if not isinstance(value, Mapping):
            yield Violation(path, must_be(field_type, value))
            return
        yield _Object(field_type.model, value, path)
        for name, inner in _nested(field_type.model):
            item = value.get(name)
            if item is not None:
                yield from _parts(inner, item, (*path, name))
    elif field_type.kind == "list" and field_type.item is not None:
        if not isinstance(value, list):
            yield Violation(path, must_be(field_type, value))
        elif _is_deep(field_type.item):
            for index, item in enumerate(value):
                yield from _parts(field_type.item, item, (*path, index))
    elif field_type.kind == "map" and field_type.item is not None:
        if not isinstance(value, Mapping):
            yield Violation(path, must_be(field_type, value))
        elif _is_deep(field_type.item):
            for name, item in value.items():
                yield from _parts(field_type.item, item, (*path, name))
    elif field_type.kind == "any":
        reason = _no_json(value)
        if reason:
            yield Violation(path, reason)


def _no_json(value: Any) -> str | None:
    """Why a value cannot be written as JSON, or `None` if it can."""
    pending = [(value, 0)]
    while pending:
        item, depth = pending.pop()
        if depth > _DEEPEST:
            return f"is nested deeper than {_DEEPEST} levels"
        if isinstance(item, Mapping):
            if not all(isinstance(name, str) for name in item):
                return "has a property name that is not a string"
            pending += [(name, depth) for name in item]
            pending += [(inner, depth + 1) for inner in item.values()]
        elif isinstance(item, list):
            pending += [(inner, depth + 1) for inner in item]
        elif isinstance(item, str):
            if not _is_unicode(item):
                return "holds text that is not valid Unicode"
        elif isinstance(item, float) and not math.isfinite(item):
            return "holds a number that JSON does not have (not a number, or infinite)"
        elif item is not None and item is not UNKNOWN and not isinstance(item, (int, float)):
            return f"holds a Python {type(item).__name__}, which is no JSON value"
    return None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _of_other_version(part: _Object, api_version: str) -> list[Violation]:
    return [
        Violation((*part.path, name), f"is known to apiVersion {only} only, and the provider is set to {api_version}")
        for name, only in _bound(part.model)
        if only != api_version and is_set(part.value, name)
    ]


@cache
def _entra(model: type[Model]) -> tuple[str, ...]:
    return tuple(name for name, prop in model.properties().items() if prop.traits.entra)


def _for_entra_only(part: _Object) -> list[Violation]:
    return [
        Violation((*part.path, name), NEEDS_ENTRA)
        for name in _entra(part.model)
        if is_set(part.value, name) and part.value[name] != []
    ]


def _too_large(model: type[Model], value: Mapping[str, Any]) -> list[Violation]:
    """The rule that a request has a largest size; what is unknown counts next to nothing."""
    try:
        text = json.dumps(body(model, value), ensure_ascii=False, separators=(",", ":"), default=lambda unknown: 0)
    except (TypeError, ValueError, RecursionError):
        return []  # it is no JSON, which has been said at its place
    size = len(text.encode(errors="surrogatepass"))  # a lone surrogate has been said at its place too
    if size <= LARGEST_BODY:
        return []
    return [
        Violation(
            (),
            f"the request would have {size} bytes, and the service takes at most {LARGEST_BODY}: instead of listing "
            "many files, put them into zip files, application packages or a container image",
        )
    ]

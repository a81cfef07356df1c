"""What is wrong with the inputs of a resource, all of it at once, and what is doubtful about them.

The models decide; this module runs them. pydantic looks at each value by itself, then the rules of every nested object
run over what is left: a value that is unknown or has already failed is `UNKNOWN` to them. Nothing here raises, whatever
the inputs are, and no reason repeats a string of theirs: any of them may be a secret.

Knows the models and plain values; nothing of Pulumi, HTTP or of any one resource.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from azure_batch_provider.models.attribute import FieldType
from azure_batch_provider.models.base import Context, Model, Violation
from azure_batch_provider.models.known import is_right
from azure_batch_provider.models.rules import is_set
from azure_batch_provider.models.walk import holders
from azure_batch_provider.validation.messages import KEY, must_be, names_an_entry, not_plain, reason_of
from azure_batch_provider.validation.valid_part import Remainder
from azure_batch_provider.values.mappings import MAPPING
from azure_batch_provider.values.paths import Path
from azure_batch_provider.values.unknown import UNKNOWN

NEEDS_ENTRA: Final = (
    "needs Entra: the service links networks, images and addresses only for who signs in with Microsoft Entra, and the "
    "provider is configured with an account key. Configure an Entra identity instead of `accountKey`"
)
_ROUNDS: Final = 32
"""Far more than any model is deep: each round of validation reaches at least one level further."""
_DEEPEST: Final = 64
_NUMBER: Final = re.compile(r"([0-9]{1,18})")
_SUGGESTIONS: Final = 100
"""Near misses are looked for this often in one check: they cost far more than finding the failure."""


class Findings(NamedTuple):
    """What was found in the inputs of a resource, each ordered by path.

    Attributes:
        violations: what the service would refuse.
        warnings: what it would accept although it cannot work as written.
    """

    violations: list[Violation]
    warnings: list[Violation]


def check(model: type[Model], inputs: Mapping[str, Any], api_version: str, *, by_key: bool = False) -> Findings:
    """Return all that is wrong, or doubtful.

    `inputs` is plain: JSON values, and `UNKNOWN` anywhere. Null is the same as leaving out. `by_key`
    says that requests are signed with the account's key.
    """
    value, violations = _validated(model, inputs)
    warnings: list[Violation] = []
    for field_type, part, path in holders(FieldType("object", model=model), value):
        reason = _not_json(field_type, part)
        if reason is not None:
            violations.append(Violation(path, reason))
        elif field_type.model is not None and _has_rules(field_type.model):
            context = Context(path, model, api_version)
            found = [*_unavailable(field_type.model, part, context, by_key), *field_type.model.rules(part, context)]
            violations += _placed(found, path)
            warnings += _placed(field_type.model.warnings(part, context), path)
    return Findings(in_order(violations), in_order(warnings))


def in_order(failures: Iterable[Violation]) -> list[Violation]:
    """Each failure once, by path: numbers in names by what they count, `t9` before `t10`."""
    return sorted(dict.fromkeys(failures), key=_by_path)


def _by_path(failure: Violation) -> tuple[tuple[int | str, ...], ...]:
    return tuple(_by_numbers(part) if isinstance(part, str) else ("", part) for part in failure.path)


def _by_numbers(name: str) -> tuple[int | str, ...]:
    """The texts and the numbers of a name, in turns."""
    return tuple(int(part) if index % 2 else part for index, part in enumerate(_NUMBER.split(name)))


def _placed(broken: Iterable[Violation], path: Path) -> list[Violation]:
    return [Violation((*path, *found.path), found.reason) for found in broken]


def _validated(model: type[Model], inputs: Mapping[str, Any]) -> tuple[dict[str, Any] | None, list[Violation]]:
    """The inputs with `UNKNOWN` for each value that is wrong by itself, and what is wrong; `None` if nothing is left.

    pydantic stops at a list that is too long, and at items before it measures the list in other cases: what failed is
    taken out, of a list what is too much, and the rest is validated again until it is right.
    """
    left = Remainder(inputs)
    if is_right(model, left.value):
        return left.value, []
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
                return None, in_order(failures)
    return None, in_order(failures)


def _not_json(field_type: FieldType, value: Any) -> str | None:
    """Why what pydantic let pass is not JSON, or `None` if it is."""
    if field_type.kind == "any":
        return _no_json(value)
    return None if isinstance(value, list if field_type.kind == "list" else Mapping) else must_be(field_type, value)


def _no_json(value: Any) -> str | None:
    """Why a value cannot be written as JSON, or `None` if it can."""
    pending = [(value, 0)]
    while pending:
        item, depth = pending.pop()
        if depth > _DEEPEST:
            return f"is nested deeper than {_DEEPEST} levels"
        if isinstance(item, MAPPING):
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
            return f"holds a Python {type(item).__name__}, which is not a JSON value"
    return None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unavailable(model: type[Model], value: Mapping[str, Any], context: Context, by_key: bool) -> Iterator[Violation]:
    """What is given although another api-version, or only who signs in with Microsoft Entra, has it."""
    for name, only, entra in _bound(model):
        if only not in (None, context.api_version) and is_set(value, name):
            version = f"the provider is set to {context.api_version}"
            yield Violation((name,), f"is known to apiVersion {only} only, and {version}")
        if entra and by_key and is_set(value, name) and value[name] != []:
            yield Violation((name,), NEEDS_ENTRA)


@cache
def _has_rules(model: type[Model]) -> bool:
    """Whether there is anything to ask an object: most of thousands have no rules."""
    classes = model.__mro__[: model.__mro__.index(Model)]
    return bool(_bound(model)) or any(name in vars(one) for one in classes for name in ("rules", "warnings"))


@cache
def _bound(model: type[Model]) -> tuple[tuple[str, str | None, bool], ...]:
    """The fields that not every provider can send: the only api-version that knows it, whether it takes Entra."""
    of = ((name, prop.traits) for name, prop in model.properties().items())
    return tuple((name, traits.only, traits.entra) for name, traits in of if traits.only or traits.entra)

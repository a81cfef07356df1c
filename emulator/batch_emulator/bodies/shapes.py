"""What a request body may hold, said once per property, and what of it is read back.

A shape accepts a body strictly, as the service does, and gives the form in which it is kept: enums re-cased, durations
re-printed, defaults filled in, write-only secrets dropped. The same shape shows a kept body in the words of either
api-version. Null counts as absent. The first failure ends the check, as one error body holds one failure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from batch_emulator.protocol.context import Context
from batch_emulator.protocol.durations import LONGEST, format_duration, parse_duration
from batch_emulator.protocol.errors import ServiceError, invalid_body, invalid_property, missing_property
from batch_emulator.protocol.versions import BOTH
from batch_emulator.state.clock import format_time, parse_time
from batch_emulator.state.ids import folded

UNSET: Any = object()
INT32 = 2**31 - 1


Rule = Callable[[dict[str, Any], str, Context], None]


class FieldType:
    """A type of value. `accept` gives the kept form or raises ServiceError; `show` the form that is read back."""

    def accept(self, value: Any, path: str, context: Context) -> Any:
        raise NotImplementedError

    def show(self, value: Any, version: str) -> Any:
        return value


def wrong_type(path: str, expected: str) -> ServiceError:
    return invalid_property(path, f"The value must be {expected}.")


@dataclass(frozen=True)
class String(FieldType):
    """`quoted` says that the value is safe to repeat in an error: ids and names are, contents are not."""

    min_length: int = 0
    max_length: int | None = None
    pattern: str | None = None
    quoted: bool = False
    keep_as: Callable[[str], str] | None = None

    def accept(self, value: Any, path: str, context: Context) -> str:
        if not isinstance(value, str):
            raise wrong_type(path, "a string")
        said = value[:128] if self.quoted else None
        if len(value) < self.min_length:
            raise invalid_property(path, f"The value must have at least {self.min_length} characters.", said)
        if self.max_length is not None and len(value) > self.max_length:
            raise invalid_property(path, f"The value must have at most {self.max_length} characters.", said)
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            raise invalid_property(path, f"The value must match {self.pattern}.", said)
        return self.keep_as(value) if self.keep_as else value


_INTEGER = re.compile(r"-?[0-9]{1,10}")
_BOOLEAN = re.compile(r"true|false", re.ASCII | re.IGNORECASE)


def _from_string(value: Any, context: Context, form: re.Pattern[str], read: Callable[[str], Any]) -> Any:
    """The value that a string stands for: the Azure CLI sends the numbers of its options as strings."""
    if isinstance(value, str) and form.fullmatch(value) and context.switches.text("scalars-as-text") == "accept":
        return read(value)
    return value


@dataclass(frozen=True)
class Integer(FieldType):
    minimum: int = -INT32 - 1
    maximum: int = INT32

    def accept(self, value: Any, path: str, context: Context) -> int:
        value = _from_string(value, context, _INTEGER, int)
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(path, "an integer")
        if not self.minimum <= value <= self.maximum:
            reason = f"The value must be between {self.minimum} and {self.maximum}."
            raise invalid_property(path, reason, str(value)[:32])
        return value


class Bool(FieldType):
    def accept(self, value: Any, path: str, context: Context) -> bool:
        value = _from_string(value, context, _BOOLEAN, lambda text: text.lower() == "true")
        if not isinstance(value, bool):
            raise wrong_type(path, "a boolean")
        return value


class Enum(FieldType):
    """An enum, read without regard to case. The spelling given here is the one that is read back."""

    def __init__(self, *spellings: str, by_version: dict[str, dict[str, str]] | None = None) -> None:
        self._spellings = {folded(spelling): spelling for spelling in spellings}
        self._by_version = by_version or {}

    def accept(self, value: Any, path: str, context: Context) -> str:
        if not isinstance(value, str):
            raise wrong_type(path, "a string")
        known = self._spellings.get(folded(value))
        if known is None:
            said = value if len(value) <= 64 and "sig=" not in value.lower() else None
            raise invalid_property(path, f"The value must be one of {', '.join(self._spellings.values())}.", said)
        return known

    def show(self, value: Any, version: str) -> Any:
        return self._by_version.get(version, {}).get(value, value)


@dataclass(frozen=True)
class Duration(FieldType):
    """A duration, between two lengths in ticks."""

    minimum: int = 0
    maximum: int = LONGEST

    def accept(self, value: Any, path: str, context: Context) -> str:
        if not isinstance(value, str):
            raise wrong_type(path, "an ISO 8601 duration")
        try:
            ticks = parse_duration(value)
        except ValueError:
            raise invalid_property(path, "The value must be an ISO 8601 duration.", value[:64]) from None
        if not self.minimum <= ticks <= self.maximum:
            reason = f"The value must be between {format_duration(self.minimum)} and {format_duration(self.maximum)}."
            raise invalid_property(path, reason, value[:64])
        return format_duration(ticks)


class Time(FieldType):
    """A point in time, read back in UTC."""

    def accept(self, value: Any, path: str, context: Context) -> str:
        if not isinstance(value, str):
            raise wrong_type(path, "an ISO 8601 date and time")
        try:
            return format_time(parse_time(value))
        except ValueError:
            raise invalid_property(path, "The value must be an ISO 8601 date and time.", value[:64]) from None


class AnyObject(FieldType):
    """An object whose content is the caller's own; `of` is the type of its values when they have one."""

    def __init__(self, of: FieldType | None = None) -> None:
        self._of = of

    def accept(self, value: Any, path: str, context: Context) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong_type(path, "an object")
        if self._of is None:
            return dict(value)
        return {name: self._of.accept(item, f"{path}.{name}", context) for name, item in value.items()}


@dataclass(frozen=True)
class Array(FieldType):
    of: FieldType
    min_items: int = 0
    max_items: int | None = None

    def accept(self, value: Any, path: str, context: Context) -> list[Any]:
        if not isinstance(value, list):
            raise wrong_type(path, "an array")
        if len(value) < self.min_items:
            raise invalid_property(path, f"The list must have at least {self.min_items} items.")
        if self.max_items is not None and len(value) > self.max_items:
            raise invalid_property(path, f"The list must have at most {self.max_items} items.")
        return [self.of.accept(item, f"{path}[{index}]", context) for index, item in enumerate(value)]

    def show(self, value: Any, version: str) -> list[Any]:
        return [self.of.show(item, version) for item in value]


@dataclass(frozen=True)
class Prop:
    """One property of a shape.

    `default` is what the service fills in. `secret` is never kept; "switch" keeps it when the switch
    `read-back-secrets` says so. `keep_empty` shows an empty list or object, which otherwise vanishes. `kept` is False
    for what is taken and forgotten.
    """

    name: str
    type: FieldType
    required: bool = False
    default: Any = UNSET
    versions: tuple[str, ...] = BOTH
    secret: bool | str = False
    keep_empty: bool = False
    kept: bool = True


@dataclass(frozen=True)
class Shape(FieldType):
    """An object of known properties, in the order in which they are read back."""

    props: tuple[Prop, ...]
    rules: tuple[Rule, ...] = ()
    by_name: dict[str, Prop] = field(init=False, compare=False, repr=False)
    _shown: dict[str, list[tuple[str, FieldType, bool]]] = field(init=False, compare=False, repr=False)
    """By version, what is shown of the properties that it knows, ready for a thousand bodies of a page."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {prop.name: prop for prop in self.props})
        shown = {
            version: [(prop.name, prop.type, prop.keep_empty) for prop in self.props if version in prop.versions]
            for version in BOTH
        }
        object.__setattr__(self, "_shown", shown)

    def accept(self, value: Any, path: str, context: Context) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong_type(path, "an object") if path else invalid_body("The body must be a JSON object.")
        prefix = f"{path}." if path else ""
        for name in value:
            if name.startswith("odata."):
                # An annotation: a client that puts back what it got sends them along.
                continue
            prop = self.by_name.get(name)
            if prop is None or context.version not in prop.versions:
                raise _unknown_property(f"{prefix}{name}", context)
        sent: dict[str, Any] = {}
        for prop in self.props:
            given = value.get(prop.name)
            if given is not None:
                sent[prop.name] = prop.type.accept(given, f"{prefix}{prop.name}", context)
            elif prop.required and context.version in prop.versions:
                raise missing_property(f"{prefix}{prop.name}")
        for rule in self.rules:
            rule(sent, path, context)
        return {prop.name: kept for prop in self.props if (kept := _keep(prop, sent, context)) is not UNSET}

    def show(self, value: Any, version: str) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, kind, keep_empty in self._shown[version]:
            if name in value:
                form = kind.show(value[name], version)
                if form or keep_empty or form not in ([], {}):
                    shown[name] = form
        return shown

    def only(self, names: Iterable[str], rules: tuple[Rule, ...] = ()) -> Shape:
        """The same properties, none of them required or filled in: the body of a patch."""
        picked = [self.by_name[name] for name in names]
        return Shape(tuple(Prop(p.name, p.type, versions=p.versions, keep_empty=True) for p in picked), rules)


def _keep(prop: Prop, sent: dict[str, Any], context: Context) -> Any:
    if not prop.kept:
        return UNSET
    if prop.name not in sent:
        return prop.default
    if prop.secret is True or (prop.secret and not context.switches.on("read-back-secrets")):
        return UNSET
    return sent[prop.name]


def _unknown_property(path: str, context: Context) -> ServiceError:
    reason = f"The property is not known in api-version {context.version}."
    return ServiceError(
        context.switches.text("unknown-property-code"), [("PropertyName", path[:256]), ("Reason", reason)]
    )


def at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def exactly_one(*names: str) -> Rule:
    def rule(sent: dict[str, Any], path: str, context: Context) -> None:
        given = [name for name in names if name in sent]
        if len(given) != 1:
            culprit = at(path, given[1] if given else names[0])
            raise invalid_property(culprit, f"Exactly one of {', '.join(names)} must be given.")

    return rule


def at_most_one(*names: str) -> Rule:
    def rule(sent: dict[str, Any], path: str, context: Context) -> None:
        given = [name for name in names if name in sent]
        if len(given) > 1:
            raise invalid_property(at(path, given[1]), f"Only one of {', '.join(names)} can be given.")

    return rule


def together(*names: str) -> Rule:
    def rule(sent: dict[str, Any], path: str, context: Context) -> None:
        absent = [name for name in names if name not in sent]
        if 0 < len(absent) < len(names):
            raise missing_property(at(path, absent[0]))

    return rule

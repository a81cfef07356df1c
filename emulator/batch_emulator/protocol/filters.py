"""`$filter`: OData comparisons joined by and, or and parentheses.

A filter is parsed once a request into a test of one entity. Which properties can be filtered by which operators follows
the REST page "OData filters in Batch"; text is compared without regard to case, as ids and states are.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from batch_emulator.protocol.errors import ServiceError, invalid_query
from batch_emulator.state.clock import parse_time
from batch_emulator.state.ids import folded

Test = Callable[[Any], bool]

EQUALITY = frozenset({"eq", "ne"})
ORDER = EQUALITY | {"gt", "ge", "lt", "le"}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
DEEPEST = 32
LONGEST = 8192
_TOKEN = re.compile(
    r"\s*(?:(?P<punctuation>[(),])"
    r"|(?P<time>[Dd]ate[Tt]ime(?:[Oo]ffset)?'(?P<moment>[^']*)')"
    r"|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>-?\d{1,19}(?![\w.:-]))"
    r"|(?P<bare>\d{4}-\d\d-\d\d[Tt][\d:.]+(?:[Zz]|[+-]\d\d:\d\d)?)"
    r"|(?P<name>[A-Za-z_][\w/]*))",
    re.ASCII,
)


@dataclass(frozen=True)
class Filterable:
    """A property that can be filtered by. `read` gives its value from an entity, None when it has none.

    `kind` is string, time, number or boolean; a time is in ticks.
    """

    kind: str
    read: Callable[[Any], Any]
    operators: frozenset[str] = ORDER
    prefix: bool = False


class _Parser:
    def __init__(self, text: str, properties: Mapping[str, Filterable]) -> None:
        self._text = text
        self._properties = properties
        self._next = 0
        self._depth = 0
        if len(text) > LONGEST:
            raise invalid_query("$filter", text[:64], f"The filter must have at most {LONGEST} characters.")
        self._tokens = self._split(text.rstrip())

    def _refuse(self, reason: str) -> ServiceError:
        return invalid_query("$filter", self._text, reason)

    def _split(self, text: str) -> list[tuple[str, Any]]:
        tokens: list[tuple[str, Any]] = []
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self._refuse(f"Syntax error at character {position}.")
            position = match.end()
            kind = match.lastgroup if match.lastgroup != "moment" else "time"
            if kind in ("time", "bare"):
                tokens.append(("time", self._time(match["moment"] or match["bare"] or "")))
            elif kind == "text":
                tokens.append(("string", match["text"][1:-1].replace("''", "'")))
            elif kind == "number":
                tokens.append(("number", int(match["number"])))
            elif kind == "name" and match["name"] in ("true", "false"):
                tokens.append(("boolean", match["name"] == "true"))
            else:
                tokens.append((str(kind), match[str(kind)]))
        return tokens

    def _time(self, text: str) -> int:
        try:
            return parse_time(text)
        except ValueError:
            raise self._refuse(f"{text[:64]!r} is not a date and time.") from None

    def _peek(self) -> tuple[str, Any]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "")

    def _take(self, kind: str, value: str | None = None) -> Any:
        found, text = self._peek()
        if found != kind or (value is not None and text != value):
            raise self._refuse(f"Expected {value or kind}, found {str(text)[:64] or 'the end'!r}.")
        self._next += 1
        return text

    def parse(self) -> Test:
        test = self._any_of()
        if self._peek()[0] != "end":
            raise self._refuse(f"Unexpected {str(self._peek()[1])[:64]!r}.")
        return test

    def _any_of(self) -> Test:
        tests = [self._all_of()]
        while self._peek() == ("name", "or"):
            self._next += 1
            tests.append(self._all_of())
        return tests[0] if len(tests) == 1 else lambda entity: any(test(entity) for test in tests)

    def _all_of(self) -> Test:
        tests = [self._term()]
        while self._peek() == ("name", "and"):
            self._next += 1
            tests.append(self._term())
        return tests[0] if len(tests) == 1 else lambda entity: all(test(entity) for test in tests)

    def _term(self) -> Test:
        if self._peek() == ("punctuation", "("):
            self._next += 1
            self._depth += 1
            if self._depth > DEEPEST:
                raise self._refuse(f"Parentheses can be {DEEPEST} levels deep.")
            test = self._any_of()
            self._depth -= 1
            self._take("punctuation", ")")
            return test
        name = self._take("name")
        if name == "startswith":
            return self._starts_with()
        return self._comparison(name)

    def _property(self, name: str) -> Filterable:
        if name not in self._properties:
            raise self._refuse(f"{name[:64]!r} cannot be filtered by.")
        return self._properties[name]

    def _starts_with(self) -> Test:
        self._take("punctuation", "(")
        name = self._take("name")
        found = self._property(name)
        if not found.prefix:
            raise self._refuse(f"startswith cannot be used on {name[:64]!r}.")
        self._take("punctuation", ",")
        prefix = folded(self._take("string"))
        self._take("punctuation", ")")
        read = found.read
        return lambda entity: folded(str(read(entity) or "")).startswith(prefix)

    def _comparison(self, name: str) -> Test:
        found = self._property(name)
        verb = self._take("name")
        if verb not in found.operators:
            raise self._refuse(f"{str(verb)[:16]!r} cannot be used on {name[:64]!r}.")
        kind, value = self._peek()
        if kind == "string" and found.kind == "time":
            kind, value = "time", self._time(value)
        if kind != found.kind:
            raise self._refuse(f"{name[:64]!r} is compared with a {found.kind}.")
        self._next += 1
        compare, read = _COMPARE[verb], found.read
        if kind == "string":
            wanted = folded(value)
            return lambda entity: _compare(compare, _folded(read(entity)), wanted, verb)
        return lambda entity: _compare(compare, read(entity), value, verb)


def _folded(value: Any) -> Any:
    return folded(value) if isinstance(value, str) else value


def _compare(compare: Callable[[Any, Any], bool], found: Any, wanted: Any, verb: str) -> bool:
    """What an entity does not have differs from everything and is in no order with it."""
    return verb == "ne" if found is None else compare(found, wanted)


def parse_filter(text: str, properties: Mapping[str, Filterable]) -> Test:
    """A blank filter lets everything through. Raises ServiceError `InvalidQueryParameterValue` with the reason."""
    if not text.strip():
        return lambda entity: True
    return _Parser(text, properties).parse()

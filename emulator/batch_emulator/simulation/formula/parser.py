"""The grammar of autoscale formulas.

Learn page: "Create a formula to automatically scale compute nodes in a Batch pool". A formula is statements that end
with semicolons, the last one's can be left out. A statement assigns an expression to a variable, or is an expression.
Operators bind as in C.
"""

from __future__ import annotations

from dataclasses import dataclass

from batch_emulator.simulation.formula.tokens import FormulaError, Place, Token, tokens

MOST_STATEMENTS = 100
_DEEPEST = 32
_MOST_SUFFIXES = 3
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "/"))
"""Binary operators, those that bind least first."""


@dataclass(frozen=True)
class Constant:
    place: Place
    value: float | str


@dataclass(frozen=True)
class Name:
    place: Place
    name: str


@dataclass(frozen=True)
class Unary:
    """Signs before a value; the last one is applied first."""

    place: Place
    signs: tuple[str, ...]
    of: Expression


@dataclass(frozen=True)
class Chain:
    """Operators that bind alike, from left to right, each with its place and what stands right of it."""

    place: Place
    first: Expression
    rest: tuple[tuple[Place, str, Expression], ...]


@dataclass(frozen=True)
class Choice:
    """`test ? yes : no`"""

    place: Place
    test: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True)
class Function:
    """A call; its place is the bracket's, which is where the service finds fault with it."""

    place: Place
    name: Name
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Method:
    place: Place
    of: Expression
    name: Name
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Member:
    place: Place
    of: Expression
    name: Name


@dataclass(frozen=True)
class Item:
    """A place of a vector, counted from 0."""

    place: Place
    of: Expression
    at: Expression


Expression = Constant | Name | Unary | Chain | Choice | Function | Method | Member | Item


@dataclass(frozen=True)
class Statement:
    """`target` is None where nothing is assigned."""

    target: Name | None
    value: Expression


def parse(text: str) -> list[Statement]:
    """Raises FormulaError for what is not a formula."""
    return _Parser(text).statements()


class _Parser:
    """A recursive descent."""

    def __init__(self, text: str) -> None:
        self._tokens = list(tokens(text))
        self._next = 0
        self._depth = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _error(self, expected: str) -> FormulaError:
        return FormulaError(self._token.place, f"{expected} is expected before {self._token.said}")

    def _sees(self, *signs: str) -> bool:
        return self._token.kind == "sign" and self._token.text in signs

    def _take(self, *signs: str) -> Token | None:
        if not self._sees(*signs):
            return None
        self._next += 1
        return self._tokens[self._next - 1]

    def _expect(self, sign: str) -> Token:
        found = self._take(sign)
        if found is None:
            raise self._error(repr(sign))
        return found

    def statements(self) -> list[Statement]:
        found: list[Statement] = []
        while self._token.kind != "end":
            if len(found) == MOST_STATEMENTS:
                raise FormulaError(self._token.place, f"a formula has at most {MOST_STATEMENTS} statements")
            found.append(self._statement())
            if self._token.kind != "end":
                self._expect(";")
        return found

    def _statement(self) -> Statement:
        target: Name | None = None
        follows = self._tokens[self._next + 1] if self._token.kind == "name" else None
        if follows is not None and (follows.kind, follows.text) == ("sign", "="):
            target = self._name("a variable")
            self._expect("=")
        return Statement(target, self._expression())

    def _name(self, what: str) -> Name:
        token = self._token
        if token.kind != "name":
            raise self._error(what)
        self._next += 1
        return Name(token.place, token.text)

    def _expression(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FormulaError(self._token.place, "the expression is nested too deeply")
        found = self._binary(0)
        mark = self._take("?")
        if mark is not None:
            yes = self._expression()
            self._expect(":")
            found = Choice(mark.place, found, yes, self._expression())
        self._depth -= 1
        return found

    def _binary(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self._unary()
        first = self._binary(level + 1)
        rest: list[tuple[Place, str, Expression]] = []
        while (sign := self._take(*_LEVELS[level])) is not None:
            rest.append((sign.place, sign.text, self._binary(level + 1)))
        return Chain(first.place, first, tuple(rest)) if rest else first

    def _unary(self) -> Expression:
        place, signs = self._token.place, list[str]()
        while (sign := self._take("!", "-", "+")) is not None:
            signs.append(sign.text)
        found = self._suffixed(self._operand())
        return Unary(place, tuple(signs), found) if signs else found

    def _operand(self) -> Expression:
        token = self._token
        if token.kind == "name":
            name = self._name("a name")
            bracket = self._take("(")
            return name if bracket is None else Function(bracket.place, name, self._arguments())
        if self._take("("):
            found = self._expression()
            self._expect(")")
            return found
        if token.kind not in ("number", "text"):
            raise self._error("a value")
        self._next += 1
        return Constant(token.place, float(token.text) if token.kind == "number" else token.text[1:-1])

    def _suffixed(self, found: Expression) -> Expression:
        """Methods, as in `$CPUPercent.GetSample(1)`, members of a time, and places of a vector."""
        suffixes = 0
        while (sign := self._take(".", "[")) is not None:
            suffixes += 1
            if suffixes > _MOST_SUFFIXES:
                raise FormulaError(sign.place, "the expression is nested too deeply")
            if sign.text == "[":
                found = Item(sign.place, found, self._expression())
                self._expect("]")
                continue
            name = self._name("a method")
            bracket = self._take("(")
            if bracket is None:
                found = Member(sign.place, found, name)
            else:
                found = Method(bracket.place, found, name, self._arguments())
        return found

    def _arguments(self) -> tuple[Expression, ...]:
        if self._take(")"):
            return ()
        found = [self._expression()]
        while self._take(","):
            found.append(self._expression())
        self._expect(")")
        return tuple(found)

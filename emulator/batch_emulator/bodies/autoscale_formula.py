"""The grammar of autoscale formulas: whether one can be parsed, not what it comes to.

Learn page: "Create a formula to automatically scale compute nodes in a Batch pool". Assignments end with semicolons,
the last one's can be left out; `//` begins a comment. What a name means is not looked at.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
      (?P<space>(?:\s|//[^\n]*)+)
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<text>"[^"\n]*"|'[^'\n]*')
    | (?P<name>\$?[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>&&|\|\||[<>=!]=|[-+*/<>=!?:;,.()\[\]])
    """,
    re.VERBOSE,
)
_BINARY = frozenset({"||", "&&", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/"})
_DEEPEST = 100


class FormulaError(Exception):
    """The text says what was expected, and where."""


def check_formula(text: str) -> None:
    """Raises FormulaError for what is not a formula."""
    parser = _Parser(text)
    while not parser.at_end:
        parser.statement()


class _Parser:
    """A recursive descent. Operators are read without their precedence, which only a value would need."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._depth = 0
        self._kind = ""
        self._token = ""
        self._start = 0
        self._advance()

    @property
    def at_end(self) -> bool:
        return self._kind == "end"

    def _advance(self) -> None:
        while True:
            self._start = self._place
            if self._place == len(self._text):
                self._kind, self._token = "end", "the end"
                return
            match = _TOKEN.match(self._text, self._place)
            if match is None:
                raise self._error(f"{self._text[self._place]!r} is not part of the language")
            self._place = match.end()
            self._kind, self._token = str(match.lastgroup), match.group()
            if self._kind != "space":
                return

    def _error(self, what: str) -> FormulaError:
        before = self._text[: self._start]
        line, column = before.count("\n") + 1, self._start - (before.rfind("\n") + 1) + 1
        return FormulaError(f"{what} at line {line}, column {column}")

    def _expect(self, sign: str) -> None:
        if self._kind != "sign" or self._token != sign:
            raise self._error(f"{sign!r} is expected before {self._token[:32]}")
        self._advance()

    def _take(self, *signs: str) -> bool:
        if self._kind == "sign" and self._token in signs:
            self._advance()
            return True
        return False

    def statement(self) -> None:
        if self._kind != "name":
            raise self._error(f"an assignment is expected before {self._token[:32]}")
        self._advance()
        self._expect("=")
        self._expression()
        if not self.at_end:
            self._expect(";")

    def _expression(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error("the expression is nested too deeply")
        self._operand()
        while self._kind == "sign" and self._token in _BINARY:
            self._advance()
            self._operand()
        if self._take("?"):
            self._expression()
            self._expect(":")
            self._expression()
        self._depth -= 1

    def _operand(self) -> None:
        while self._take("!", "-", "+"):
            pass
        if self._take("("):
            self._expression()
            self._expect(")")
        elif self._kind == "name":
            self._advance()
            if self._take("("):
                self._arguments()
        elif self._kind in ("number", "text"):
            self._advance()
        else:
            raise self._error(f"a value is expected before {self._token[:32]}")
        self._suffixes()

    def _suffixes(self) -> None:
        """Methods, as in `$CPUPercent.GetSample(1)`, and places of a vector."""
        while True:
            if self._take("."):
                if self._kind != "name":
                    raise self._error(f"a method is expected before {self._token[:32]}")
                self._advance()
                self._expect("(")
                self._arguments()
            elif self._take("["):
                self._expression()
                self._expect("]")
            else:
                return

    def _arguments(self) -> None:
        if self._take(")"):
            return
        self._expression()
        while self._take(","):
            self._expression()
        self._expect(")")

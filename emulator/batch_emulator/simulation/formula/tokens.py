"""The words of an autoscale formula, each with its place, and the error that names one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Place:
    """Counted from 1, as the service does."""

    line: int
    column: int


class FormulaError(Exception):
    """The formula cannot be read or evaluated. The text says where and why, as the service puts it."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(f"Line {place.line}, Col {place.column}: {reason}")


class InsufficientData(FormulaError):
    """Fewer samples are there than were asked for."""


@dataclass(frozen=True)
class Token:
    """`kind` is number, text, name, sign or end."""

    kind: str
    text: str
    place: Place

    @property
    def said(self) -> str:
        return "the end" if self.kind == "end" else self.text[:32]


def tokens(text: str) -> Iterator[Token]:
    """The last one is the end. Raises FormulaError where a character begins no word."""
    position, line, line_start = 0, 1, 0
    while position < len(text):
        place = Place(line, position - line_start + 1)
        match = _TOKEN.match(text, position)
        if match is None:
            raise FormulaError(place, f"{text[position]!r} is not part of the language")
        word = match.group()
        if match.lastgroup != "space":
            yield Token(str(match.lastgroup), word, place)
        elif "\n" in word:
            line += word.count("\n")
            line_start = position + word.rfind("\n") + 1
        position = match.end()
    yield Token("end", "", Place(line, position - line_start + 1))

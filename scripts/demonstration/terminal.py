"""What the demo says, and how: headings, why something is done, the lines of a command, a table. Knows no Batch."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence

COLOURS = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
"""Whether colours are seen as such; the engine is told to do likewise."""

_BOLD, _DIM, _GREEN, _RED, _CYAN = "1", "2", "32", "31", "36"
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def plain(text: str) -> str:
    """`text` without colours."""
    return _ESCAPE.sub("", text)


def heading(number: int, title: str) -> None:
    _say(f"\n{_paint(f'{number}. {title}', _BOLD)}")


def why(text: str) -> None:
    _say(f"   {text}")


def command(text: str) -> None:
    _say(f"   {_paint(f'$ {text}', _CYAN)}")


def output(line: str) -> None:
    _say(f"   {_paint('|', _DIM)} {line}")


def confirmed(text: str) -> None:
    _say(f"   {_paint('ok', _GREEN)} {text}")


def failed(text: str) -> None:
    sys.stdout.flush()
    print(f"\n{_paint('The demo failed', _RED)}: {text}", file=sys.stderr, flush=True)


def table(rows: Sequence[tuple[str, int, int, Sequence[str]]]) -> None:
    """One row a step: its name, reads, writes, and what each write was, a line each."""
    width = max(len(name) for name, *_ in rows)
    _say(_paint(f"   {'':{width}}  reads  writes", _DIM))
    for name, reads, writes, details in rows:
        first, *rest = details or [""]
        _say(f"   {name:{width}}  {reads:5}  {writes:6}  {first}".rstrip())
        for detail in rest:
            _say(f"   {'':{width}}  {'':5}  {'':6}  {detail}")


def columns(rows: Sequence[Sequence[str]]) -> None:
    """Rows of as many texts each, in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        _say("   " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _say(text: str) -> None:
    print(text, flush=True)


def _paint(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if COLOURS else text

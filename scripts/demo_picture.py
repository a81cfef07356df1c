"""Draws docs/demo.svg, the picture of a terminal in the README, from what the demo really prints.

    .venv/bin/python -m scripts.demo_picture

It runs the demo, so it needs a `pulumi` on the path (`make tools` says where one is), and is not part of
`make generate`. A test of the demo compares the words of the picture with what the demo prints.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURE: Final = ROOT / "docs" / "demo.svg"
FIRST, LAST = "6. Behind the stack's back", "9. Refresh"
"""The heading with which the picture begins, and that before which it ends."""
COLUMNS: Final = 118
"""Lines that are longer are cut."""
LETTER, LINE, MARGIN = 7.4, 17, 16
COLOURS: Final = {"1": "#ff7b72", "2": "#7ee787", "3": "#e3b341", "12": "#79c0ff", "13": "#d2a8ff"}
"""Of the terminal's colours, those that the demo and the engine use."""
_ESCAPE: Final = re.compile(r"\x1b\[([0-9;]*)m")


def main() -> None:
    lines = shown(recorded())
    PICTURE.write_text(picture(lines), encoding="utf-8")
    print(f"{PICTURE.relative_to(ROOT)} has {len(lines)} lines.")


def recorded() -> str:
    """What the demo prints on a terminal."""
    ours, its = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen([ROOT / "scripts" / "demo"], stdin=subprocess.DEVNULL, stdout=its, env=environment)
    os.close(its)
    found = bytearray()
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not part:
            break
        found += part
    os.close(ours)
    if process.wait() != 0:
        raise SystemExit("The demo failed; nothing was drawn.")
    return found.decode().replace("\r\n", "\n")


def shown(text: str) -> list[str]:
    """The lines of the picture, with their colours."""
    lines = text.split("\n")
    plain = [_ESCAPE.sub("", line) for line in lines]
    # An id of a node is different each time, and long.
    kept = lines[plain.index(FIRST) : plain.index(LAST)]
    return [re.sub(r"(tvmps_[0-9a-f]{6})[0-9a-f]+_d", r"\1...", line) for line in kept]


def picture(lines: list[str]) -> str:
    width, height = COLUMNS * LETTER + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    drawn = [
        f'<text x="{MARGIN}" y="{MARGIN + (number + 0.75) * LINE:g}">{"".join(_spans(line))}</text>'
        for number, line in enumerate(lines)
        if line.strip()
    ]
    return "\n".join(
        [
            "<!-- Drawn by `python -m scripts.demo_picture` from what `make demo` prints. -->",
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}"'
                f' viewBox="0 0 {width:g} {height:g}" role="img">'
            ),
            "<title>The demo: another client changes a pool and deletes a task; a preview says so; up heals it</title>",
            "<style>",
            "  text { font: 12.3px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #e6edf3;",
            "    white-space: pre; }",
            "</style>",
            f'<rect width="{width:g}" height="{height:g}" rx="8" fill="#0d1117"/>',
            *drawn,
            "</svg>",
            "",
        ]
    )


def _spans(line: str) -> Iterator[str]:
    """The parts of a line, each in its colour, up to the last column."""
    left, style = COLUMNS, ""
    parts = _ESCAPE.split(line)
    for number, part in enumerate(parts):
        if number % 2:
            style = _style(part)
            continue
        text = part if len(part) <= left else part[: max(0, left - 1)] + ("…" if left > 0 else "")
        left -= len(part)
        if text:
            yield f"<tspan{style}>{escape(text, quote=False)}</tspan>" if style else escape(text, quote=False)


def _style(codes: str) -> str:
    """What an escape sequence does to the text after it."""
    if codes == "1":
        return ' font-weight="bold"'
    if codes == "2":
        return ' fill="#8b949e"'
    basic = {"31": "1", "32": "2", "36": "12"}
    colour = COLOURS.get(basic.get(codes, codes.removeprefix("38;5;")))
    return f' fill="{colour}"' if colour else ""


if __name__ == "__main__":
    main()

"""The commands in pages: which there are, and what the comment before each says of its being run.

    <!-- run: NAME -->               the blocks of a page with this NAME are run, in their order, as one session
    <!-- run: NAME, as FILE -->      the block is a file of that session
    <!-- output of: NAME -->         what the block says is printed in that session; [...] stands for anything
    <!-- run by: FILE -->            that test runs them
    <!-- not run: REASON -->         they are not

With `on this page, ` in front, one of the last two holds for all blocks that have no comment of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_SHELLS = ("bash", "console", "fish", "powershell", "sh", "zsh")
_COMMAND = re.compile(
    r"(?:[A-Z_]+=\S* )*(?:az|azure-batch-\w+|cd|docker|eval|export|git|go|make|mvn|npm|pip|pipx|podman|pulumi|python"
    r"|terraform) "
)
_MARK = re.compile(r" *<!-- (run|output of|run by|not run): ([^>]+) -->")
_FENCE = re.compile(r"( *)```([\w-]*)")
_OF_THE_PAGE = re.compile(r"^<!-- on this page, (run by|not run): ([^>]+) -->$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of a page that is commands, or has to do with them.

    Attributes:
        kind: `run`, `output of`, `run by`, `not run`; empty where nothing is said.
        said: what stands behind that.
    """

    page: Path
    line: int
    text: str
    kind: str
    said: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Those in which people read what to do."""
    folders = (ROOT / "docs").glob("*.md"), (ROOT / "examples").glob("*/README.md")
    return [ROOT / "README.md", ROOT / "emulator" / "README.md", *sorted(page for found in folders for page in found)]


def blocks(page: Path) -> Iterator[Block]:
    """All commands of a page, and what is marked."""
    text = page.read_text(encoding="utf-8")
    whole = _OF_THE_PAGE.search(text)
    for line, mark, language, lines in _pieces(text.splitlines()):
        if mark is None and not _is_commands(language, lines):
            continue
        mark = mark or whole
        kind, said = ("", "") if mark is None else mark.groups()
        yield Block(page, line, "\n".join(lines) + "\n", kind, said)


def _pieces(lines: list[str]) -> Iterator[tuple[int, re.Match[str] | None, str, list[str]]]:
    """Each block of code: the line where it begins, the comment before it, its language, its lines."""
    mark: re.Match[str] | None = None
    at = 0
    while at < len(lines):
        line, began = lines[at], at
        fence = _FENCE.match(line)
        if fence is not None:
            at = next(index for index in range(began + 1, len(lines)) if lines[index].strip() == "```")
            yield began + 1, mark, fence[2], [inner.removeprefix(fence[1]) for inner in lines[began + 1 : at]]
        elif line.startswith("    ") and not lines[at - 1].strip():
            while at + 1 < len(lines) and (lines[at + 1].startswith("    ") or not lines[at + 1].strip()):
                at += 1
            yield began + 1, mark, "", [inner.removeprefix("    ") for inner in lines[began : at + 1]]
        if line.strip():
            mark = _MARK.match(line)
        at += 1


def sessions() -> Iterator[tuple[Path, str]]:
    """Each page with the name of each session in it."""
    for page in pages():
        names = dict.fromkeys(block.said.partition(", as ")[0] for block in blocks(page) if block.kind == "run")
        yield from ((page, name) for name in names)


def _is_commands(language: str, lines: list[str]) -> bool:
    return language in _SHELLS or (not language and any(_COMMAND.match(line.strip()) for line in lines))

"""Which files a `filePattern` of an output file means. REST page: "Task - Add", OutputFile."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_WILD = re.compile(r"[*?\[]")
_LINUX_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_WINDOWS_VARIABLE = re.compile(r"%([^%]+)%")
MOST_FILES = 10_000


@dataclass(frozen=True)
class Match:
    """A file, and its path from the last directory that the pattern names without a wildcard."""

    file: Path
    name: str


def is_wild(pattern: str) -> bool:
    return bool(_WILD.search(pattern))


def expand(pattern: str, environment: Mapping[str, str], *, windows: bool) -> str:
    """With the variables in it, one that is not set as nothing on Linux and as it stands on Windows."""
    if windows:
        folded = {name.upper(): value for name, value in environment.items()}
        return _WINDOWS_VARIABLE.sub(lambda match: folded.get(match[1].upper(), match[0]), pattern).replace("\\", "/")
    return _LINUX_VARIABLE.sub(lambda match: environment.get(match[1] or match[2], ""), pattern)


def files(pattern: str, directory: Path) -> list[Match]:
    """Those that exist, in order. A relative pattern begins at the directory."""
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    root = Path("/") if pattern.startswith("/") else directory
    fixed = next((index for index, part in enumerate(parts) if is_wild(part)), len(parts))
    if fixed == len(parts):
        file = root.joinpath(*parts)
        return [Match(file, file.name)] if file.is_file() else []
    root = root.joinpath(*parts[:fixed])
    found = dict.fromkeys(_below(root, tuple(parts[fixed:]), ""))
    return [Match(root / name, name) for name in sorted(found)[:MOST_FILES]]


def _below(directory: Path, parts: tuple[str, ...], before: str) -> Iterator[str]:
    first, rest = parts[0], parts[1:]
    if first == "**":
        # Any directories, or none; as the last part, any file in them.
        yield from _below(directory, rest or ("*",), before)
        for entry in _entries(directory):
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield from _below(directory / entry.name, parts, f"{before}{entry.name}/")
        return
    expression = _expression(first)
    for entry in _entries(directory):
        if entry.name.startswith(".") and not first.startswith("."):
            continue
        if expression.fullmatch(entry.name) is None:
            continue
        if not rest:
            if entry.is_file():
                yield f"{before}{entry.name}"
        elif entry.is_dir():
            yield from _below(directory / entry.name, rest, f"{before}{entry.name}/")


def _entries(directory: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return list(entries)
    except OSError:
        return []


@lru_cache(maxsize=256)
def _expression(part: str) -> re.Pattern[str]:
    """One part of a path. A wildcard in brackets is plain text, and so is a bracket that is not closed."""
    text = ""
    position = 0
    while position < len(part):
        letter = part[position]
        end = part.find("]", position + 2 + (part[position + 1 : position + 2] == "!")) if letter == "[" else -1
        if letter == "*":
            text += "[^/]*"
        elif letter == "?":
            text += "[^/]"
        elif end > 0:
            inside = part[position + 1 : end]
            negated = inside.startswith("!")
            ranged = re.sub(r"([\\\[\]^&~|])", r"\\\1", inside[negated:])
            text += f"[{'^' if negated else ''}{ranged}]"
            position = end
        else:
            text += re.escape(letter)
        position += 1
    try:
        return re.compile(text, re.DOTALL)
    except re.error:  # a range that ends before it begins
        return re.compile(re.escape(part))

"""Property paths as the engine writes them. Imports nothing, so that it costs nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

Path = tuple[str | int, ...]

_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][\w$]*")
_STEP: Final = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\[(\*)\]|([^.\[\]]+)')


def spell(path: Path) -> str:
    """Return a path as Pulumi writes it: `startTask.resourceFiles[0].httpUrl`, `tasks["a b"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _IDENTIFIER.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part)}]"
    return text


def steps(text: str) -> Path:
    """The steps of a written path; `[*]` is the step `*`."""
    return tuple(
        int(index) if index else star or name or quoted.replace('\\"', '"')
        for quoted, index, star, name in _STEP.findall(text)
    )


def at(value: Any, path: Path) -> Any:
    """What stands at a path in plain inputs; None for what is not there."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def tree(paths: Iterable[Path]) -> Any:
    """The paths by their steps: a mapping of step to tree, and `True` where a path ends."""
    found: dict[str | int, Any] = {}
    for path in sorted(paths, key=len):
        here = found
        for step in path[:-1]:
            here = here.setdefault(step, {})
            if here is True:  # a shorter path holds all that is below it
                break
        else:
            if not path:
                return True
            here[path[-1]] = True
    return found


def below(marks: Any, step: str | int) -> Any:
    """The part of a tree that is below a step; `True` where all of it is."""
    return True if marks is True else marks.get(step, {})

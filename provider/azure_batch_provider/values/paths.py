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


def put(value: Any, path: Path, new: Any) -> Any:
    """A copy of the value with `new` at the path; None takes away what is there."""
    if not path:
        return new
    first, rest = path[0], path[1:]
    if isinstance(value, list) and isinstance(first, int):
        return [put(item, rest, new) if index == first else item for index, item in enumerate(value)]
    inner = put(value.get(first) or {}, rest, new)
    return {
        **{name: item for name, item in value.items() if name != first},
        **({} if inner is None else {first: inner}),
    }


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

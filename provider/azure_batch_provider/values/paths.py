"""Property paths as the engine writes them. Imports nothing, so that it costs nothing."""

from __future__ import annotations

import json
import re
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

"""The tasks that are measured, as the REST API spells them: a frame of a film each."""

from __future__ import annotations

from typing import Any, Final

COMMON: Final[dict[str, Any]] = {
    "environmentSettings": [{"name": "SCENE", "value": "harbour.blend"}, {"name": "QUALITY", "value": "final"}]
}
"""What all of them have in common; a map has it once, as its defaults."""


def own(frame: str) -> dict[str, Any]:
    """What a frame's task has alone."""
    return {"commandLine": f"/bin/sh -c 'render --frame {frame} --samples 512 $SCENE > out/{frame}.log'"}


def ids(count: int) -> dict[str, str]:
    """Task id to frame, from 1 to `count`."""
    return {f"t{number:06}": f"{number:06}" for number in range(1, count + 1)}


def bodies(count: int) -> dict[str, dict[str, Any]]:
    """Task id to the whole body."""
    return {id: {**COMMON, **own(frame)} for id, frame in ids(count).items()}
